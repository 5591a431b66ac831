"""What is announced, over a real engine, real sessions and a real database: once each."""

import random
import re
import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
import sqlalchemy as sa

import markets
import watched
from couriers import BEGAN, Post, post_office
from fakes import FakeClock
from opentape.client.wire.replies import FlowSignal
from opentape.desk.announce.herald import Herald
from opentape.desk.announce.ports import Position
from opentape.desk.engine.engine import Engine
from opentape.desk.engine.record import Link, read_told
from opentape.desk.live import Event as Told
from opentape.desk.options import EngineOptions, Method
from opentape.desk.ports import NOTHING_YET, Delivered, Fact, Tick
from opentape.desk.rules.options import AlertOptions
from opentape.desk.rules.rule import Fired
from opentape.desk.rules.watching import Watching
from opentape.desk.state.beside import Beside
from opentape.desk.webhooks.event import EventKind, event_id
from opentape.desk.webhooks.ports import Wanted
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape
from opentape.market.calendar import trade_date
from opentape.market.columns import PrintBatch
from opentape.market.errors import BadField, StoreFailed
from opentape.scanner.rules.facts import Facts, fields
from opentape.store.appdb.ledger import SqlLedger
from opentape.store.appdb.rules import SqlRules
from opentape.store.appdb.schema import DELIVERIES, EVENTS
from opentape.store.sessions import SessionFolder
from opentape.wiring.alerts import read_condition
from watched import rule

PIECES = 60


class Tape:
    """A tape in pieces, which goes on where an earlier run stopped; fills `Feed`."""

    name = identity = "a tape in pieces"
    stocks = ()

    def __init__(self, folder: Path, between: Callable[[int], bool]) -> None:
        """Let `between` say after each piece whether to go on."""
        tape = open_tape([folder / "tape.parquet"])
        self.contracts, self._between = tape.contracts, between
        self._batch = PrintBatch.joined(list(tape.batches()))
        self._interest, _ = read_open_interest(folder / "oi.parquet", tape.contracts)
        self.date = trade_date(int(self._batch.ts_event[0]))

    def facts(self, after: Delivered = NOTHING_YET) -> Iterator[Fact]:
        if not after.interest:
            yield self._interest
        rows = self._batch.rows
        cuts = np.linspace(0, rows, PIECES + 1).astype(int).tolist()
        for at, (first, last) in enumerate(pairwise(cuts)):
            if first >= after.prints:
                yield self._batch.take(slice(first, last))
                if not self._between(at):
                    return
        yield Tick(int(self._batch.ts_event[-1]) + 10**9)

    def stop(self) -> None:
        pass


@pytest.fixture(scope="module")
def market(tmp_path_factory) -> Path:
    return markets.folder(tmp_path_factory.mktemp("herald"), 6_000)


def herald(post: Post, run: str, sessions: SessionFolder | None = None) -> Herald:
    ledger, options = SqlLedger(post.engine, post.outbox), AlertOptions(flow_every_s=0)
    watching = Watching(SqlRules(post.engine), read_condition, options)
    return Herald(ledger, watching, FakeClock(BEGAN), run, sessions)


class Life:
    """One process: an engine over what is kept, and a herald that steps when it is told."""

    def __init__(self, market: Path, folder: Path, post: Post) -> None:
        self._market, self._folder, self._post = market, folder, post
        self.links: list[Link] = []

    def run(self, between: Callable[[Herald, int], bool]) -> None:
        post, sessions = self._post, SessionFolder(self._folder / "sessions")
        options, clock = EngineOptions(publish_ms=60_000), FakeClock(BEGAN)
        tape = Tape(self._market, lambda at: between(self._herald, at))
        engine = Engine(tape, Method(), options, Beside(), clock, sessions)
        self._herald = herald(post, engine.run, sessions)
        engine.listen(self._hear, self._herald.see)
        engine.start()
        engine._thread.join()
        engine.stop()
        assert engine.failure is None

    def _hear(self, links: list[Link]) -> None:
        self.links += links
        self._herald.hear(links)

    def finish(self) -> None:
        while self._herald.step():
            pass


def announced(post: Post) -> list[str]:
    with post.engine.connect() as connection:
        asked = sa.select(EVENTS.c.id).order_by(EVENTS.c.seq)
        deliveries = sa.select(sa.func.count()).select_from(DELIVERIES)
        found = list(connection.scalars(asked))
        assert connection.scalar(deliveries) == len(found)
    return found


def begun(folder: Path) -> Path:
    folder.mkdir()
    with post_office(folder) as post:
        post.endpoint(9, "wh_1")
    return folder


