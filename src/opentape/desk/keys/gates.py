"""Which plan a question needs, by the beginning of its path and what it asks about."""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from opentape.desk.keys.options import Plan, PlanOptions
from opentape.market.errors import BadSetting, PlanTooLow
from opentape.market.roots import EUROPEAN, clean_symbol, underlying_of

ANY: Final = "*"
GATES: Final[Mapping[str, Plan]] = {
    "/v1/flow/signals": Plan.ALPHA,
    "/v1/flow/oi": Plan.ALPHA,
    "/v1/flow/live": Plan.ALPHA,
    "/v1/flow/options": Plan.ALPHA,
    "/v1/flow/stocks": Plan.ALPHA,
    "/v1/flow/levels": Plan.GROWTH,
    "/v1/flow/pin-risk": Plan.GROWTH,
    "/v1/flow/summary": Plan.GROWTH,
    "/v1/flow/gex": Plan.GROWTH,
    "/v1/flow/dex": Plan.GROWTH,
    "/v1/flow/dealer-risk": Plan.GROWTH,
    "/v1/stream": Plan.ELITE,
    "/v1/webhooks": Plan.ELITE,
    "/v1/alerts": Plan.ELITE,
    "/v1/exposure/dex": Plan.BASIC,
    "/v1/exposure/vex": Plan.BASIC,
    "/v1/exposure/chex": Plan.BASIC,
    "/v1/exposure/summary": Plan.GROWTH,
    "/v1/maxpain": Plan.BASIC,
    "/v1/volatility": Plan.GROWTH,
    "/v1/pricing/kelly": Plan.GROWTH,
    "/optionquote": Plan.GROWTH,
    "/v1/options/*/chain": Plan.BASIC,
    "/v1/analysis": Plan.BASIC,
}
"""What a path that begins so needs, the most specific first; anything else is free."""
_CHAIN: Final = "/v1/exposure/gex"
_EXPIRIES: Final = ("expiration", "expiry")
_SYMBOLS: Final = ("symbol", "symbols", "ticker")
_INDICES: Final = frozenset({"OEX", *map(underlying_of, EUROPEAN)})


class Question(NamedTuple):
    """What is asked, as far as plans go by it."""

    path: str
    """Decoded, of one line."""
    query: Mapping[str, str]
    today: dt.date
    """In New York."""


class Gates:
    """The table of one installation."""

    def __init__(self, options: PlanOptions) -> None:
        for path in options.gates:
            if not path.startswith("/"):
                raise BadSetting(
                    f"plans.gates must name paths, as '/v1/flow', was {path!r}"
                )
        table = {**GATES, **options.gates}
        self._options = options
        self._table = sorted(
            ((_parts(path), plan) for path, plan in table.items()),
            key=lambda entry: (-len(entry[0]), entry[0].count(ANY)),
        )
        contents = (options.index_plan, options.futures_plan)
        contents += (options.today_plan, options.chain_plan)
        self._highest = max(plan.rank for plan in (*table.values(), *contents))
        self._of_path = lru_cache(1 << 12)(self._needed_by_path)

    def open_to(self, plan: Plan) -> bool:
        """Return whether nothing is kept from a plan, whatever is asked."""
        return not self._options.gated or plan.rank >= self._highest

    def check(self, plan: Plan, question: Question) -> None:
        """Let a question through.

        Raises
        ------
        PlanTooLow
            If it needs a higher plan.
        """
        if self.open_to(plan):
            return
        needed = self.needed(question)
        if needed.rank > plan.rank:
            raise PlanTooLow(
                f"this needs the plan {needed.shown}, the key has {plan.shown}",
                plan=plan.shown,
                needed=needed.shown,
            )

    def needed(self, question: Question) -> Plan:
        """Return the least plan that a question needs."""
        plans = [self._of_path(question.path), *self._by_content(question)]
        return max(plans, key=lambda plan: plan.rank)

    def _needed_by_path(self, path: str) -> Plan:
        parts = _parts(path)
        found = (plan for entry, plan in self._table if _begins(parts, entry))
        return next(found, Plan.FREE)

    def _by_content(self, question: Question) -> Iterable[Plan]:
        options, query = self._options, question.query
        asked = [*_parts(question.path), *_symbols(query)]
        expiries = {query[name] for name in _EXPIRIES if query.get(name)}
        if any(clean_symbol(text) in _INDICES for text in asked):
            yield options.index_plan
        if any(text.upper().endswith("=F") for text in asked):
            yield options.futures_plan
        if question.today.isoformat() in expiries:
            yield options.today_plan
        if not expiries and _begins(_parts(question.path), _parts(_CHAIN)):
            yield options.chain_plan


def _symbols(query: Mapping[str, str]) -> list[str]:
    return [part for name in _SYMBOLS for part in query.get(name, "").split(",")]


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


def _begins(parts: tuple[str, ...], entry: tuple[str, ...]) -> bool:
    return len(parts) >= len(entry) and all(
        expected in {ANY, part} for part, expected in zip(parts, entry, strict=False)
    )
