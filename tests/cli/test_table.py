"""The table: fits its width, loses no signal, and says what the signal says."""

import io
import re

import msgspec
import pytest
from rich.color import ColorSystem

from opentape.cli.table import COLUMNS, Look, fit, lines, look_of
from opentape.flow.options import ScoreOptions
from opentape.flow.signal import Signal

WEIGHTS = ScoreOptions().points()
WIDTHS = [40, 60, 80, 100, 120, 150, 200, 400]
CODES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def signals(day):
    return msgspec.convert(day.signals, list[Signal], strict=False)


def drawn(signals, **look):
    return "".join(lines(signals, Look(**{"weights": WEIGHTS, "width": 400, **look})))


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_asked(signals, width):
    table = drawn(signals, width=width).splitlines()
    assert len(table) == len(signals) + 1
    assert max(map(len, table)) <= width


def test_a_wider_table_shows_more(signals):
    shown = [len(fit(signals, Look(width, WEIGHTS))) for width in WIDTHS]
    assert shown == sorted(shown)
    assert shown[-1] == len(COLUMNS) - 1  # all but the date: it is one day


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (80, "score time symbol expiry strike side size premium structure intent parts"),
        (
            120,
            (
                "score time symbol expiry strike side size price premium structure bias "
                "intent parts pr sz ag sw op te"
            ),
        ),
    ],
)
def test_what_a_trader_reads_first_stays(signals, width, titles):
    header = drawn(signals, width=width).splitlines()[0]
    assert [title for title in titles.split() if title not in header.split()] == []


def test_cells_say_what_the_signal_says(signals):
    table = drawn(signals).splitlines()[1:]
    for signal, line in zip(signals, table, strict=True):
        parts = " ".join(f"{p:2d}" for p in msgspec.structs.astuple(signal.score_breakdown))
        assert line.split()[0].rstrip("★") == str(signal.score)
        assert ("★" in line) == ("golden" in signal.tags)
        for text in (signal.symbol, f"{signal.size:,}", signal.intent, parts, signal.id):
            assert f" {text}" in line


def test_a_seed_signal_reads_like_a_trade(signals):
    whale = msgspec.structs.replace(
        signals[0], premium=1_860_000.0, size=1500, strike=950.0, right="C", price=12.4
    )
    line = drawn([whale])
    for text in ("$1.86M", "1,500", "950C", "12.40"):
        assert f" {text} " in line


def test_colour_is_only_colour(signals):
    plain = drawn(signals)
    coloured = drawn(signals, colours=ColorSystem.STANDARD)
    assert "\x1b[32m" in coloured
    assert "\x1b[31m" in coloured
    stripped = [line.rstrip() for line in CODES.sub("", coloured).splitlines()]
    assert stripped == plain.splitlines()


def test_ascii_where_nothing_else_can_be_shown(signals):
    assert drawn(signals, plain=True).isascii()
    assert not drawn(signals).isascii()


def test_dates_where_there_are_several(signals):
    assert " date " in drawn(signals, dated=True).splitlines()[0]
    assert " date " not in drawn(signals).splitlines()[0]


def test_a_pipe_has_no_width_unless_told(monkeypatch):
    monkeypatch.setenv("COLUMNS", "77")
    assert look_of(io.StringIO(), WEIGHTS).width == 77


@pytest.mark.parametrize(
    ("switch", "colours"), [("FORCE_COLOR", True), ("NO_COLOR", False)]
)
def test_colours_are_asked_for(monkeypatch, switch, colours):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv(switch, "1")
    assert (look_of(io.StringIO(), WEIGHTS).colours is not None) is colours


def test_thousands_of_signals_stream(signals):
    many = signals * (3_000 // len(signals) + 1)
    assert sum(1 for _ in drawn(many).splitlines()) == len(many) + 1