@pytest.fixture(scope="module")
def links(market: Path, tmp_path_factory) -> list[Link]:
    """All that is told."""
    folder = begun(tmp_path_factory.mktemp("links") / "store")
    with post_office(folder) as post:
        life = Life(market, folder, post)
        life.run(lambda _herald, _at: True)
    return life.links


@pytest.fixture(scope="module")
def whole(market: Path, tmp_path_factory) -> list[str]:
    """What is announced where nothing happens between."""
    folder = begun(tmp_path_factory.mktemp("whole") / "store")
    with post_office(folder) as post:
        life = Life(market, folder, post)
        life.run(lambda _herald, _at: True)
        life.finish()
        found = announced(post)
        assert post.outbox is not None
        assert SqlLedger(post.engine, post.outbox).position() == Position(
            life.links[-1].run, len(life.links) - 1
        )
    assert len(found) > len(life.links) > 50
    assert len(set(found)) == len(found)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_each_is_announced_once_however_often_a_process_dies(
    market: Path, whole: list[str], tmp_path: Path, seed: int
) -> None:
    """It dies between two pieces; what it told last is recorded with the next one."""
    draw = random.Random(seed)
    store = begun(tmp_path / "store")
    for life in range(4):
        image = tmp_path / f"image{life}"

        def between(herald: Herald, _at: int, *, image=image) -> bool:
            if draw.random() < 0.4:
                herald.step()
            if image.name == "image3" or draw.random() > 0.1:
                return True
            shutil.copytree(store, image)
            return False

        with post_office(store) as post:
            one = Life(market, store, post)
            one.run(between)
            if not image.exists():
                one.finish()
                assert announced(post) == whole
                return
        shutil.rmtree(store)
        image.rename(store)
    raise AssertionError("the last life is not killed")


def test_what_could_not_be_kept_is_announced_later(
    market: Path, whole: list[str], tmp_path: Path
) -> None:
    store = begun(tmp_path / "store")
    with post_office(store) as post:
        life = Life(market, store, post)

        def broken(herald: Herald, at: int) -> bool:
            if at == PIECES // 2:
                with post.engine.begin() as connection:
                    connection.execute(sa.text("ALTER TABLE webhook_events RENAME TO x"))
                with pytest.raises(StoreFailed):
                    herald.step()
                with post.engine.begin() as connection:
                    connection.execute(sa.text("ALTER TABLE x RENAME TO webhook_events"))
            return True

        life.run(broken)
        life.finish()
        assert announced(post) == whole


def test_a_session_that_ended_unannounced_is_announced_by_the_next(
    market: Path, whole: list[str], tmp_path: Path
) -> None:
    store = begun(tmp_path / "store")
    with post_office(store) as post:
        life = Life(market, store, post)
        life.run(lambda herald, at: (at < 20 and herald.step()) or True)
        ledger = SqlLedger(post.engine, post.outbox)
        before = announced(post)
        assert 0 < len(before) < len(whole)
        sessions = SessionFolder(store / "sessions")
        later = herald(post, "another run", sessions)
        while later.step():
            pass
        assert announced(post) == whole
        later.hear([life.links[0]._replace(run="another run", number=0)])
        assert later.step()
        assert ledger.position() == Position("another run", 0)
        assert announced(post) == whole


def test_on_its_thread_it_ends_with_nothing_left(
    market: Path, whole: list[str], tmp_path: Path
) -> None:
    store = begun(tmp_path / "store")
    with post_office(store) as post:
        life = Life(market, store, post)
        life.run(lambda _herald, _at: True)
        with herald(post, "r") as one:
            one.hear(life.links)
        assert announced(post) == whole


def made_rules(post: Post) -> None:
    rules = SqlRules(post.engine)
    whales = 'premium >= 5e4 and side != "mid"'
    rules.put(rule("signal", "rule_all", symbols=(), when=whales))
    rules.put(rule("signal", "rule_calm", symbols=("SPY",), cooldown_minutes=1_000))
    rules.put(rule("signal", "rule_other", key_id="somebody", symbols=()))


def firings(post: Post, rule_id: str) -> list[Fired]:
    return [one.fired for one in SqlRules(post.engine).firings(rule_id, None, 1_000)][::-1]


