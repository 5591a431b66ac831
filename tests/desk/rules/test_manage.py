"""What owners do with their rules, over a real database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from couriers import BEGAN
from fakes import FakeClock
from opentape.api.deeds.body import read_body
from opentape.desk.keys.gates import Gates
from opentape.desk.keys.key import OWNER, Key
from opentape.desk.keys.options import Plan, PlanOptions
from opentape.desk.rules.asked import AlertChange, FiringsQuery, NewAlert
from opentape.desk.rules.crossings import Crossings
from opentape.desk.rules.manage import Alerts
from opentape.desk.rules.options import AlertOptions
from opentape.desk.rules.rule import Found, Stood
from opentape.market.errors import BadField, NotFound, PlanTooLow
from opentape.store.appdb.engine import open_file, writing
from opentape.store.appdb.rules import SqlRules, keep_firings, keep_standing
from opentape.wiring.alerts import read_condition
from watched import NOW, at, rule

ELITE = Key(id="other", plan=Plan.ELITE, created_ns=0)
PRICE = {"kind": "price", "symbols": ["^spy"], "price": 600}


class Desk:
    def __init__(self, folder: Path, **options) -> None:
        self.engine = open_file(folder / "opentape.db")
        self.rules = SqlRules(self.engine)
        gates, chosen = Gates(PlanOptions()), AlertOptions(**options)
        self.alerts = Alerts(self.rules, read_condition, gates, chosen, FakeClock(BEGAN))

    def make(self, key: Key = OWNER, **wish):
        body = msgspec.json.encode(PRICE | wish)
        return self.alerts.make(key, read_body(NewAlert, body))

    def keep(self, found: Found) -> None:
        with writing(self.engine) as connection:
            keep_firings(connection, found.firings)
            keep_standing(connection, found.stood)


@contextmanager
def opened(folder: Path, **options) -> Iterator[Desk]:
    desk = Desk(folder, **options)
    try:
        yield desk
    finally:
        desk.engine.dispose()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened(tmp_path) as found:
        yield found


def test_an_alert_is_made_listed_and_watched(desk: Desk) -> None:
    made = desk.make(name="round", crossing="up", cooldown_minutes=5)
    assert made.id.startswith("rule_")
    assert (made.symbols, made.price, made.crossing) == (("SPY",), 600.0, "up")
    assert made.created_at == "2026-05-21T15:58:12.000000Z"
    assert desk.alerts.list(OWNER).data == [made] == [desk.alerts.one(OWNER, made.id)]
    (kept,) = desk.rules.watched()
    assert (kept.id, kept.name, kept.cooldown_minutes) == (made.id, "round", 5.0)


@pytest.mark.parametrize(
    ("wish", "field", "told"),
    [
        ({"symbols": []}, "symbols", "symbols is required for alerts of kind price"),
        ({"price": None}, "price", "price is required for alerts of that kind"),
        ({"price": 0}, "price", "price must be"),
        ({"level": "flip"}, "level", "level is not for alerts of kind price"),
        ({"when": "score > 5"}, "when", "when is not for alerts of kind price"),
        ({"directions": ["neutral"]}, "directions", "directions is not for"),
        ({"kind": "level"}, "price", "price is not for alerts of kind level"),
        ({"kind": "level", "price": None}, "level", "level is required for alerts"),
        ({"kind": "flow", "price": None, "crossing": "up"}, "crossing",
         "crossing is not for alerts of kind flow"),
        ({"kind": "signal", "price": None, "when": "scroe > 5"}, "when",
         "when cannot be read: there is no field 'scroe'"),
        ({"kind": "signal", "price": None, "when": "spot > 5"}, "when",
         "when must name fields of a signal"),
        ({"kind": "tide"}, "kind", "kind cannot be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_watched(desk: Desk, wish: dict, field: str, told: str) -> None:
    with pytest.raises(BadField) as caught:
        desk.make(**wish)
    assert (caught.value.field, desk.alerts.list(OWNER).count) == (field, 0)
    assert str(caught.value).startswith(told)


def test_each_key_has_its_own(desk: Desk) -> None:
    mine = desk.make()
    theirs = desk.make(ELITE)
    assert [one.id for one in desk.alerts.list(ELITE).data] == [theirs.id]
    alerts = desk.alerts
    ways: list[Callable[[], object]] = [
        lambda: alerts.one(ELITE, mine.id),
        lambda: alerts.change(ELITE, mine.id, AlertChange(enabled=False)),
        lambda: alerts.remove(ELITE, mine.id),
        lambda: alerts.firings(ELITE, mine.id, FiringsQuery()),
    ]
    for do in ways:
        with pytest.raises(NotFound, match="one that this key has made"):
            do()
    # a key that is not there is not watched for
    assert [one.id for one in desk.rules.watched()] == [mine.id]


def test_a_plan_watches_only_what_it_may_ask(desk: Desk) -> None:
    signals = {"kind": "signal", "price": None, "symbols": []}
    with pytest.raises(PlanTooLow):
        desk.make(ELITE, **signals)
    assert desk.make(OWNER, **signals)
    made = desk.make(ELITE, kind="flow", price=None)
    assert made.kind == "flow"


def test_there_may_be_so_many(tmp_path: Path) -> None:
    with opened(tmp_path, most_rules=2) as desk:
        for _ in range(2):
            desk.make()
        with pytest.raises(BadField, match="2 alerts or fewer"):
            desk.make()


def test_a_change_is_checked_and_begins_anew(desk: Desk) -> None:
    made = desk.make()
    desk.keep(Found([], [Stood(made.id, "SPY", "up", None)]))
    before = desk.rules.changes()
    changed = desk.alerts.change(OWNER, made.id, AlertChange(price=610.0, name="x"))
    assert (changed.price, changed.name, changed.symbols) == (610.0, "x", ("SPY",))
    assert desk.rules.standing() == []
    assert desk.rules.changes() > before
    with pytest.raises(BadField):
        desk.alerts.change(OWNER, made.id, AlertChange(when="score > 5"))
    assert desk.alerts.change(OWNER, made.id, AlertChange(enabled=False)).enabled is False
    assert desk.rules.watched() == []


def test_firings_come_in_pages_and_go_with_their_rule(desk: Desk) -> None:
    made = desk.make(price=100)
    crossings = Crossings(desk.rules.watched(), {})
    for minute, price in enumerate([99, 101, 99, 101, 99, 101]):
        market = at(price)
        market.as_of_ns += minute * 1_000
        found = crossings.look(market, NOW + minute * 10**9)
        desk.keep(found)
        desk.keep(found)
    first = desk.alerts.firings(OWNER, made.id, FiringsQuery(limit=2))
    assert [one.crossing for one in first.data] == ["up", "down"]
    rest = desk.alerts.firings(
        OWNER, made.id, FiringsQuery(limit=3, cursor=first.next_cursor)
    )
    assert [one.crossing for one in rest.data] == ["up", "down", "up"]
    assert rest.next_cursor is None
    (stood,) = desk.rules.standing()
    assert (stood.side, stood.fired_ns) == ("up", NOW + 5 * 10**9)
    assert desk.alerts.remove(OWNER, made.id).removed
    assert desk.rules.firings(made.id, None, 10) == desk.rules.standing() == []


def test_rules_are_kept_as_they_are(desk: Desk) -> None:
    one = rule("signal", symbols=(), when="score > 1", cooldown_minutes=1.5)
    desk.rules.put(one)
    assert desk.rules.of("owner") == [one]
