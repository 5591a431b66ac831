"""The slow naive twin of a tape that comes live: out of order, with ticks and cancels.

It keeps every row and, when asked, walks them all from the first, leaving out what was
taken back. Rows move the clock when they come, whatever becomes of them later.
"""

from collections import Counter

import naive

LATE_NS = 2_000 * naive.MS
BEFORE_ALL = -(1 << 60)


def came(arrival):
    """What each row is, as it came: ``print``, ``cancel``, ``gone`` or ``refused``."""
    kinds, kept, seen = [], [], set()
    for p in arrival:
        is_cancel = p.cls == "cancel"
        refused = None if is_cancel else naive.reject_reason(p)
        key = (is_cancel, p.venue, naive.sequence_of(p), naive.contract_of(p))
        if refused is None and naive.sequence_of(p) is not None:
            refused = "duplicate" if key in seen else None
        if refused is not None:
            kinds.append("refused")
            continue
        seen.add(key)
        kinds.append("cancel" if is_cancel else "print")
        at = naive.cancelled_index([p for p, _ in kept], p) if is_cancel else None
        if at is not None:
            kinds[kept.pop(at)[1]] = "gone"
        if not is_cancel:
            kept.append((p, len(kinds) - 1))
    return kinds


def parents(arrival, ticks=None, least=100):
    """Counter of parents: contract, side, first and last time, size and legs.

    `ticks` are instants by the number of rows that came before.
    """
    now, found, windows = BEFORE_ALL, [], {}
    for at, (p, kind) in enumerate(zip(arrival, came(arrival), strict=True)):
        now = max(now, (ticks or {}).get(at, now))
        if kind != "refused":
            now = max(now, p.ts_event)
        if kind != "print" or now - p.ts_event > LATE_NS:
            continue
        side = naive.signed(p)[0]
        key = (naive.contract_of(p), side)
        if side == "mid" or p.cls not in naive.MAY_SWEEP:
            found.append([p])
        elif key in windows and joins(windows[key], p, now):
            windows[key].append(p)
        else:
            found.append([p])
            if p.ts_event == now:
                windows[key] = found[-1]
    return Counter(
        shape(legs)
        for legs in found
        if sum(p.size for p in legs) >= least
        and not (len(legs) == 1 and legs[0].cls == "excluded")
    )


def joins(legs, p, now):
    """Whether a print belongs to a window, which time may have passed."""
    first, last = min(p.ts_event for p in legs), max(p.ts_event for p in legs)
    near = first - naive.MAX_GAP_NS <= p.ts_event <= last + naive.MAX_GAP_NS
    span = max(last, p.ts_event) - min(first, p.ts_event)
    return near and now - last <= naive.MAX_GAP_NS and span <= naive.MAX_SPAN_NS


def shape(legs):
    """What tells a parent from others."""
    times = [p.ts_event for p in legs]
    of = naive.contract_of(legs[0])
    side = naive.signed(legs[0])[0]
    return of, side, min(times), max(times), sum(p.size for p in legs), len(legs)


def volumes(arrival, oi):
    """Bought, sold, unsigned and proven contracts of each contract that still counts."""
    stand = [p for p, kind in zip(arrival, came(arrival), strict=True) if kind == "print"]
    return {
        of: (state["buy"], state["sell"], state["mid"], state["proven"])
        for of, state in naive.day_volumes(stand, oi or {}).items()
    }
