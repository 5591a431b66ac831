"""What a rule may look at: a signal, its chain, and what flow does to dealers."""

from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast, get_args

import msgspec

from opentape.client.wire.replies import (
    Envelope,
    FlowSignal,
    FlowSummaryReply,
    SignalsChain,
)

NO_CHAIN: Final = SignalsChain()
FLOW: Final = "flow."
"""Begins the names of fields that need one more question a symbol."""


class Facts(NamedTuple):
    """One signal and what stood beside it."""

    symbol: str
    signal: FlowSignal
    spot: float | None = None
    """The underlying's price, dollars; None where no chain tells it."""
    chain: SignalsChain = NO_CHAIN
    flow: FlowSummaryReply | None = None
    """None where it was not asked for."""


class Kind(StrEnum):
    """What a field or a part of a rule comes to."""

    NUMBER = "number"
    TEXT = "text"
    LIST = "list"
    TRUTH = "yes or no"


KINDS: Final[dict[type, Kind]] = {
    bool: Kind.TRUTH,
    int: Kind.NUMBER,
    float: Kind.NUMBER,
    str: Kind.TEXT,
}


class Field(NamedTuple):
    """One field, read from facts; None where it is not known."""

    kind: Kind
    read: Callable[[Facts], Any]


@lru_cache(maxsize=1)
def fields() -> dict[str, Field]:
    """Return every field by its name."""
    found = {
        "symbol": Field(Kind.TEXT, _reader(_whole, "symbol")),
        "spot": Field(Kind.NUMBER, _reader(_whole, "spot")),
    }
    _add(found, FlowSignal, "", lambda facts: facts.signal)
    _add(found, SignalsChain, "chain.", lambda facts: facts.chain)
    _add(found, FlowSummaryReply, FLOW, lambda facts: facts.flow)
    return found


def _whole(facts: Facts) -> Any:
    return facts


def _add(
    found: dict[str, Field],
    kind: type[msgspec.Struct],
    above: str,
    outer: Callable[[Any], Any],
) -> None:
    for field in msgspec.structs.fields(kind):
        name, read = above + field.encode_name, _reader(outer, field.name)
        parts = [part for part in (field.type, *get_args(field.type)) if part]
        nested = next((part for part in parts if _is_struct(part)), None)
        if field.name in Envelope.__struct_fields__:
            continue
        if nested is not None:
            _add(found, cast("type[msgspec.Struct]", nested), f"{name}.", read)
        elif (simple := _kind(field.type)) is not None:
            found.setdefault(name, Field(simple, read))


def _reader(outer: Callable[[Any], Any], name: str) -> Callable[[Facts], Any]:
    return lambda facts: getattr(outer(facts), name, None)


def _is_struct(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, msgspec.Struct)


def _kind(told: Any) -> Kind | None:
    if told in KINDS:
        return KINDS[told]
    inner = get_args(told)
    if inner[1:] == (...,):
        return Kind.LIST
    return next((kind for one in inner if (kind := _kind(one)) is not None), None)
