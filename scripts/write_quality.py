"""Write what the ledger finds of injected faults into `docs/explain/quality.md`.

    opentape simulate --out market --faults gap=0.012,duplicate=0.00012,...
    python scripts/write_quality.py market --made "opentape simulate --out market ..."

Of a market of several days each is folded by itself, and what became of all is added. Every
fault of `truth/faults.parquet` is looked for in the ledger, and every flaw of the
ledger among the faults. What counts as seen stands on the page; the text around the two
markers is written by hand and stays as it is.
"""

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq

from opentape.feeds.chains.read import read_chains
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape
from opentape.flow.fold import Fold
from opentape.flow.quality.ledger import Ledger
from opentape.flow.quality.records import KINDS, NO_PLACE
from opentape.flow.quality.views import Quality
from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch
from opentape.market.conditions import SIGNED, Condition
from opentape.market.contract import Contracts
from opentape.market.open_interest import UNKNOWN_OI
from opentape.market.venues import MICS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "explain" / "quality.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
ADDED = 1 << 30
"""Numbers of rows that a fault added begin here."""
STRETCH_NS, MINUTE_NS = 300 * 10**9, 60 * 10**9
LATE_NS = 2 * 10**9
ENOUGH = 3
"""Venues that have to contradict another, for it to be the one whose clock is off."""
NEAR = 5
"""Rows on either side of another, most of which say that it is stamped wrong."""
BEYOND = 8
"""Numbers that have to come behind a gap."""
ROWS = 1_000
ORDERS = {"sorted": "as a file, by time", "came": "as it came, live"}


class Fault(NamedTuple):
    """One injected fault: a gap is one, whatever it swallowed; so are a venue's minutes."""

    kind: str
    sequences: tuple[int, ...]
    ts: tuple[int, ...]
    detail: str


class Line(NamedTuple):
    """What became of the faults of one kind."""

    kind: str
    injected: int
    visible: int
    seen: int
    told: int
    false: int


