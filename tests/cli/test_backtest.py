"""`opentape backtest` on simulated markets and on sessions that were kept."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from matplotlib.image import imread

from opentape.cli.backtest.picture.draw import png_of
from opentape.cli.backtest.table import lines
from opentape.desk.backtest.ruled import Backtest
from opentape.desk.backtest.taken import Played
from opentape.desk.outcomes.outcomes import Outcome
from opentape.desk.outcomes.played import STEP_NS
from opentape.store.sessions import SessionFolder
from opentape.wiring import build
from opentape.wiring.feed import open_in_steps, read_beside
from opentape.wiring.sessions import method_of
from opentape.wiring.settings import load_settings

MARKET = (
    "--prints", 2_000, "-s", "NVDA", "--snapshot-minutes", 390, "--seed", 1, "-q",
)  # fmt: skip
PLANTED = "bets on what comes"
RULES = f"""
[[rule]]
name = "far away"
when = 'dte > 90'
limit = 500

[[rule]]
name = "{PLANTED}"
when = 'dte <= 30 and intent != "neutral"'
limit = 500

[[rule]]
name = "in the middle"
when = 'aggressor == "mid"'
limit = 500

[[rule]]
name = "walls that are broken while flow adds to it"
preset = "through-wall"
when = 'flow.flow_direction == "amplifying"'
cooldown_minutes = 30
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, run) -> Path:
    """Six days on which some know what comes, rules, and settings for so small a market."""
    folder = tmp_path_factory.mktemp("backtest")
    made = run(
        "simulate",
        "--out",
        folder / "market",
        *MARKET,
        "--days",
        6,
        "--edge",
        1,
        "--seed",
        1,
    )
    assert made.exit_code == 0, made.output
    (folder / "rules.toml").write_text(RULES)
    (folder / "settings.toml").write_text("[flow.gather]\nblock_min_contracts = 20\n")
    return folder


def asked(run, folder: Path, *more):
    return run(
        "backtest", folder / "rules.toml", "--config", folder / "settings.toml", *more
    )


def answered(run, folder: Path, *more) -> dict:
    result = asked(run, folder, "--json", "--quiet", *more)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def answer(run, folder: Path) -> dict:
    return answered(run, folder, "--market", folder / "market")


def test_the_rule_that_an_edge_was_planted_for_comes_first(answer: dict) -> None:
    rules = [row for row in answer["outcomes"] if row["by"] == "rule"]
    names = list(dict.fromkeys(row["group"] for row in rules))
    assert names[0] == PLANTED
    assert len(names) == 4
    (first,) = (
        one for one in rules if (one["group"], one["horizon"]) == (PLANTED, "30min")
    )
    assert first["low_bps"] > 0
    assert first["signals"] > 100
    assert {row["by"] for row in answer["outcomes"]} == {"rule", "score", "component"}
    assert (answer["sessions"], answer["first"]) == (6, "2026-05-21")


@pytest.mark.long
def test_sessions_that_were_kept_say_the_same(
    run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENTAPE_STORE_FOLDER", str(folder / "kept"))
    taken(folder, 1)
    plot, first = folder / "plot.png", ("--to", "2026-05-21")
    kept = answered(run, folder, *first, "--plot", plot)
    assert kept == answered(run, folder, *first, "--market", folder / "market")
    assert (kept["first"], kept["last"], kept["sessions"]) == (*["2026-05-21"] * 2, 1)
    assert plot.read_bytes().startswith(b"\x89PNG")
    late = asked(run, folder, "--from", "2027-01-04")
    assert late.exit_code == 2
    assert late.stderr.startswith("Error: no session since 2027-01-04 is kept")


def taken(folder: Path, days: int) -> None:
    """Keep the first days as a server would."""
    settings = load_settings(folder / "settings.toml")
    sessions = SessionFolder(folder / "kept")
    for files in build.market_days(folder / "market")[:days]:
        feed, beside = open_in_steps(files.folder, STEP_NS), read_beside(files.folder)
        session = Played(feed, method_of(settings), beside.beside, sessions)
        assert sum(1 for _ in session.entries()) > 10


def replied() -> Backtest:
    return Backtest(
        sessions=9, signals=1_234, alerts=321, horizon="30min", tests=2,
        outcomes=tuple(_outcomes()),
    )  # fmt: skip


def _outcomes() -> Iterator[Outcome]:
    for horizon in ("30min", "close"):
        yield Outcome(
            by="rule", group="a rule with a long name, longer than most of them", blocks=9,
            horizon=horizon, signals=321, excess_bps=7.62, low_bps=6.32, high_bps=8.92,
            found=True,
        )  # fmt: skip
    yield Outcome(by="rule", group="loses", horizon="30min", signals=7, excess_bps=-0.04)
    yield Outcome(by="rule", group="silent", horizon="30min")
    yield Outcome(by="score", group="0-39", horizon="30min", signals=3, excess_bps=1.0)


def test_the_table() -> None:
    text = [line.plain for line in lines(replied())]
    assert text[0].endswith("321 alerts of 1,234 signals, best after 30 min first")
    assert text[2].split() == [
        "a", "rule", "with", "a", "long", "name,", "longer", "than", "most", "of", "them",
        "321", "+7.6", "±1.3", "★", "+7.6", "±1.3", "★",
    ]  # fmt: skip
    assert text[4].split() == ["silent", "0", "-"]


def test_the_picture_has_every_group() -> None:
    image = imread(io.BytesIO(png_of(replied())))
    height, width, _ = image.shape
    assert (width, height) == (1540, pytest.approx(700, abs=200))
    # paper, and something on it in each half
    assert all(half.std() > 0.02 for half in (image[: height // 2], image[height // 2 :]))


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ("", "there is no [[rule]]"),
        ("[[rule]]\nname = 'a'\nwhen = 'scroe > 1'", "did you mean 'score'?"),
        ("[[rule]]\nname = 'a'\npreset = 'whales'", "there is no preset 'whales'"),
    ],
)
def test_rules_that_cannot_be_are_one_sentence(
    run, tmp_path: Path, rules: str, sentence: str
) -> None:
    (tmp_path / "rules.toml").write_text(rules)
    (tmp_path / "settings.toml").write_text("")
    refused = asked(run, tmp_path, "--market", tmp_path)
    assert refused.exit_code == 2
    assert refused.stderr.startswith("Error: ")
    assert sentence in refused.stderr


def test_a_market_that_is_none_is_one_sentence(run, folder: Path) -> None:
    refused = asked(run, folder, "--market", folder / "none")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith("Error: there is no folder")
