"""Measures whether `opentape outcomes` finds an edge where one was planted, and none else.

    python scripts/measure_outcomes.py --write    # into docs/explain/outcomes.md
    python scripts/measure_outcomes.py --seeds 2  # prints, of fewer seeds
    python scripts/measure_outcomes.py --kept a.ndjson --jobs 2  # goes on where it was

Two measurements: the command on simulated markets, many seeds with and without an edge;
and the arithmetic on thousands of made-up ones without any, beside two other ways that
look as good and are not.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import msgspec
import numpy as np
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import chances
from opentape.cli.main import main as opentape
from opentape.desk.outcomes.estimate import critical
from opentape.desk.outcomes.outcomes import Outcomes, outcomes
from opentape.flow.options import ScoreOptions

PAGE = Path(__file__).resolve().parents[1] / "docs" / "explain" / "outcomes.md"
EDGES = (0.0, 1.0)
DAYS, PRINTS, NAMES = 10, 60_000, 3
BEGIN, END = "<!-- {}: written by scripts/measure_outcomes.py -->", "<!-- end of {} -->"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=1, help="markets at a time")
    parser.add_argument("--kept", type=Path, help="a line a market that was measured")
    parser.add_argument("--write", action="store_true", help="into the page")
    asked = parser.parse_args()
    found = answers(asked.seeds, asked.jobs, asked.kept)
    tables = {
        "seeds": "\n".join(seed_lines(asked.seeds, found)),
        "level": "\n".join(level_lines(asked.draws)),
    }
    for name, table in tables.items():
        print(table, end="\n\n")
        if asked.write:
            PAGE.write_text(replaced(PAGE.read_text("utf-8"), name, table), "utf-8")


def replaced(page: str, name: str, table: str) -> str:
    begin, end = BEGIN.format(name), END.format(name)
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n{table}\n{end}{rest.partition(end)[2]}"


class Answer(msgspec.Struct, frozen=True):
    """What the command said of one market."""

    edge: float
    seed: int
    reply: Outcomes


def answers(seeds: int, jobs: int, kept: Path | None) -> dict[tuple[float, int], Outcomes]:
    """Measure each market that is not in `kept` yet, and write it there."""
    found = {}
    if kept is not None and kept.exists():
        for line in kept.read_bytes().splitlines():
            one = msgspec.json.decode(line, type=Answer)
            found[one.edge, one.seed] = one.reply
    wanted = [(edge, seed) for seed in range(1, seeds + 1) for edge in EDGES]
    left = [each for each in wanted if each not in found]
    with ProcessPoolExecutor(jobs) as pool:
        for done in as_completed([pool.submit(answer, *each) for each in left]):
            one = done.result()
            found[one.edge, one.seed] = one.reply
            if kept is not None:
                with kept.open("ab") as file:
                    file.write(msgspec.json.encode(one) + b"\n")
    return found


def seed_lines(seeds: int, found: dict[tuple[float, int], Outcomes]) -> Iterator[str]:
    yield "| seed | " + " | ".join(f"edge {edge:g} | found" for edge in EDGES) + " |"
    yield "|---:|" + "---:|---:|" * len(EDGES)
    for seed in range(1, seeds + 1):
        cells = [told(found[edge, seed]) for edge in EDGES]
        yield f"| {seed} | " + " | ".join(cells) + " |"
    cells = [summed([found[edge, seed] for seed in range(1, seeds + 1)]) for edge in EDGES]
    yield "| of all | " + " | ".join(cells) + " |"


def answer(edge: float, seed: int) -> Answer:
    with tempfile.TemporaryDirectory() as folder:
        market = f"{folder}/market"
        made = ["--days", DAYS, "--prints", PRINTS, "--names", NAMES, "--seed", seed]
        made += ["--snapshot-minutes", 390]
        run("simulate", "--out", market, *made, "--edge", edge, "-q")
        reply = run("outcomes", market, "--format", "json", "-q")
    answered = msgspec.json.decode(reply, type=Outcomes)
    print(f"edge {edge:g}, seed {seed}: {told(answered)}", file=sys.stderr, flush=True)
    return Answer(edge, seed, answered)


def run(*arguments: object) -> bytes:
    result = CliRunner().invoke(opentape, [*map(str, arguments)], catch_exceptions=False)
    if result.exit_code:
        raise SystemExit(result.output)
    return result.stdout_bytes


def told(reply: Outcomes) -> str:
    row = next(row for row in reply.outcomes if row.horizon == "30min")
    away = row.high_bps - row.excess_bps
    stars = sum(row.found for row in reply.outcomes)
    return f"{row.excess_bps:+.1f} ± {away:.1f} | {stars} of {reply.tests}"


def summed(replies: list[Outcomes]) -> str:
    rows = [next(row for row in one.outcomes if row.horizon == "30min") for one in replies]
    mean = sum(row.excess_bps for row in rows) / len(rows)
    any_found = sum(any(row.found for row in one.outcomes) for one in replies)
    return f"{mean:+.1f} | any in {any_found} of {len(replies)}"


def level_lines(draws: int) -> Iterator[str]:
    """Compare ways to judge the mean of all signals, on markets without an edge."""
    yield (
        "| sessions | t-test over signals | bootstrap of sessions "
        "| t-test over sessions | any ★ in the table |"
    )
    yield "|---:|---:|---:|---:|---:|"
    for sessions in (5, 10, 20):
        counts = np.zeros(4)
        kept = draws
        for seed in range(draws):
            counts[:3] += verdicts(*chances.excess(seed, sessions), seed)
            if seed < kept:
                reply = outcomes(chances.market(seed, sessions), ScoreOptions())
                counts[3] += any(row.found for row in reply.outcomes)
        shares = [*(counts[:3] / draws), counts[3] / kept]
        yield f"| {sessions} | " + " | ".join(f"{100 * s:.1f} %" for s in shares) + " |"


def verdicts(value: np.ndarray, session: np.ndarray, seed: int) -> list[bool]:
    means = chances.block_means(value, session)
    naive = abs(value.mean()) > 1.96 * value.std(ddof=1) / np.sqrt(value.size)
    picked = np.random.default_rng(seed).integers(0, means.size, (999, means.size))
    low, high = np.quantile(means[picked].mean(axis=1), (0.025, 0.975))
    error = means.std(ddof=1) / np.sqrt(means.size)
    ours = abs(means.mean()) > critical(0.05, means.size - 1) * error
    return [naive, not low <= 0.0 <= high, ours]


if __name__ == "__main__":
    main()
