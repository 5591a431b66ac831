"""Explain: one signal's evidence, from its prints to each point of its score."""

import datetime as dt
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec
import numpy as np

from opentape.desk.ports import Tape
from opentape.desk.replay import Settled, beside, date_is_whole
from opentape.flow import pair
from opentape.flow.day import Folded
from opentape.flow.fold import Fold
from opentape.flow.gather import members
from opentape.flow.judge import arithmetic, judge
from opentape.flow.judge.arithmetic import PartLine
from opentape.flow.judge.spell import identities, signal_rows
from opentape.flow.options import FlowOptions
from opentape.flow.records import Verdict
from opentape.flow.signal import (
    AGGRESSORS,
    NBBO_STATES,
    SIDES,
    Signal,
    Signals,
)
from opentape.market.calendar import Span, day_of, iso, trade_date
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contract, Contracts, Right
from opentape.market.errors import NotFound
from opentape.market.money import NANOS, UNKNOWN
from opentape.market.open_interest import OpenInterest
from opentape.market.venues import MICS

_ID_PARTS: Final = 8


class PrintLine(msgspec.Struct, frozen=True, kw_only=True):
    """One print of the signal, with the quote before it and what was read from both."""

    ts: str
    """When the venue reported it, UTC."""
    price: float
    """Dollars a share."""
    size: int
    """Contracts."""
    bid: float | None
    """Dollars a share just before it; null where there was none."""
    ask: float | None
    """As `bid`."""
    nbbo_state: str
    """`ok`, or what was wrong with the quote."""
    side: str
    """`buy`, `sell` or `mid`, by the quote rule."""
    aggressor: str
    """`above_ask`, `at_ask`, `mid`, `at_bid` or `below_bid`."""
    venue: str
    """The exchange, a MIC."""
    condition: str
    """The sale condition, in a word."""
    sequence: int | None
    """The venue's number for it; null where it has none."""
    place: str
    """Where it stands in the files of the tape."""


