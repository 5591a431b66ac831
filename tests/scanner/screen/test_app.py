"""The live view, driven by keys as a trader would."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from functools import partial

import pytest

pytest.importorskip("textual")

import textual.app
import textual.pilot
from textual.widgets import DataTable, Input, Static

import wire_signals
from opentape.client import AsyncClient, Retries
from opentape.scanner.following import Pace, questions
from opentape.scanner.rules.rule import Query, Rule
from opentape.scanner.screen.app import Live
from opentape.scanner.screen.book import Order
from stub_server import StubServer

NOW = 1_779_393_570 * 10**9
NARROW, WIDE = (80, 24), (200, 50)
SIGNALS = wire_signals.answer(random.Random(4), count=40)["signals"]
NEWEST = sorted(SIGNALS, key=lambda s: s["ts"], reverse=True)


@pytest.fixture(autouse=True)
def _not_alone(monkeypatch) -> None:
    """Wait less for a process to do nothing: servers of other tests live in it, too."""
    for module in (textual.app, textual.pilot):
        wait = partial(module.wait_for_idle, max_sleep=0.1)
        monkeypatch.setattr(module, "wait_for_idle", wait)


@contextmanager
def served(**given):
    server = StubServer(**given)
    server.start()
    server.add("SPY", *SIGNALS)
    try:
        yield server
    finally:
        server.stop()


def driven(
    test: Callable[[Live, object], Awaitable[None]],
    size: tuple[int, int] = WIDE,
    **given,
) -> None:
    """Run a test against the view of a server."""

    async def run(server: StubServer) -> None:
        retries = Retries(delays_s=(0.01,))
        async with AsyncClient(server.url, retries=retries) as client:
            asked = questions([Rule(name="all", query=Query(limit=500))], ["SPY", "QQQ"])
            app = Live(client, asked, lambda: NOW, Pace(poll_s=0.2, settle_s=0.01))
            async with app.run_test(size=size) as pilot:
                await until(pilot, lambda: len(app._keys) == len(SIGNALS))
                await test(app, pilot)

    with served(**given) as server:
        asyncio.run(run(server))


async def until(pilot, true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await pilot.pause(0.01)


def text(app: Live, name: str) -> str:
    """What a part of the screen says."""
    shown = app.query_one(f"#{name}", Static).render()
    return str(shown)


def titles(app: Live) -> list[str]:
    return [str(column.label) for column in app.query_one(DataTable).columns.values()]


def test_the_tape_is_there_the_newest_first() -> None:
    async def test(app: Live, _pilot) -> None:
        assert app._keys == [signal["id"] for signal in NEWEST]
        assert "40 of 40" in text(app, "status")
        assert "newest first, all signals" in text(app, "filters")
        assert titles(app)[:4] == ["score", "time", "symbol", "contract"]
        assert "iv" in titles(app)

    driven(test)


def test_a_narrow_terminal_has_fewer_columns_and_no_detail() -> None:
    async def test(app: Live, _pilot) -> None:
        assert titles(app) == [
            "score", "time", "symbol", "contract", "side", "size", "premium", "intent",
        ]  # fmt: skip
        assert not app.query_one("#detail").display

    driven(test, NARROW)


def test_a_wide_one_shows_the_signal_under_the_cursor() -> None:
    async def test(app: Live, pilot) -> None:
        assert app.query_one("#detail").display
        await pilot.press("j", "j", "down", "k")
        assert app._selected == NEWEST[2]["id"]
        score = NEWEST[2]["score"]
        await until(pilot, lambda: f"score {score}" in shown(app))
        await pilot.press("G")
        assert app._selected == NEWEST[-1]["id"]
        await pilot.press("g")
        assert app._selected == NEWEST[0]["id"]

    driven(test)


def shown(app: Live) -> str:
    """All that stands in the detail."""
    strips = app.query_one("#told").render_lines(app.query_one("#told").region.reset_offset)
    return "\n".join(strip.text for strip in strips)


def test_filters_by_keys() -> None:
    async def test(app: Live, pilot) -> None:
        await pilot.press("i")
        bullish = [s["id"] for s in NEWEST if s["intent"] == "bullish"]
        assert app._keys == bullish
        await pilot.press("i", "i", "i")
        assert len(app._keys) == 40
        await pilot.press(*"++++++++++++")
        assert app._keys == [s["id"] for s in NEWEST if s["score"] >= 60]
        await pilot.press("-")
        assert app.wanted.min_score == 55
        await pilot.press("p")
        assert app.wanted.preset == "whale-sweeps"
        assert "score 55+, whale-sweeps" in text(app, "filters")
        await pilot.press("escape")
        assert app.wanted.text == ""
        await pilot.press("s")
        assert app.wanted.order is Order.SCORE
        best = max(SIGNALS, key=lambda s: s["score"])
        assert app._keys[0] == best["id"]
        await pilot.press("t")
        assert app.wanted.symbol == "SPY"
        await pilot.press("t")
        assert app.wanted.symbol is None

    driven(test)


def test_a_condition_is_typed() -> None:
    async def test(app: Live, pilot) -> None:
        await pilot.press("slash")
        await pilot.press(*"scoer > 5")
        await pilot.press("enter")
        assert len(app._keys) == 40
        assert app.query_one(Input).has_class("asked")
        app.query_one(Input).value = ""
        await pilot.press(*'right == "C"')
        await pilot.press("enter")
        assert app._keys == [s["id"] for s in NEWEST if s["right"] == "C"]
        assert not app.query_one(Input).has_class("asked")
        await pilot.press("slash", "escape", "x")
        assert len(app._keys) == 40

    driven(test)


def test_what_comes_is_shown_unless_it_is_held() -> None:
    fresh = wire_signals.signal(random.Random(9), ts="2026-05-21T20:00:01.000000Z")
    later = wire_signals.signal(random.Random(10), ts="2026-05-21T20:00:02.000000Z")

    async def test(app: Live, pilot) -> None:
        server = served_now[0]
        server.add("SPY", fresh)
        await until(pilot, lambda: app._keys[0] == fresh["id"])
        assert app._selected == fresh["id"]
        await pilot.press("space")
        assert "PAUSED" in text(app, "status")
        server.add("SPY", later)
        await until(pilot, lambda: len(app._book) == 42)
        assert app._keys[0] == fresh["id"]
        await pilot.press("space")
        assert app._keys[0] == later["id"]

    served_now: list[StubServer] = []
    with pytest.MonkeyPatch.context() as patch:
        start = StubServer.start
        patch.setattr(
            StubServer, "start", lambda self: (served_now.append(self), start(self))
        )
        driven(test)


def test_where_it_was_read_it_stays_when_something_comes() -> None:
    async def test(app: Live, pilot) -> None:
        await pilot.press("j", "j", "j")
        before = app._selected
        await pilot.press("r")
        await pilot.pause(0.3)
        assert app._selected == before == NEWEST[3]["id"]

    driven(test)


def test_evidence_that_a_server_has_not() -> None:
    async def test(app: Live, pilot) -> None:
        await pilot.press("enter")
        await until(pilot, lambda: "No evidence" in text(app, "evidence"))
        assert app.query_one("#detail").display
        assert not app.query_one("#tape").display
        await pilot.press("escape")
        assert app.query_one("#tape").display

    driven(test, NARROW)


def test_without_a_stream_it_polls_and_says_so() -> None:
    async def test(app: Live, pilot) -> None:
        await until(pilot, lambda: "without the stream" in app._said)
        await until(pilot, lambda: "polling" in text(app, "status"))

    driven(test, stream=False)


def test_every_key_is_shown_and_hidden_again() -> None:
    async def test(app: Live, pilot) -> None:
        keys = app.query_one("#keys")
        assert not keys.display
        await pilot.press("question_mark")
        assert keys.display
        assert keys.region.height >= len(text(app, "keys").splitlines()) + 2
        shown = [line.split()[0] for line in text(app, "keys").splitlines()]
        assert {"/", "⏎", "esc", "q", "?", "space", "j", "k", "g", "-"} <= set(shown)
        await pilot.press("escape")
        assert not keys.display
        assert len(app._keys) == len(SIGNALS)

    driven(test, NARROW)


def test_a_narrow_footer_says_how_to_go_back_and_to_leave() -> None:
    async def test(app: Live, pilot) -> None:
        await pilot.press("enter")
        await pilot.pause()
        last = {key.action: key.region.right for key in app.screen.query("FooterKey")}
        assert all(0 < last[name] <= NARROW[0] for name in ("clear", "quit", "explain"))

    driven(test, NARROW)


def test_it_is_left() -> None:
    async def test(app: Live, pilot) -> None:
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running

    driven(test)


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (119, 30), (120, 30), (250, 60)])
def test_any_size(size: tuple[int, int]) -> None:
    async def test(app: Live, pilot) -> None:
        await pilot.resize_terminal(*size)
        await pilot.press("d", "d", "j")
        assert app._selected == NEWEST[1]["id"]

    driven(test, size)
