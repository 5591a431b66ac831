"""A session played from open to close: slices of the tape, snapshots of the chain between.

Slices are made side by side and joined in order; each draws from a stream of its own, so
that the day has the same bytes whatever made it.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import SECOND_NS
from opentape.simulation.customers import book
from opentape.simulation.customers.book import Positions
from opentape.simulation.records import Delivered, Truth
from opentape.simulation.scene import Scene, Seen, look
from opentape.simulation.slices import Ints, Made, Rows, make_slice

SNAPSHOT_NS: Final = 1_800 * SECOND_NS
"""Between two snapshots of the chain, unless it is asked for otherwise."""
_SLICE: Final = 200_000
"""Prints made at once, at most."""
_CENT_NANOS: Final = 10_000_000
_AHEAD: Final = 2
"""Slices that wait while one is joined."""


class Snapshot(NamedTuple):
    """Every listed contract at an instant, one a row, by its place."""

    ts_ns: int
    bid: Ints
    """Cents."""
    ask: Ints
    bid_size: Ints
    ask_size: Ints
    last: Ints
    """Cents, 0 where it has not traded."""
    volume: Ints
    spot: NDArray[np.float64]
    """Dollars."""


class Slice(NamedTuple):
    """A part of the tape in its order, and what is true of each row."""

    delivered: Delivered
    truth: Truth


class _Part(NamedTuple):
    """One slice to make."""

    number: int
    end_ns: int
    prints: int
    shares: tuple[float, float]
    snapshot: bool
    """A snapshot of the chain follows it."""


def play(
    scene: Scene,
    prints: int,
    positions: Positions,
    *,
    threads: int = 2,
    snapshot_ns: int = SNAPSHOT_NS,
) -> Iterator[Slice | Snapshot]:
    """Yield a session: so many prints with their cancels, and the chain now and then.

    `positions` are changed by what trades. No slice crosses a snapshot, so that snapshots
    more often are another day.
    """
    joiner = _Joiner(positions)
    start = scene.session.start_ns
    yield _snapshot(listed(scene, start), positions, start)
    for part, made, seen in _made(scene, _parts(scene, prints, snapshot_ns), threads):
        yield joiner.join(made, part.end_ns)
        if seen is not None:
            yield _snapshot(seen, positions, part.end_ns)
    rest = joiner.rest()
    if rest.delivered.rows:
        yield rest


def listed(scene: Scene, ts_ns: int) -> Seen:
    """Return every listed contract as it is quoted at an instant."""
    contract = np.arange(scene.listing.series)
    return look(scene, contract // 2, contract % 2 == 1, np.full(contract.size, ts_ns))


def _snapshot(seen: Seen, positions: Positions, ts_ns: int) -> Snapshot:
    quotes = seen.quotes
    return Snapshot(
        ts_ns=ts_ns,
        bid=quotes.bid,
        ask=quotes.ask,
        bid_size=np.where(quotes.bid > 0, quotes.bid_size, 0),
        ask_size=quotes.ask_size,
        last=positions.last.copy(),
        volume=positions.volume.copy(),
        spot=seen.spot,
    )


def _parts(scene: Scene, prints: int, snapshot_ns: int) -> list[_Part]:
    """Return the slices of a day: none crosses a snapshot, none is too large."""
    start, end = scene.session
    marks = [*range(start + snapshot_ns, end, snapshot_ns), end]
    parts: list[_Part] = []
    before, done = 0.0, 0
    for mark in marks:
        after = 1.0 if mark == end else scene.pace.share_at(mark)
        wanted = round(after * prints) - done
        pieces = max(1, -(-wanted // _SLICE))
        edges = np.linspace(before, after, pieces + 1)
        for piece in range(pieces):
            last = piece == pieces - 1
            share = (float(edges[piece]), float(edges[piece + 1]))
            upto = round(share[1] * prints) if not last else round(after * prints)
            end_ns = mark if last else scene.pace.instant_at(share[1])
            parts.append(_Part(len(parts), end_ns, upto - done, share, last))
            done = upto
        before = after
    return parts


class _Ready(NamedTuple):
    """A slice that is made, and the quotes of the snapshot that follows it, if one does."""

    part: _Part
    made: Made
    seen: Seen | None


def _made(scene: Scene, parts: list[_Part], threads: int) -> Iterator[_Ready]:
    """Yield each slice as it is made, in order, a few ahead of what is asked for."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[_Ready]] = deque()
        for part in parts:
            waiting.append(pool.submit(_make, scene, part))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        for ready in waiting:
            yield ready.result()


def _make(scene: Scene, part: _Part) -> _Ready:
    made = make_slice(scene, part.number, part.prints, part.shares)
    return _Ready(part, made, listed(scene, part.end_ns) if part.snapshot else None)


