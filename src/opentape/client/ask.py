"""One question to a server: what is sent, and what comes back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar
from urllib.parse import quote

Reply = TypeVar("Reply")
SAFE: Final = frozenset({"GET", "PUT", "DELETE"})
"""What may be sent twice and comes to the same."""

Value = str | int | float | bool | dt.date | Sequence[str] | None


class Ask(NamedTuple, Generic[Reply]):
    """One question, the same for a client that waits and one that does not."""

    verb: str
    path: str
    """Its names in braces."""
    places: Mapping[str, str]
    """What stands in those braces."""
    query: Mapping[str, Value]
    """What is None is not sent."""
    reply: Any
    """The type of the answer, `Reply`."""
    body: Mapping[str, Any] | None = None

    @property
    def target(self) -> str:
        """The path with everything in it.

        Examples
        --------
        >>> Ask("GET", "/v1/flow/oi/{symbol}", {"symbol": "BRK/B"}, {}, dict).target
        '/v1/flow/oi/BRK%2FB'
        """
        quoted = {name: quote(str(text), safe="") for name, text in self.places.items()}
        return self.path.format_map(quoted)

    @property
    def params(self) -> dict[str, str]:
        """The query as it is sent.

        Examples
        --------
        >>> Ask("GET", "/", {}, {"minScore": 70, "ticker": ["A", "B"]}, dict).params
        {'minScore': '70', 'ticker': 'A,B'}
        """
        return {
            name: spelled(value) for name, value in self.query.items() if value is not None
        }


def spelled(value: Value) -> str:
    """Return a value as a query spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(value)
    return value.isoformat() if isinstance(value, dt.date) else str(value)
