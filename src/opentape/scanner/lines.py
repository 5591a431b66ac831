"""Signals as lines of text, one a signal, with every part of the score.

The lines are those that a well-known script of 150 lines prints for the same answers, so
that what reads its output reads this.
"""

import datetime as dt
import hashlib
from typing import TypeGuard

import msgspec

from opentape.client.wire.replies import FlowRow, FlowSignal, SignalsReply

UNKNOWN = "-"


def heading(reply: SignalsReply) -> str:
    """Return what stands above the signals of one answer: two lines after an empty one."""
    chain = reply.chain
    return (
        f"\n=== {reply.symbol} - {reply.count} signals "
        f"(window={reply.window_minutes}m) ===\n"
        f"chain: call_wall={chain.call_wall} put_wall={chain.put_wall} "
        f"flip={chain.gamma_flip}"
    )


def line(signal: FlowSignal) -> str:
    """Return one signal as a line; the time is that of the first leg, UTC.

    Examples
    --------
    >>> from opentape.client.wire.replies import ScoreBreakdown
    >>> told = FlowSignal(
    ...     ts="2026-05-21T15:58:12.000000Z", expiry="2026-05-29", strike=950.0,
    ...     right="C", side="buy", size=1500, premium=1860000.0, score=87,
    ...     conviction="high", intent="bullish", open_close_bias="opening_bias",
    ...     score_breakdown=ScoreBreakdown(premium=22, size_vs_oi=18, aggressor=14,
    ...     sweep=12, opening_bias=9, tenor=12), tags=("whale",))
    >>> for part in line(told).split("/"):
    ...     print(part)
    15:58:12 2026-05-29  950.0C  buy size= 1500 $ 1,860,000 score= 87 (   high) bullish
     opening_bias [pre=22 siz=18 agg=14 swe=12 ope= 9 ten=12] tags=whale
    """
    return (
        f"{clock(signal.ts)} "
        f"{signal.expiry or UNKNOWN} {_right(signal.strike, 6)}{signal.right or ''} "
        f"{_right(signal.side, 4)} "
        f"size={_right(signal.size, 5)} "
        f"${_right(_whole(signal.premium), 10)} "
        f"score={_right(signal.score, 3)} ({_right(signal.conviction, 7)}) "
        f"{_right(signal.intent, 7)}/{_right(signal.open_close_bias, 13)} "
        f"[{breakdown(signal)}] "
        f"tags={','.join(signal.tags) if signal.tags else UNKNOWN}"
    )


def breakdown(signal: FlowSignal) -> str:
    """Return the parts of a score by the first three letters of their names."""
    parts = msgspec.structs.asdict(signal.score_breakdown)
    return " ".join(f"{name[:3]}={_right(points, 2)}" for name, points in parts.items())


def top_line(row: FlowRow) -> str:
    """Return one row of the radar as a line.

    Examples
    --------
    >>> print(top_line(FlowRow(ticker="NVDA", type="CALL", strike=950.0,
    ...     expiry="2026-05-29", vol_oi=0.2439, premium=1860000.0, score=91)))
    NVDA   CALL $950.0 exp 2026-05-29 vol/OI=0.2 prem=$1,860,000 score=91
    """
    ratio = UNKNOWN if row.vol_oi is None else f"{row.vol_oi:.1f}"
    return (
        f"{row.ticker:6} {row.type or UNKNOWN:4} "
        f"${row.strike} exp {row.expiry} "
        f"vol/OI={ratio} prem=${_whole(row.premium)} score={row.score}"
    )


def contract(symbol: str, signal: FlowSignal) -> str:
    """Return what a message about a signal is headed with."""
    side = (signal.side or UNKNOWN).upper()
    return (
        f"{symbol} {signal.expiry} {signal.strike}{signal.right} "
        f"{side} score={signal.score} ({signal.conviction})"
    )


def key_of(symbol: str, signal: FlowSignal) -> str:
    """Return what tells a signal from all others: its id, where its server gives one."""
    if signal.id:
        return signal.id
    natural = (signal.ts, signal.expiry, signal.strike, signal.right, signal.size)
    raw = "|".join([symbol, *map(str, natural)])
    return hashlib.sha1(raw.encode(), usedforsecurity=False).hexdigest()[:16]


def instant(text: str) -> dt.datetime:
    """Return an instant of the wire."""
    return dt.datetime.fromisoformat(text)


def clock(ts: str | None) -> str:
    """Return the time of day of an instant, UTC, to the second.

    Examples
    --------
    >>> clock("2026-05-21T15:58:12.000000Z"), clock("soon"), clock(None)
    ('15:58:12', '--------', '--------')
    """
    return UNKNOWN * 8 if not is_instant(ts) else f"{instant(ts):%H:%M:%S}"


def is_instant(text: str | None) -> TypeGuard[str]:
    """Return whether a server told an instant."""
    try:
        return text is not None and bool(instant(text))
    except ValueError:
        return False


def dollars(amount: float | None) -> str:
    """Return whole dollars."""
    return f"${_whole(amount)}"


def count(number: float | None) -> str:
    """Return a number as it is, its thousands parted."""
    return UNKNOWN if number is None else f"{number:,}"


def _whole(amount: float | None) -> str:
    return UNKNOWN if amount is None else f"{amount:,.0f}"


def _right(value: object, width: int) -> str:
    return f"{UNKNOWN if value is None else value:>{width}}"