class Given(NamedTuple):
    """A market as it was delivered."""

    rows: PrintBatch
    """In the order of the file."""
    contracts: Contracts
    quality: Quality
    interest: np.ndarray
    """Of each contract, as told that morning."""
    next_interest: np.ndarray
    volume: np.ndarray
    faults: list[Fault]
    busted: set[int]
    """Prints that the market itself took back."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("market", type=Path, help="a folder of a simulated market")
    parser.add_argument("--made", default="", help="the command that made it, to be shown")
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args(arguments)
    before, rest = asked.page.read_text(encoding="utf-8").split(BEGIN)
    figures = "\n".join(page(asked.market, asked.made))
    after = rest.split(END)[1]
    text = f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"
    asked.page.write_text(text, encoding="utf-8")


def page(market: Path, made: str) -> Iterator[str]:
    if made:
        yield f"```sh\n{made}\npython scripts/write_quality.py market\n```\n"
    for order, how in ORDERS.items():
        lines = list(report(market, order))
        given = sum(line.injected for line in lines)
        seen = sum(line.seen for line in lines)
        false = sum(line.false for line in lines)
        visible = sum(line.visible for line in lines)
        yield f"### {how[0].upper()}{how[1:]}\n"
        yield (
            f"{given:,} faults, {visible:,} of which can be seen, {seen:,} seen; "
            f"{false:,} false alarms.\n"
        )
        yield "| fault | injected | can be seen | seen | recall | in the ledger | false |"
        yield "|---|---:|---:|---:|---:|---:|---:|"
        for line in lines:
            recall = f"{100 * line.seen / line.visible:.1f} %" if line.visible else "-"
            yield (
                f"| `{line.kind}` | {line.injected:,} | {line.visible:,} | {line.seen:,} | "
                f"{recall} | {line.told:,} | {line.false:,} |"
            )
        yield ""


def report(market: Path, order: str = "sorted") -> Iterator[Line]:
    """Yield what became of the faults of each kind, and of flaws without one."""
    alone = (market / "tape.parquet").exists()
    days = [market] if alone else sorted(path.parent for path in market.glob("*/tape.*"))
    for kind, *lines in zip(JUDGES, *(judged(day, order) for day in days), strict=True):
        yield Line(
            kind,
            *(sum(counts) for counts in zip(*(line[1:] for line in lines), strict=True)),
        )


def judged(market: Path, order: str) -> list[Line]:
    """What became of the faults of a day, in the order of the judges."""
    given = deliver(market, order)
    return [
        judge(given, [fault for fault in given.faults if fault.kind == kind])
        for kind, judge in JUDGES.items()
    ]


# ------------------------------------------------------------------------------- delivered


def deliver(market: Path, order: str) -> Given:
    """Fold a market as a server does, and tell the open interest of the morning after."""
    tape = open_tape([market / "tape.parquet"])
    rows = PrintBatch.joined(list(tape.batches()))
    contracts = tape.contracts
    interest, _ = read_open_interest(market / "oi.parquet", contracts)
    after, _ = read_open_interest(market / "oi_next.parquet", contracts)
    paths = sorted((market / "chain").glob("*.parquet"))
    chains = [file.chain for path in paths for file in read_chains([path], contracts)]
    ledger = Ledger(contracts, late_after_ns=LATE_NS)
    fold = Fold(contracts, interest, watch=ledger)
    ledger.settle(interest)
    by_row = rows.take(np.argsort(rows.row, kind="stable"))
    folded = rows if order == "sorted" else by_row
    for first in range(0, rows.rows, ROWS):
        fold.push(folded.take(slice(first, first + ROWS)))
        fold.settle_cancels()
    for chain in chains:
        ledger.chain(chain)
    ledger.settle(after)
    return Given(
        by_row,
        contracts,
        ledger.view(),
        interest.of(contracts),
        after.of(contracts),
        volume_of(by_row, chains),
        faults_of(market),
        busted_of(market),
    )


def volume_of(rows: PrintBatch, chains: Sequence[Chain]) -> np.ndarray:
    """Contracts traded, as far as the tape and the chains tell, by contract."""
    once = rows.take(np.unique(rows.sequence, return_index=True)[1])
    stands = (once.condition != Condition.CANCEL) & ~np.isin(once.sequence, once.cancels)
    size = len(chains[0].contracts)
    volume = np.bincount(once.contract[stands], once.size[stands], size).astype(np.int64)
    for chain in chains:
        volume[chain.contract] = np.maximum(volume[chain.contract], chain.volume)
    return volume


def busted_of(market: Path) -> set[int]:
    truth = pq.read_table(
        market / "truth" / "prints.parquet", columns=["sequence", "busted"]
    )
    numbers, busted = (truth[name].to_numpy() for name in truth.column_names)
    return set(numbers[busted].tolist())


def faults_of(market: Path) -> list[Fault]:
    """The log, rows of one gap and of one venue's stretch as one fault."""
    table = pq.read_table(market / "truth" / "faults.parquet")
    kinds, details = table["kind"].to_pylist(), table["detail"].to_pylist()
    numbers, stamps = (
        table["sequence"].to_pylist(),
        table["ts_event"].cast("int64").to_pylist(),
    )
    rows = sorted(zip(kinds, numbers, stamps, details, strict=True))
    gaps = [row for row in rows if row[0] == "gap"]
    skews = [row for row in rows if row[0] == "clock_skew"]
    found = [
        Fault(k, (n,), (ts,), d) for k, n, ts, d in rows if k not in {"gap", "clock_skew"}
    ]
    for _, run in groupby(enumerate(gaps), lambda one: one[1][1] - one[0]):
        found.append(joined([row for _, row in run]))

    def stretch(row: tuple) -> tuple:
        return row[3].split()[0], row[2] // STRETCH_NS

    for _, run in groupby(sorted(skews, key=stretch), stretch):
        found.append(joined(list(run)))
    return found


def joined(rows: list[tuple]) -> Fault:
    kinds, numbers, stamps, details = zip(*rows, strict=True)
    return Fault(kinds[0], numbers, stamps, details[0])


# ---------------------------------------------------------------------------------- judged


def noted(given: Given, *kinds: str) -> np.ndarray:
    flaws = given.quality.flaws
    return flaws[np.isin(flaws["kind"], [KINDS.index(kind) for kind in kinds])]


def by_number(
    given: Given,
    faults: list[Fault],
    told: Sequence[str],
    *,
    visible: Callable[[Fault], bool] = lambda _: True,
    excused: Callable[[int], bool] = lambda _: False,
) -> Line:
    """Faults of single rows: the ledger names the row, by its number."""
    numbers = noted(given, *told)["sequence"].tolist()
    there, wanted = set(numbers), {fault.sequences[0] for fault in faults}
    seen = [fault.sequences[0] for fault in faults if visible(fault)]
    mine = [number for number in numbers if not excused(number)]
    return Line(
        faults[0].kind if faults else told[0],
        len(faults),
        len(seen),
        len(there.intersection(seen)),
        len(mine),
        len(set(mine) - wanted),
    )


