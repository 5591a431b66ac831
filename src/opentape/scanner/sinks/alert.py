"""What is told, and to what."""

import datetime as dt
from collections.abc import Sequence
from typing import ClassVar, Final, Protocol

import msgspec

from opentape.scanner.day import Digest
from opentape.scanner.lines import contract, count, dollars, line
from opentape.scanner.rules.facts import Facts

_PARTS: Final = ("prem", "sz", "aggr", "swp", "open", "ten")


class SinkFailed(Exception):
    """An alert could not be told; the text is one sentence and holds no secret."""

    def __init__(
        self, message: str, *, lasting: bool = False, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.lasting = lasting
        """Whether it is no use to try again."""
        self.retry_after_s = retry_after_s
        """When to try again, if the other side said."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One signal that rules took, told once."""

    key: str
    """Tells it from every other; the same however often it is sent."""
    rules: tuple[str, ...]
    """Names of the rules that took it."""
    facts: Facts
    at: dt.datetime
    """When they took it, UTC."""

    @property
    def title(self) -> str:
        """The contract, side and score, in a line."""
        return contract(self.facts.symbol, self.facts.signal)

    @property
    def line(self) -> str:
        """The signal in a line, behind its symbol."""
        return f"{self.facts.symbol} {line(self.facts.signal)}"

    @property
    def details(self) -> tuple[str, str, str]:
        """Three lines: how large, what it is taken for, and the parts of its score."""
        signal, parts = self.facts.signal, self.facts.signal.score_breakdown
        tags = ", ".join(signal.tags) or "-"
        size = f"size: {count(signal.size)} premium: {dollars(signal.premium)}"
        points = " ".join(
            f"{name}={count(value)}"
            for name, value in zip(_PARTS, msgspec.structs.astuple(parts), strict=True)
        )
        return (
            f"{size} intent: {signal.intent}",
            f"bias: {signal.open_close_bias} structure: {signal.structure} tags: {tags}",
            f"breakdown: {points}",
        )


class Sink(Protocol):
    """Somewhere alerts go."""

    most: ClassVar[int]
    """Alerts that are taken at once."""

    async def send(self, alerts: Sequence[Alert]) -> None:
        """Tell alerts, all of them or none.

        Raises
        ------
        SinkFailed
            If that could not be done.
        """
        ...

    async def send_digest(self, digest: Digest) -> None:
        """Tell the strongest tickers of a day; what cannot, does nothing."""
        ...
