"""Cells of the tape: what fits, and what is not known."""

import random

import pytest

import wire_signals
from opentape.client.wire.replies import FlowSignal, ScoreBreakdown
from opentape.scanner.rules.facts import Facts
from opentape.scanner.rules.rule import facts_of
from opentape.scanner.screen import rows


@pytest.mark.parametrize("width", range(40, 260))
def test_columns_fit_and_the_first_ones_are_always_there(width: int) -> None:
    columns = rows.fitting(width)
    titles = [cell.title for cell in columns]
    assert titles == [cell.title for cell in rows.CELLS if cell.title in titles]
    assert {"score", "time", "symbol", "contract", "premium"} <= set(titles)
    taken = sum(cell.width + 2 for cell in columns)
    assert taken <= max(width, sum(c.width + 2 for c in rows.CELLS if c.rank == 0))


def test_everything_is_there_where_there_is_room() -> None:
    assert rows.fitting(200) == list(rows.CELLS)


def test_tags_take_what_room_is_left() -> None:
    (before,) = (n for n in range(80, 200) if len(rows.fitting(n)) == len(rows.CELLS)
                 and len(rows.fitting(n - 1)) < len(rows.CELLS))  # fmt: skip
    for width in range(before, before + 30):
        found = rows.fitting(width)
        assert sum(cell.width + 2 for cell in found) <= width
        assert found[-1].width == min(34, 12 + width - before)


def test_a_signal_of_any_kind_has_cells() -> None:
    for seed in range(20):
        reply = wire_signals.told(wire_signals.answer(random.Random(seed)))
        for facts in facts_of("SPY", reply):
            for cell, text in zip(
                rows.CELLS, rows.cells(facts, list(rows.CELLS)), strict=True
            ):
                assert text.plain
                assert len(text) <= cell.width


def test_what_is_not_known_is_a_dash_or_nothing() -> None:
    shown = rows.cells(Facts("SPY", FlowSignal()), list(rows.CELLS))
    told = {cell.title: text.plain for cell, text in zip(rows.CELLS, shown, strict=True)}
    assert told["score"] == "- "
    assert told["time"] == told["contract"] == told["iv"] == "-"
    assert told["size"] == told["oi"] == "-"
    assert told["parts"] == "······"


def test_what_a_trader_reads() -> None:
    signal = FlowSignal(
        ts="2026-05-21T15:58:12.000000Z", expiry="2026-05-29", strike=950.0, right="C",
        side="buy", size=1500, premium=1_860_000.0, score=87, intent="bullish",
        structure="sweep", legs=4, venues=("XCBO", "XPHO"), tags=("sweep", "golden"),
        score_breakdown=ScoreBreakdown(
            premium=22, size_vs_oi=18, aggressor=7, sweep=0, opening_bias=1, tenor=12
        ),
    )  # fmt: skip
    shown = rows.cells(Facts("NVDA", signal), list(rows.CELLS))
    told = {cell.title: text.plain for cell, text in zip(rows.CELLS, shown, strict=True)}
    assert told | {"score": "87★", "time": "11:58:12", "contract": "29May26 950C"} == told
    assert told | {"premium": "$1.86M", "intent": "▲ bullish", "parts": "██▄·▁█"} == told
    assert told | {"structure": "sweep 4/2", "size": "1,500", "symbol": "NVDA"} == told
    assert str(shown[0].style) == "bold yellow"
    assert str(shown[1].style) == "green"
