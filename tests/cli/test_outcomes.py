"""`opentape outcomes` on simulated markets with a planted edge and without one."""

import json
from pathlib import Path

import pytest

from opentape.cli.market.after import lines
from opentape.desk.outcomes.outcomes import Outcome, Outcomes

MARKET = ("--prints", 3_000, "-s", "NVDA,TSLA", "--snapshot-minutes", 390, "-q")
DAYS = 10


def answered(run, folder: Path, edge: float, seed: int) -> dict:
    market = folder / f"{edge}-{seed}"
    made = run(
        "simulate", "--out", market, *MARKET, "--days", DAYS, "--edge", edge, "--seed", seed
    )
    assert made.exit_code == 0, made.output
    # so many small signals that a small market is enough
    settings = folder / "settings.toml"
    settings.write_text("[flow.gather]\nblock_min_contracts = 5\n")
    result = run("outcomes", market, "--config", settings, "--format", "json", "--quiet")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return json.loads(result.stdout)


@pytest.mark.long
@pytest.mark.parametrize("seed", [2])
def test_an_edge_that_was_planted_is_found_and_no_other(run, tmp_path, seed: int) -> None:
    found, none = (answered(run, tmp_path, edge, seed) for edge in (1.0, 0.0))
    assert not any(row["found"] for row in none["outcomes"])
    stars = [row for row in found["outcomes"] if row["found"]]
    assert {row["horizon"] for row in stars} & {"30min"}
    assert all(row["low_bps"] > 0 for row in stars)
    assert found["sessions"] == none["sessions"] == DAYS
    assert found["first"] == "2026-05-21"


def test_the_table(run, tmp_path) -> None:
    market = tmp_path / "market"
    run("simulate", "--out", market, *MARKET, "--days", 2)
    result = run("outcomes", market)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("2026-05-21 to 2026-05-22, 2 sessions  ")
    assert "\ncomponent         signals        5 min" in result.stdout
    assert "tests      0, 0 of them beyond chance" in result.stderr


def test_what_is_beyond_chance_has_a_star() -> None:
    star = Outcome(
        by="all", group="all", horizon="30min", signals=1_234, blocks=9, excess_bps=7.62,
        low_bps=6.32, high_bps=8.92, found=True,
    )  # fmt: skip
    plain = Outcome(by="all", group="all", horizon="close", signals=7, excess_bps=-0.04)
    none = Outcome(by="tag", group="whale", horizon="close")
    reply = Outcomes(
        sessions=0, signals=0, directed=0, tests=1, outcomes=(star, plain, none)
    )
    text = [line.plain.split() for line in lines(reply)]
    assert text[2] == ["all", "1,234", "+7.6", "±1.3", "★", "-0.0"]
    assert text[4] == ["whale", "0", "-"]


def test_mistakes_are_one_sentence(run, tmp_path) -> None:
    refused = run("outcomes", tmp_path / "none")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("Error: there is no folder")
