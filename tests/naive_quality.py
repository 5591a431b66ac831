"""The slow naive twin of the ledger: what is wrong with the rows of a tape, row by row.

It shares no code with the product but the words that kinds are called by.
"""

from collections import Counter
from fractions import Fraction

import naive

AT_MARKET = ("regular", "iso", "auction", "auction_iso", "floor", "extended")
NAMED = ("buy_aggressor", "sell_aggressor")
LATE_NS = 2_000 * naive.MS


def flaws(rows, oi):
    """Count flaws of rows of one date, in the order they are folded, as (kind, row)."""
    found, now, traded = cancelled(rows), 0, set()
    for p, reason in verdicts(rows):
        if reason is not None:
            found[kind_of(reason, p), p.row] += 1
            continue
        now = max(now, p.ts_event)
        if p.cls == "cancel":
            continue
        found["late", p.row] += now - p.ts_event > LATE_NS
        found[quote_kind(p), p.row] += 1
        contract = naive.contract_of(p)
        told = oi is None or contract in oi or contract in traded
        found["missing_oi", p.row] += not told
        traded.add(contract)
    found["missing_oi", -1] += oi is None
    return Counter({one: n for one, n in found.items() if n and one[0] is not None})


def verdicts(rows):
    """Each row with why it is not folded, None where it is."""
    seen = set()
    for p in rows:
        number, is_cancel = naive.sequence_of(p), p.cls == "cancel"
        reason = None if is_cancel else naive.reject_reason(p)
        key = is_cancel, p.venue, number, naive.contract_of(p)
        if reason is None and number is not None:
            reason = "duplicate" if key in seen else None
            seen.add(key)
        yield p, reason


def kind_of(reason, p):
    if reason == "bad_tick":
        return "impossible_price" if p.price <= 0 else "impossible_size"
    return {"absurd_price": "impossible_price", "expired": "expired_contract"}.get(
        reason, reason
    )


def quote_kind(p):
    state = naive.nbbo_state(p)
    if p.cls == "excluded":
        return None
    if state == "ok" and p.cls in (*AT_MARKET, *NAMED):
        outside = max(p.price - p.ask, p.bid - p.price)
        return "off_quote" if Fraction(outside) > p.ask - p.bid else None
    return {
        "crossed": "crossed_nbbo",
        "missing": "missing_nbbo",
        "one_sided": "missing_nbbo",
        "stale": "stale_nbbo",
    }.get(state)


def cancelled(rows):
    """Prints that cancels take back or name, and cancels that name none."""
    found, kept, refused, waiting = Counter(), [], [], []
    for p, reason in verdicts(rows):
        if reason == "duplicate":
            continue
        if p.cls == "cancel":
            met = taken(p, kept, refused)
            waiting += [p] * (met is None)
            found.update(("busted_print", one.row) for one in [met] if one is not None)
            continue
        named = [c for c in waiting if c.cancels and named_by(c, [p]) is p][:1]
        if named:
            waiting.remove(named[0])
            found["busted_print", p.row] += 1
        if reason is None:
            kept.append(p)
        elif not named:
            refused.append(p)
    found.update(("unmatched_cancel", c.row) for c in waiting)
    found.update(("busted_print", p.row) for p in kept if p.withdrawn)
    return found


def taken(cancel, kept, refused):
    """What a cancel takes out of the rows that are kept, or else names of the rejects."""
    at = naive.cancelled_index(kept, cancel)
    if at is not None:
        return kept.pop(at)
    reject = named_by(cancel, refused)
    if reject is not None:
        refused.remove(reject)
    return reject


def named_by(cancel, rows):
    """The newest of some rows that a cancel says."""
    for p in reversed(rows):
        same = naive.contract_of(p) == naive.contract_of(cancel) and p.venue == cancel.venue
        if not same:
            continue
        if cancel.cancels:
            if naive.sequence_of(p) == cancel.cancels:
                return p
        elif (p.size, p.price) == (cancel.size, cancel.price):
            return p
    return None


def missing(numbers):
    """Runs of numbers that are not there, between the lowest and the highest."""
    found, there = [], set(numbers)
    for number in range(min(there), max(there)):
        if number in there:
            continue
        if found and found[-1][1] == number - 1:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found


def longest_ascending(values):
    """Length of the longest ascending part."""
    best = []
    for at, value in enumerate(values):
        before = (best[i] for i in range(at) if values[i] < value)
        best.append(1 + max(before, default=0))
    return max(best, default=0)