class ContractState(msgspec.Struct, frozen=True, kw_only=True):
    """What the contract's whole day came to, which all its signals share."""

    symbol: str
    """The contract, 21 characters."""
    trade_date: dt.date
    """The session, New York's."""
    bought: int
    """Contracts that buyers crossed for."""
    sold: int
    """Contracts that sellers crossed for."""
    unsigned: int
    """Contracts that neither side crossed for."""
    volume: int
    """All contracts traded."""
    open_interest: int | None
    """Settled in the morning, contracts; null where not known."""
    proven_open: int
    """Contracts that must have been opened: volume beyond open interest."""
    estimate: int
    """Change of open interest since the morning, contracts."""
    bias: str
    """`opening_bias`, `closing_bias` or `unknown`."""
    confidence: float
    """How sure that is, 0 to 1."""
    formula: tuple[str, ...]
    """The estimate, its bounds, the bias and the confidence, with their numbers."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """All that a signal rests on."""

    signal: Signal
    prints: tuple[PrintLine, ...]
    contract: ContractState
    parts: tuple[PartLine, ...]
    radar_parts: tuple[PartLine, ...]


class _Named(NamedTuple):
    contract: Contract
    date: Span


def explain(
    tape: Tape,
    signal_id: str,
    *,
    settled: Settled | None = None,
    options: FlowOptions | None = None,
    to_ns: int | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> Explanation:
    """Return the evidence of one signal, judged as a replay of the same tape judges it.

    Only the prints of its contract and trade date are folded: nothing else can touch it.

    Raises
    ------
    NotFound
        If no signal of the tape has this id.
    """
    options = options or FlowOptions()
    named = _named(signal_id)
    found = _contract_day(tape, named, to_ns, on_rows)
    whole = date_is_whole(named.date, to_ns)
    settled = beside(tape, settled)
    fold = _fold(found, tape, settled.open_interest, options, whole=whole)
    books = fold.finish(whole=False)
    signals = judge(books, tape.contracts, options, settled.chain)
    at = _find(signals, tape.contracts, signal_id)
    one = signals.take(np.array([at]))
    signal = _not_golden(next(signal_rows(one, tape.contracts, options)))
    book = books[-1]
    mine = int(np.flatnonzero(book.parents["tail"] == one.parents["tail"][0])[0])
    bought, sold, unsigned = book.volume[mine].tolist()
    state = arithmetic.ContractDay(
        bought, sold, unsigned, int(book.proven[mine]), int(book.oi[mine])
    )
    return Explanation(
        signal=signal,
        prints=_print_lines(fold, int(one.parents["tail"][0]), tape),
        contract=_contract_state(signal, named.contract, book.trade_date, state, options),
        parts=arithmetic.score_lines(one, options.score),
        radar_parts=arithmetic.radar_lines(one, options.radar),
    )


class _ContractDay(NamedTuple):
    batch: PrintBatch
    first_date: dt.date
    """The first trade date of the whole tape."""


def _named(signal_id: str) -> _Named:
    """Return the contract and trade date that an id begins with."""
    texts = signal_id.split("-")
    try:
        root, ts, expiry, strike = texts[:4]
        contract = Contract(
            root=root,
            expiry=dt.datetime.strptime(expiry, "%Y%m%d").replace(tzinfo=dt.UTC).date(),
            strike_mills=int(strike[:-1]),
            right=Right(strike[-1:]),
        )
        named = _Named(contract, day_of(trade_date(int(ts))))
    except (ValueError, OverflowError) as error:
        raise NotFound(_no_such(signal_id)) from error
    if len(texts) != _ID_PARTS:
        raise NotFound(_no_such(signal_id))
    return named


def _no_such(signal_id: str) -> str:
    return f"an id must be one that a replay of this tape prints, was {signal_id!r}"


def _contract_day(
    tape: Tape, named: _Named, to_ns: int | None, on_rows: Callable[[int], None] | None
) -> _ContractDay:
    span = named.date
    place = int(tape.contracts.intern([named.contract.symbol])[0])
    found: list[PrintBatch] = []
    first: int | None = None
    for batch in tape.batches():
        if first is None and batch.rows:
            first = int(batch.ts_event[0])
        wanted = batch.contract == place
        wanted &= (batch.ts_event >= span.start_ns) & (batch.ts_event < span.end_ns)
        if to_ns is not None:
            wanted &= batch.ts_event <= to_ns
        found.append(batch.take(wanted))
        if on_rows is not None:
            on_rows(batch.rows)
    rows = PrintBatch.joined(found) if found else PrintBatch.empty(0)
    return _ContractDay(rows, trade_date(first or 0))


def _fold(
    found: _ContractDay,
    tape: Tape,
    open_interest: OpenInterest | None,
    options: FlowOptions,
    *,
    whole: bool,
) -> Fold:
    """Fold the prints that stand, keeping all of them at hand."""
    first = Fold(tape.contracts, open_interest, options.gather)
    first.push(found.batch)
    first.finish(whole=whole)
    standing = [
        batch.take(verdicts <= Verdict.LATE) for batch, verdicts in first.day.folded
    ]
    rows = PrintBatch.joined(standing) if standing else found.batch
    room = 1 << max(rows.rows, 2).bit_length()
    fold = Fold(
        tape.contracts, open_interest, options.gather, recent=room, oi_date=found.first_date
    )
    fold.push(rows)
    return fold


def _not_golden(signal: Signal) -> Signal:
    """Return a signal without the tag that belongs to an answer, not to the signal."""
    tags = [tag for tag in signal.tags if tag != "golden"]
    return msgspec.structs.replace(signal, tags=tags)


def _find(signals: Signals, contracts: Contracts, signal_id: str) -> int:
    for at, found in enumerate(identities(signals, contracts)):
        if found == signal_id:
            return at
    raise NotFound(_no_such(signal_id))


def _print_lines(fold: Fold, tail: int, tape: Tape) -> tuple[PrintLine, ...]:
    recent = fold.day.recent
    prints = recent[np.array(members(recent, tail)) & (recent.size - 1)]
    order = np.lexsort((prints["row"], prints["sequence"], prints["ts_event"]))
    folded = fold.day.folded
    return tuple(_print_line(prints[int(at)], folded, tape) for at in order)


def _print_line(mine: np.void, folded: list[Folded], tape: Tape) -> PrintLine:
    row = int(mine["row"])
    batch, at = next(
        (batch, int(np.argmax(batch.row == row)))
        for batch, _ in folded
        if (batch.row == row).any()
    )
    reading = int(mine["reading"])
    return PrintLine(
        ts=iso(int(mine["ts_event"])),
        price=int(mine["price"]) / NANOS,
        size=int(mine["size"]),
        bid=_known(int(batch.bid[at])),
        ask=_known(int(batch.ask[at])),
        nbbo_state=NBBO_STATES[reading >> pair.NBBO_AT & pair.THREE_BITS],
        side=SIDES[reading & pair.SIDE_BITS],
        aggressor=AGGRESSORS[reading >> pair.AGGRESSOR_AT & pair.THREE_BITS],
        venue=MICS[int(mine["venue"])],
        condition=Condition(int(mine["condition"])).name.lower(),
        sequence=int(mine["sequence"]) or None,
        place=tape.locate(row),
    )


def _known(nanos: int) -> float | None:
    return None if nanos == UNKNOWN else nanos / NANOS


def _contract_state(
    signal: Signal,
    contract: Contract,
    date: dt.date,
    state: arithmetic.ContractDay,
    options: FlowOptions,
) -> ContractState:
    return ContractState(
        symbol=contract.symbol,
        trade_date=date,
        bought=state.bought,
        sold=state.sold,
        unsigned=state.unsigned,
        volume=state.volume,
        open_interest=signal.open_interest,
        proven_open=state.proven,
        estimate=signal.contract_net_oi_delta,
        bias=signal.open_close_bias,
        confidence=signal.open_close_confidence,
        formula=arithmetic.interest_lines(
            state, signal.contract_net_oi_delta, signal.open_close_bias, options.interest
        ),
    )