@pytest.mark.parametrize("seed", range(2))
def test_rules_fire_once_however_often_a_process_dies(
    market: Path, links: list[Link], tmp_path: Path, seed: int
) -> None:
    told = [read_told(one.body) for one in links]
    news = [one.signal for one in told if one.event is Told.NEW]
    expected = [one.id for one in news if one.premium >= 5e4 and one.side != "mid"]
    draw, store = random.Random(seed), begun(tmp_path / "store")
    assert 5 < len(expected) < len(news)
    with post_office(store) as post:
        made_rules(post)
        before = draw.randrange(10, 40)
        life = Life(market, store, post)
        life.run(lambda herald, at: (herald.step() or True) and at < before)
        assert 0 < len(firings(post, "rule_all")) < len(expected)
    with post_office(store) as post:
        life = Life(market, store, post)
        life.run(lambda _herald, _at: True)
        life.finish()
        found = firings(post, "rule_all")
        assert [one.signal.id for one in found] == expected
        assert len({one.id for one in found}) == len(found)
        (calm,) = firings(post, "rule_calm")
        assert calm.signal.id == next(one.id for one in news if one.symbol == "SPY")
        assert firings(post, "rule_other") == []
        with post.engine.connect() as connection:
            kind = EVENTS.c.kind == "alert.triggered"
            bodies = connection.scalars(sa.select(EVENTS.c.body).where(kind)).all()
    alerts = [msgspec.json.decode(body)["data"]["id"] for body in bodies]
    assert sorted(alerts) == sorted([calm.id, *(one.id for one in found)])


def test_conditions_read_of_a_signal_what_a_client_reads_of_its_answer(
    links: list[Link],
) -> None:
    class Wire(msgspec.Struct):
        signal: FlowSignal

    def plain(value: object) -> object:
        value = msgspec.to_builtins(value)
        return tuple(value) if isinstance(value, list) else value

    known = 0
    for link in links:
        mine = read_told(link.body).signal
        theirs = msgspec.json.decode(link.body, type=Wire).signal
        here, there = (Facts(mine.symbol, one) for one in (mine, theirs))
        for name, field in fields().items():
            if not name.startswith(("chain.", "flow.")):
                assert plain(field.read(here)) == plain(field.read(there)), name
                known += field.read(here) is not None
        assert read_condition(f"score >= {mine.score}")(mine)
        assert not read_condition("score > 100")(mine)
    assert known > 20 * len(links)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("scroe > 5", "when cannot be read: there is no field 'scroe'"),
        ("strike >= chain.call_wall", "when must name fields of a signal, was"),
        ('flow.flow_direction == "neutral"', "when must name fields of a signal, was"),
        ("spot > 5", "when must name fields of a signal, was 'spot'"),
    ],
)
def test_a_condition_is_about_the_signal_alone(text: str, told: str) -> None:
    with pytest.raises(BadField, match=re.escape(told)):
        read_condition(text)


def test_views_are_looked_at_only_where_a_rule_is_about_them(tmp_path: Path) -> None:
    store = begun(tmp_path / "store")
    with post_office(store) as post:
        one = herald(post, "run")
        one.see(watched.at(99))
        assert not one.step()
        SqlRules(post.engine).put(rule("price", price=100.0))
        one._refresh_ns = 0
        one.step()
        for price in (99, 101, 102):
            one.see(watched.at(price))
        assert one.step()
        (fired,) = firings(post, "rule_1")
        assert (fired.spot, fired.crossing) == (101, "up")
        # what could not be kept is not looked for again, and not lost
        with post.engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE alert_firings RENAME TO x"))
        one.see(watched.at(99))
        with pytest.raises(StoreFailed):
            one.step()
        with post.engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE x RENAME TO alert_firings"))
        assert one.step()
        assert [fired.crossing for fired in firings(post, "rule_1")] == ["up", "down"]
        assert not one.step()


def test_while_nobody_listens_nothing_is_kept_but_the_position(
    links: list[Link], tmp_path: Path
) -> None:
    (tmp_path / "store").mkdir()
    with post_office(tmp_path / "store") as post:
        ledger, half = SqlLedger(post.engine, post.outbox), len(links) // 2
        with herald(post, "run") as one:
            one.hear(links[:half])
        assert ledger.position() == Position(links[0].run, half - 1)
        post.endpoint(9, "wh_1")
        again = herald(post, "run")
        again.hear(links)
        while again.step():
            pass
        assert ledger.position() == Position(links[0].run, len(links) - 1)
        told = [read_told(one.body).id for one in links[half:]]
        page = post.deliveries.page(Wanted("wh_1"), None, 1_000)[::-1]
        ids = [one.event_id for one in page if one.kind is EventKind.SIGNAL_NEW]
        assert ids == [event_id(EventKind.SIGNAL_NEW, one) for one in told]
