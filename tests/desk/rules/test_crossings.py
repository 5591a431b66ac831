"""Spot through prices and levels, against a loop over one rule at a time."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

import views
from opentape.desk.rules.crossings import Crossings
from opentape.desk.rules.rule import Found, Rule
from watched import MINUTE, NOW, at, priced, rule, standing, walled, within


def seen(rules: Sequence[Rule], prices: Sequence[float | None]) -> list[list[Found]]:
    crossings = Crossings(rules, {})
    return [crossings.look(at(price), NOW + n) for n, price in enumerate(prices)]


def fired(rules: Sequence[Rule], prices: Sequence[float | None]) -> list[int]:
    """At which of the prices anything fired."""
    return [n for n, found in enumerate(seen(rules, prices)) if found.firings]


@pytest.mark.parametrize(
    ("crossing", "prices", "expected"),
    [
        ("any", [99, 101, 100, 99.99, 101], [1, 3, 4]),
        ("up", [99, 101, 99, 101], [1, 3]),
        ("down", [99, 101, 99, 101], [2]),
        ("up", [101, 102], []),
        ("up", [99, 100], [1]),
        ("down", [100, 99.99], [1]),
        ("any", [None, 99, None, 101, None], [3]),
        ("any", [None, None], []),
    ],
)
def test_a_price_is_passed(crossing: str, prices: list, expected: list[int]) -> None:
    assert fired([rule("price", price=100.0, crossing=crossing)], prices) == expected


def test_a_firing_says_what_happened() -> None:
    one = rule("price", price=100.0, crossing="any", name="round")
    (_, found) = seen([one], [99, 101.5])
    ((key_id, at_ns, told),) = found.firings
    assert (key_id, at_ns) == ("owner", NOW + 1)
    assert (told.rule, told.name, told.symbol) == ("rule_1", "round", "SPY")
    assert (told.spot, told.level, told.crossing) == (101.5, 100.0, "up")
    assert told.level_name is None
    assert told.timestamp == "2026-05-21T15:58:12.000000Z"
    assert told.as_of == "2026-05-21T19:00:00.000000Z"
    assert told.signal is told.direction is None


def test_after_a_firing_it_is_silent_for_a_while() -> None:
    crossings = Crossings([rule("price", price=100.0, cooldown_minutes=5)], {})
    told = []
    for minute, price in enumerate([99, 101, 99, 101, 99, 101, 99]):
        found = crossings.look(at(price), NOW + minute * MINUTE)
        told.append(len(found.firings))
        assert len(found.stood) == 1
    assert told == [0, 1, 0, 0, 0, 0, 1]


def test_what_passed_while_nobody_looked_is_seen_after_a_restart() -> None:
    one = rule("price", price=100.0)
    kept = standing(Crossings([one], {}).look(at(99), NOW))
    again = Crossings([one], kept)
    found = again.look(at(101), NOW)
    assert len(found.firings) == 1
    assert not Crossings([one], standing(found, kept)).look(at(101), NOW).firings


def test_a_cooldown_outlives_a_restart() -> None:
    one = rule("price", price=100.0, cooldown_minutes=5)
    crossings = Crossings([one], {})
    crossings.look(at(99), NOW)
    kept = standing(crossings.look(at(101), NOW))
    assert not Crossings([one], kept).look(at(99), NOW + MINUTE).firings
    assert Crossings([one], kept).look(at(99), NOW + 5 * MINUTE).firings


def test_walls_are_passed_by_spot_alone() -> None:
    crossings = Crossings([rule("level", level="call_wall")], {})
    near, far = walled(520, 480), walled(560, 440)
    assert not crossings.look(within(near, 510), NOW).firings
    ((_, _, told),) = crossings.look(within(near, 521), NOW).firings
    assert (told.level, told.level_name, told.crossing) == (520.0, "call_wall", "up")
    # the next chain has its wall beyond spot: nobody passed anything
    found = crossings.look(within(far, 521), NOW)
    assert (found.firings, [one.side for one in found.stood]) == ([], ["down"])
    assert crossings.look(within(far, 561), NOW).firings
    assert not crossings.look(within(None, 500), NOW).firings


def test_the_flip_passes_spot_too() -> None:
    near, far = walled(520, 480), walled(560, 440)
    flips = [chain.cut().outline.gamma_flip for chain in (near, far)]
    assert None not in flips
    low, high = sorted(flips)
    assert low < high
    chains = dict(zip(flips, (near, far), strict=True))
    crossings = Crossings([rule("level", level="flip")], {})
    between = (low + high) / 2
    assert not crossings.look(within(chains[low], between), NOW).firings
    ((_, _, told),) = crossings.look(within(chains[high], between), NOW).firings
    assert (told.level_name, told.crossing, told.level) == ("flip", "down", high)


def test_without_a_stock_the_chain_tells_spot() -> None:
    chain = walled(520, 480)
    market = views.market_of(views.name_of(chain.chain))
    found = Crossings([rule("price", price=chain.chain.spot)], {}).look(market, NOW)
    assert [one.side for one in found.stood] == ["up"]


def naive(rules: Sequence[Rule], markets: Sequence[dict[str, float | None]]) -> list[tuple]:
    """What fires, one rule and one price at a time."""
    found, sides = [], {}
    for n, prices in enumerate(markets):
        for one in rules:
            for symbol in one.symbols:
                price = prices.get(symbol)
                if price is None:
                    continue
                side = "up" if price >= one.price else "down"
                before = sides.get((one.id, symbol))
                sides[one.id, symbol] = side
                if before not in {None, side} and one.crossing in {"any", side}:
                    found.append((n, one.id, symbol, side))
    return found


@given(st.integers(0, 1 << 32))
def test_all_at_once_is_one_at_a_time(seed: int) -> None:
    draw = random.Random(seed)
    every = ("SPY", "QQQ", "NVDA")
    rules = [
        rule(
            "price",
            f"rule_{n}",
            price=float(draw.randint(95, 105)),
            crossing=draw.choice(["up", "down", "any"]),
            symbols=tuple(draw.sample(every, draw.randint(1, 3))),
        )
        for n in range(draw.randint(1, 12))
    ]
    walk = [
        {one: draw.choice([None, draw.randint(94, 106)]) for one in every}
        for _ in range(draw.randint(1, 20))
    ]
    crossings, found = Crossings(rules, {}), []
    for n, prices in enumerate(walk):
        market = views.market_of(
            *(priced(price, symbol=symbol) for symbol, price in prices.items())
        )
        firings = crossings.look(market, NOW).firings
        told = [one.fired for one in firings]
        found += [(n, one.rule, one.symbol, one.crossing) for one in told]
    assert found == naive(rules, walk)
