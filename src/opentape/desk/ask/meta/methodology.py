"""How everything is reckoned: steps, parts of scores, and every number in force.

Nothing here is written by hand: steps are what the modules say of themselves, values are
those of the running server, texts stand under the settings in the source.
"""

from collections.abc import Iterator
from types import ModuleType
from typing import Final, cast

import msgspec

from opentape.desk import words
from opentape.desk.ask.volatility import book as by_days
from opentape.desk.state.market import Market
from opentape.flow import gather, interest, pair
from opentape.flow.judge import arithmetic, enrich, radar, score
from opentape.flow.judge.arithmetic import Part
from opentape.flow.options import scorer_version
from opentape.positioning import dealer, exposure, flip, levels, max_pain, pin, shift
from opentape.pricing import kelly
from opentape.volatility import (
    carry,
    premium,
    rank,
    realized,
    skew,
    smiles,
    surface,
    term,
)

Value = bool | int | float | str | list[int | float | str] | dict[str, int | float | str]
_ROOM: Final = "opentape."
_STEPS: Final[tuple[ModuleType, ...]] = (
    pair, gather, interest, score, radar, enrich,
    dealer, exposure, levels, flip, max_pain, pin, shift,
    carry, surface, smiles, skew, term, realized, rank, premium, kelly,
)  # fmt: skip


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step from the tape to an answer."""

    name: str
    """The module that takes it."""
    text: str
    """What it does."""


class ScorePart(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a score."""

    name: str
    """As in the breakdown of a score."""
    points: float
    """Points where the share is 1."""
    share: str
    """How much of them a signal gets, 0 to 1."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One number of the method."""

    name: str
    """As in the settings file, within its group."""
    value: Value
    """As the running server has it."""
    text: str | None
    """What it does."""


class SettingGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one thing."""

    name: str
    """As in the settings file, ``flow.score``; ``fixed`` are those that no file changes."""
    text: str
    """What it is that they set."""
    settings: tuple[Setting, ...]


class MethodologyReply(msgspec.Struct, frozen=True, kw_only=True):
    """How everything is reckoned, with every number in force."""

    scorer_version: str
    """Changes whenever a score may come out differently."""
    steps: tuple[Step, ...]
    """From the tape to signals, then from the chain to levels and vols."""
    score: tuple[ScorePart, ...]
    """Of a signal's score; whole points that sum to it."""
    radar: tuple[ScorePart, ...]
    """Of its radar score."""
    settings: tuple[SettingGroup, ...]


def methodology(market: Market) -> MethodologyReply:
    """Return how everything is reckoned."""
    flow = market.options
    trees: dict[str, msgspec.Struct] = {
        "flow": flow,
        "chain": market.chain_options,
        "levels": market.level_options,
        "fixed.rank": rank.RankOptions(),
        "fixed.premium": premium.PremiumOptions(),
    }
    return MethodologyReply(
        scorer_version=scorer_version(flow),
        steps=tuple(map(_step, _STEPS)),
        score=tuple(map(_part, arithmetic.score_parts(flow.score))),
        radar=tuple(map(_part, arithmetic.radar_parts(flow.radar))),
        settings=(
            *(group for name, tree in trees.items() for group in _groups(name, tree)),
            _constants(),
        ),
    )


def _step(module: ModuleType) -> Step:
    name = module.__name__.removeprefix(_ROOM)
    return Step(name=name, text=words.plain(module.__doc__).partition("\n")[0])


def _part(part: Part) -> ScorePart:
    return ScorePart(name=part.name, points=part.weight, share=part.formula)


def _groups(name: str, tree: msgspec.Struct) -> Iterator[SettingGroup]:
    """Yield the settings of a struct, then those of the structs in it."""
    texts = words.of_fields(type(tree))
    inner: dict[str, msgspec.Struct] = {}
    settings: list[Setting] = []
    for field in tree.__struct_fields__:
        value: object = getattr(tree, field)
        if isinstance(value, msgspec.Struct):
            inner[f"{name}.{field}"] = value
        else:
            settings.append(Setting(name=field, value=_plain(value), text=texts.get(field)))
    if settings:
        text = words.of_class(type(tree))
        yield SettingGroup(name=name, text=text, settings=tuple(settings))
    for path, deeper in inner.items():
        yield from _groups(path, deeper)


def _constants() -> SettingGroup:
    told: dict[str, tuple[object, str]] = {
        "sessions_a_year": (realized.SESSIONS_A_YEAR, "What a realised vol is scaled to."),
        "kelly_steps": (kelly.STEPS, "Places at which a payoff is taken."),
        "kelly_reach": (kelly.REACH, "Standard deviations that they span either way."),
        "dte_buckets": (by_days.BUCKETS, "Calendar days by which exposures are summed."),
        "hedging_moves_pct": (by_days.MOVES_PCT, "Moves of spot, percent."),
        "oi_at_the_money": (by_days.AT_THE_MONEY, "Part of spot within which OI is ATM."),
        "spread_at_the_money": (by_days.NEAR, "Part of spot within which a spread is."),
        "spread_wing": (by_days.WING, "Part of spot out of the money where wings begin."),
    }
    return SettingGroup(
        name="fixed",
        text="What no setting changes.",
        settings=tuple(
            Setting(name=name, value=_plain(value), text=text)
            for name, (value, text) in told.items()
        ),
    )


def _plain(value: object) -> Value:
    return cast("Value", msgspec.to_builtins(value, str_keys=True))