def gaps(given: Given, faults: list[Fault]) -> Line:
    numbers = np.sort(given.rows.sequence[given.rows.sequence < ADDED])
    holes = given.quality.found.holes
    told = set(zip(holes["first"].tolist(), holes["last"].tolist(), strict=True))
    runs = {(fault.sequences[0], fault.sequences[-1]) for fault in faults}
    visible = {run for run in runs if run[0] > numbers[0] and run[1] < numbers[-BEYOND]}
    return Line(
        "gap", len(runs), len(visible), len(visible & told), len(told), len(told - runs)
    )


def duplicates(given: Given, faults: list[Fault]) -> Line:
    return by_number(given, faults, ["duplicate"])


def disorder(given: Given, faults: list[Fault]) -> Line:
    rows = given.rows
    first = np.sort(np.unique(rows.sequence, return_index=True)[1])
    numbers = rows.sequence[first]
    numbers = numbers[numbers < ADDED]
    passed = set(numbers[out_of_order(numbers)].tolist())
    there = set(noted(given, "disorder")["sequence"].tolist())
    wanted = {fault.sequences[0] for fault in faults}
    # of two neighbours that changed places nobody knows which one moved
    turned = np.flatnonzero(numbers[1:] < numbers[:-1])
    pairs = zip(numbers[turned].tolist(), numbers[turned + 1].tolist(), strict=True)
    instead = {}
    for one, other in pairs:
        instead |= {one: other, other: one}
    meant = {number: number for number in wanted & there}
    for number in wanted - there:
        if instead.get(number) in there - wanted:
            meant[number] = instead[number]
    return Line(
        "disorder",
        len(faults),
        len(wanted & passed),
        len(meant.keys() & passed),
        len(there),
        len(there - set(meant.values())),
    )


def out_of_order(values: np.ndarray) -> np.ndarray:
    """Which values stand behind a larger one or before a smaller one."""
    before = np.maximum.accumulate(values)
    behind = np.minimum.accumulate(values[::-1])[::-1]
    return (before > values) | (behind < values)


def skews(given: Given, faults: list[Fault]) -> Line:
    rows = given.rows.take(given.rows.sequence < ADDED)
    rows = rows.take(np.unique(rows.sequence, return_index=True)[1])
    rows = rows.take(~np.isin(rows.sequence, list(hit_by(given, "wrong_time"))))
    flaws = noted(given, "clock_skew")
    numbers = [number for fault in faults for number in fault.sequences]
    hit = np.isin(rows.sequence, numbers)
    visible = seen = 0
    for fault in faults:
        mine = np.isin(rows.sequence, fault.sequences)
        if not mine.any() or against(rows, mine, hit) < ENOUGH:
            continue
        visible += 1
        ts = rows.ts_event[mine]
        told = flaws[flaws["venue"] == MICS.index(fault.detail.split()[0])]
        seen += bool(((told["ts"] <= ts.max()) & (told["last"] >= ts.min())).any())
    false = 0
    for one in flaws:
        inside = (rows.ts_event >= one["ts"]) & (rows.ts_event <= one["last"])
        false += not hit[inside & (rows.venue == one["venue"])].any()
    return Line("clock_skew", len(faults), visible, seen, flaws.size, false)


def against(rows: PrintBatch, mine: np.ndarray, hit: np.ndarray) -> int:
    """How many venues whose clocks are right contradict some rows within one minute."""
    minute = np.maximum.accumulate(rows.ts_event) // MINUTE_NS
    most = 0
    for one in np.unique(minute[mine]).tolist():
        near = minute == one
        most = max(most, contradicting(rows.take(near), mine[near], ~hit[near]))
    return most


def contradicting(rows: PrintBatch, mine: np.ndarray, right: np.ndarray) -> int:
    pairs = (mine | (right & (rows.venue == one)) for one in np.unique(rows.venue[right]))
    return sum(bool((np.diff(rows.ts_event[pair]) < 0).any()) for pair in pairs)


def crossed(given: Given, faults: list[Fault]) -> Line:
    return by_number(given, faults, ["crossed_nbbo"], excused=is_added)


def missing(given: Given, faults: list[Fault]) -> Line:
    return by_number(given, faults, ["missing_nbbo"], excused=is_added)


def is_added(number: int) -> bool:
    """Whether a fault added the row, beside one whose quote another fault broke."""
    return number >= ADDED