class _Bust(NamedTuple):
    """A print that a cancel will take back."""

    sequence: int
    opens: int


class _Joiner:
    """Numbers rows in order of time and folds them into positions."""

    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        self._later: Rows | None = None
        self._rows = self._orders = self._packages = 0
        self._busts: dict[int, _Bust] = {}

    def join(self, made: Made, end_ns: int) -> Slice:
        """Return the rows before an instant; those after it wait."""
        rows = made.rows._replace(
            parent=made.rows.parent + self._orders + 1,
            package=np.where(made.rows.package > 0, made.rows.package + self._packages, 0),
        )
        self._orders += made.orders
        self._packages += made.packages
        if self._later is not None:
            rows = Rows.joined([self._later, rows])
        due = rows.ts < end_ns
        self._later = rows.take(~due)
        return self._numbered(rows.take(due))

    def rest(self) -> Slice:
        """Return what came after the last slice: late prints and cancels."""
        later, self._later = self._later, None
        assert later is not None  # noqa: S101 - at least one slice was joined
        return self._numbered(later)

    def _numbered(self, rows: Rows) -> Slice:
        rows = rows.take(np.argsort(rows.ts, kind="stable"))
        sequence = np.arange(self._rows + 1, self._rows + 1 + rows.rows)
        self._rows += rows.rows
        cancels = np.zeros(rows.rows, np.int64)
        opens = rows.opens.astype(np.int8)
        of_row = self._found(rows, sequence, cancels, opens)
        is_cancel = rows.takes_back >= 0
        oi_change = np.zeros(rows.rows, np.int32)
        book.trade(
            self._positions,
            book.Trades(
                contract=rows.contract.astype(np.int32),
                size=np.where(is_cancel, -rows.size, rows.size),
                customer=_with_customer(rows),
                price=rows.price,
                takes_back=of_row,
            ),
            opens,
            oi_change,
        )
        self._remember(rows, sequence, opens)
        opens = np.where(_with_customer(rows) == 0, -1, opens).astype(np.int8)
        return Slice(
            _delivered(rows, sequence, cancels), _truth(rows, sequence, opens, oi_change)
        )

    def _found(
        self, rows: Rows, sequence: Ints, cancels: Ints, opens: NDArray[np.int8]
    ) -> Ints:
        """Fill in what cancels take back; return its row where it is among these."""
        of_row = np.full(rows.rows, -1)
        busted = np.flatnonzero(rows.busted)
        here = dict(zip(rows.uid[busted].tolist(), busted.tolist(), strict=True))
        for row in np.flatnonzero(rows.takes_back >= 0).tolist():
            uid = int(rows.takes_back[row])
            if uid in here:
                of_row[row] = here[uid]
                cancels[row] = sequence[here[uid]]
            else:
                bust = self._busts.pop(uid)
                cancels[row], opens[row] = bust
        return of_row

    def _remember(self, rows: Rows, sequence: Ints, opens: NDArray[np.int8]) -> None:
        for row in np.flatnonzero(rows.busted).tolist():
            self._busts[int(rows.uid[row])] = _Bust(int(sequence[row]), int(opens[row]))


def _with_customer(rows: Rows) -> NDArray[np.int8]:
    return rows.customer.astype(np.int8)


def _delivered(rows: Rows, sequence: Ints, cancels: Ints) -> Delivered:
    return Delivered(
        ts_event=rows.ts,
        sequence=sequence,
        contract=rows.contract.astype(np.int32),
        price=rows.price * _CENT_NANOS,
        size=rows.size.astype(np.int32),
        bid=rows.bid * _CENT_NANOS,
        ask=rows.ask * _CENT_NANOS,
        bid_size=rows.bid_size.astype(np.int32),
        ask_size=rows.ask_size.astype(np.int32),
        spot=rows.spot * _CENT_NANOS,
        venue=rows.venue.astype(np.uint8),
        letter=rows.letter.astype(np.uint8),
        cancels=cancels,
    )


def _truth(
    rows: Rows, sequence: Ints, opens: NDArray[np.int8], oi_change: NDArray[np.int32]
) -> Truth:
    return Truth(
        sequence=sequence,
        parent=rows.parent,
        package=rows.package,
        structure=rows.structure.astype(np.uint8),
        intent=rows.intent.astype(np.uint8),
        style=rows.style.astype(np.uint8),
        aggressor=rows.aggressor.astype(np.int8),
        customer=_with_customer(rows),
        opens=opens,
        oi_change=oi_change,
        roll=rows.roll,
        hedge=rows.hedge,
        direction=rows.direction.astype(np.int8),
        busted=rows.busted,
    )
