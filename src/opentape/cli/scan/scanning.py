"""What `opentape scan` does once its options are read."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from opentape.cli.scan.shown import Shown
from opentape.client import AsyncClient
from opentape.client.wire.replies import SignalsReply
from opentape.desk.clock import SystemClock
from opentape.scanner import lines
from opentape.scanner.asking import answers, flows
from opentape.scanner.options import ScannerOptions
from opentape.scanner.rules import presets
from opentape.scanner.rules.errors import BadRule
from opentape.scanner.rules.expression import condition
from opentape.scanner.rules.facts import Facts
from opentape.scanner.rules.file import read_rules
from opentape.scanner.rules.rule import NEW_YORK, TODAY, Query, Rule


class Chosen(NamedTuple):
    """The rules that are run, and whether they are any but the whole answer."""

    rules: tuple[Rule, ...]
    plain: bool
    """Answers are shown whole, under their headings."""
    symbols: tuple[str, ...] = ()
    """Of rules that name none."""


def rules_of(
    *, preset: str | None, when: str | None, rules: Path | None, **asked: Any
) -> Chosen:
    """Return the rules that options of the command line mean.

    Raises
    ------
    BadRule
        If they do not go together, or one of them cannot be.
    """
    named = {name: value for name, value in asked.items() if value is not None}
    if rules is not None:
        if preset or when or named:
            raise BadRule("--rules says all; name no other filter beside it")
        told = read_rules(rules)
        return Chosen(told.rules, plain=False, symbols=told.symbols)
    base = presets.preset(preset) if preset else Rule(name="scan")
    both = [one for one in (base.when and base.when.text, when) if one]
    text = " and ".join(f"({one})" for one in both) if len(both) > 1 else "".join(both)
    rule = msgspec.structs.replace(
        base,
        query=_query(base.query, named),
        when=condition(text) if text else None,
    )
    return Chosen((rule,), plain=not (preset or when))


def _query(base: Query, named: dict[str, Any]) -> Query:
    try:
        return msgspec.convert(msgspec.structs.asdict(base) | named, Query)
    except msgspec.ValidationError as error:
        raise BadRule(f"an expiry is YYYY-MM-DD or {TODAY}") from error


async def scan(
    server: ScannerOptions, symbols: Sequence[str], chosen: Chosen, *, form: str
) -> None:
    """Ask about every symbol at once and print what the rules take."""
    shown = Shown()
    now = dt.datetime.fromtimestamp(SystemClock().wall_ns() // 10**9, NEW_YORK)
    async with AsyncClient(server.url, server.key or None) as client:
        for rule in chosen.rules:
            named = list(rule.symbols or chosen.symbols or symbols)
            questions = [rule.query.ask(symbol, now.date()) for symbol in named]
            told = await answers(client, questions, server.at_once)
            moved = await flows(client, named, server.at_once) if rule.needs_flow else {}
            for symbol, reply in zip(named, told, strict=True):
                facts = list(rule.chosen(symbol, reply, moved.get(symbol)))
                if form == "ndjson":
                    _write_json(shown, facts)
                else:
                    _write(shown, facts, reply if chosen.plain else None)


def _write(shown: Shown, facts: Sequence[Facts], whole: SignalsReply | None) -> None:
    if whole is not None:
        shown.plain(lines.heading(whole))
    for one in facts:
        shown.signal(one.signal, "" if whole is not None else f"{one.symbol} ")


def _write_json(shown: Shown, facts: Sequence[Facts]) -> None:
    for one in facts:
        shown.json({"symbol": one.symbol} | one.signal.to_dict())
