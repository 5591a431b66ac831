"""Rules that come with the scanner."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from opentape.scanner.rules.rule import Query, Rule, made

CONFIRMED: Final = (
    '(intent == "bullish" and flow.flow_direction == "amplifying")'
    ' or (intent == "bearish" and flow.flow_direction in ("dampening", "regime_flip"))'
)
THROUGH: Final = (
    '(right == "C" and strike >= chain.call_wall)'
    ' or (right == "P" and strike <= chain.put_wall)'
)


class Preset(NamedTuple):
    """What one of these rules asks for, and which of the answers it takes."""

    about: str
    query: Query
    when: str | None = None


PRESETS: Final[Mapping[str, Preset]] = {
    "whale-sweeps": Preset(
        "Sweeps of a million dollars and more that score 70 and above.",
        Query(window_minutes=60, structure="sweep", min_score=70),
        '"whale" in tags',
    ),
    "golden": Preset(
        "The best tenth of an answer, as far as it scores 70 and above.",
        Query(),
        '"golden" in tags',
    ),
    "opening-bullish": Preset(
        "Bullish flow in contracts that open positions.",
        Query(intent="bullish", min_score=60),
        'open_close_bias == "opening_bias"',
    ),
    "0dte-momentum": Preset(
        "Sweeps of contracts that expire today.",
        Query(structure="sweep", expiry="today"),
    ),
    "through-wall": Preset(
        "Sweeps of calls at or above the call wall, of puts at or below the put wall.",
        Query(structure="sweep"),
        THROUGH,
    ),
    "gex-confirmed": Preset(
        "Bullish flow while flow adds to dealers' gamma, bearish while it takes away.",
        Query(),
        CONFIRMED,
    ),
}


def preset(name: str) -> Rule:
    """Return one of these rules by its name, which must be one of them."""
    found = PRESETS[name]
    return made(name, found.query, found.when)