def stale(given: Given, faults: list[Fault]) -> Line:
    rows = given.rows
    place = {number: at for at, number in enumerate(rows.sequence.tolist())}

    def contradicts(fault: Fault) -> bool:
        at = place[fault.sequences[0]]
        price, bid, ask = (int(column[at]) for column in (rows.price, rows.bid, rows.ask))
        absurd = price > 10 * ask > 0 or 10 * price < bid
        far = max(price - ask, bid - price) > ask - bid > 0
        return absurd or (far and bool(SIGNED[rows.condition[at]]))

    told = ["stale_nbbo", "off_quote", "impossible_price"]
    priced = hit_by(given, "impossible_price")
    return by_number(
        given,
        faults,
        told,
        visible=contradicts,
        excused=lambda number: is_added(number) or number in priced,
    )


def impossible(given: Given, faults: list[Fault]) -> Line:
    old = hit_by(given, "stale_nbbo")
    return by_number(
        given,
        faults,
        ["impossible_price"],
        excused=lambda number: is_added(number) or number in old,
    )


def hit_by(given: Given, kind: str) -> set[int]:
    """Numbers of the rows that faults of a kind hit."""
    mine = (fault.sequences for fault in given.faults if fault.kind == kind)
    return {number for numbers in mine for number in numbers}


def wrong_time(given: Given, faults: list[Fault]) -> Line:
    rows = given.rows.take(given.rows.sequence < ADDED)
    rows = rows.take(np.unique(rows.sequence, return_index=True)[1])
    place = {number: at for at, number in enumerate(rows.sequence.tolist())}

    def contradicts(fault: Fault) -> bool:
        at = place[fault.sequences[0]]
        ts = int(rows.ts_event[at])
        before = rows.ts_event[max(at - NEAR, 0) : at]
        after = rows.ts_event[at + 1 : at + 1 + NEAR]
        most = max((before - ts > MINUTE_NS).sum(), (ts - after > MINUTE_NS).sum())
        return bool(most > NEAR // 2)

    return by_number(given, faults, ["wrong_time"], visible=contradicts)


def repeated_oi(given: Given, faults: list[Fault]) -> Line:
    told = noted(given, "repeated_oi").size
    return Line("repeated_oi", len(faults), len(faults), min(told, len(faults)), told,
                max(told - len(faults), 0))  # fmt: skip


def busted(given: Given, faults: list[Fault]) -> Line:
    itself = given.busted.__contains__
    return by_number(given, faults, ["busted_print"], excused=itself)


def wrong_oi(given: Given, faults: list[Fault]) -> Line:
    contracts, told, after = given.contracts, given.interest, given.next_interest
    flaws = noted(given, "missing_oi", "wrong_oi")
    places = flaws["place"][flaws["place"] != NO_PLACE].tolist()
    there = {contracts[place].symbol for place in places}
    wanted, visible = set(), set()
    for fault in faults:
        symbol, left_out = re.match(r"(.{21}) (left out)?", fault.detail).groups()
        place = int(contracts.intern([symbol])[0])
        known = UNKNOWN_OI not in (told[place], after[place])
        wanted.add(symbol)
        if left_out or (known and abs(after[place] - told[place]) > given.volume[place]):
            visible.add(symbol)
    seen, false = len(visible & there), len(there - wanted)
    return Line("wrong_oi", len(faults), len(visible), seen, flaws.size, false)


def others(given: Given, _: list[Fault]) -> Line:
    """Kinds that no fault injects: each must be true of the rows as they were delivered."""
    rows = given.rows
    place = {number: at for at, number in enumerate(rows.sequence.tolist())}
    now = np.maximum.accumulate(rows.ts_event)
    flaws = noted(given, *OTHERS)
    false = 0
    for one in flaws:
        at, told = place[int(one["sequence"])], KINDS[one["kind"]]
        if told == "late":
            false += int(now[at] - rows.ts_event[at] <= LATE_NS)
        elif told == "unmatched_cancel":
            false += int(rows.cancels[at]) in place
        else:
            false += 1
    return Line("other", 0, 0, 0, flaws.size, false)


OTHERS = (
    "late",
    "unmatched_cancel",
    "expired_contract",
    "earlier_date",
    "impossible_size",
)
JUDGES = {
    "gap": gaps,
    "duplicate": duplicates,
    "disorder": disorder,
    "clock_skew": skews,
    "crossed_nbbo": crossed,
    "missing_nbbo": missing,
    "stale_nbbo": stale,
    "busted_print": busted,
    "wrong_oi": wrong_oi,
    "impossible_price": impossible,
    "wrong_time": wrong_time,
    "repeated_oi": repeated_oi,
    "other": others,
}

if __name__ == "__main__":
    main()
