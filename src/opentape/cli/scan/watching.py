"""What `opentape watch` does once its options are read."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from opentape.cli.scan.connect import symbols_of
from opentape.cli.scan.shown import Shown
from opentape.client import AsyncClient
from opentape.desk.clock import SystemClock
from opentape.scanner.following import Around, Pace, questions
from opentape.scanner.options import ScannerOptions
from opentape.scanner.rules.errors import BadRule
from opentape.scanner.rules.file import RuleFile, read_rules
from opentape.scanner.rules.presets import PRESETS, preset
from opentape.scanner.rules.rule import Query, Rule, made
from opentape.scanner.sinks import destinations
from opentape.scanner.sinks.alert import Alert, Sink
from opentape.scanner.sinks.screen import Lines
from opentape.scanner.watching.chooser import Chooser
from opentape.scanner.watching.memory import IN_MEMORY, Memory
from opentape.scanner.watching.teller import Teller
from opentape.scanner.watching.watcher import Watcher
from opentape.wiring.settings import secret

USUAL: Final = "golden opening bullish"
"""The rule where none is named."""


class Wished(NamedTuple):
    """What the command line says."""

    symbols: tuple[str, ...]
    presets: tuple[str, ...]
    when: str | None
    rules: Path | None
    destinations: tuple[str, ...]
    state: Path | None
    poll_s: float
    new_only: bool
    top: bool
    once: bool
    dry_run: bool


def watch(server: ScannerOptions, wished: Wished) -> None:
    """Watch until it is interrupted, or once."""
    file = None if wished.rules is None else read_rules(wished.rules)
    rules = rules_of(wished, file)
    told = destinations_of(wished, file)
    symbols = wished.symbols or (file.symbols if file else ())
    shown = Shown()
    sinks = _rehearsed(told, shown) if wished.dry_run else _opened(told, shown)
    state = wished.state or Path(server.state).expanduser()
    memory = Memory(IN_MEMORY if wished.dry_run else state)
    clock = SystemClock()
    around = Around(clock.wall_ns, _say)
    chooser = Chooser(memory, tuple(sinks), around.now_ns)
    asked = questions(rules, symbols_of(server, symbols))

    async def run() -> None:
        teller = Teller(memory, sinks, around.now_ns, around.say)
        async with AsyncClient(server.url, server.key or None) as client:
            pace = Pace(poll_s=wished.poll_s, at_once=max(server.at_once, 1))
            watcher = Watcher(client, asked, (memory, chooser, teller), around, pace)
            if not wished.once:
                await watcher.run(new_only=wished.new_only, top=wished.top)
                return
            await watcher.look(tell=not wished.new_only)
            if wished.top:
                await watcher.close_day()
            await teller.flush()

    try:
        asyncio.run(run())
    finally:
        memory.close()


def _say(text: str) -> None:
    click.echo(text, err=True)


def rules_of(wished: Wished, file: RuleFile | None) -> list[Rule]:
    """Return the rules that the command line means, those of a file first."""
    found = list(file.rules) if file else []
    found += [preset(name) for name in wished.presets]
    if wished.when:
        found.append(made("when", Query(), wished.when))
    usual = PRESETS["opening-bullish"]
    query = Query(window_minutes=30, intent="bullish", min_score=70)
    return found or [made(USUAL, query, f'{usual.when} and "golden" in tags')]


def destinations_of(wished: Wished, file: RuleFile | None) -> dict[str, Mapping[str, Any]]:
    """Return the destinations that the command line means, by name."""
    found = dict(file.destinations) if file else {}
    for text in wished.destinations:
        name, told = destinations.named(text)
        if name in found:
            raise BadRule(f"two destinations are named {name!r}; name them in a file")
        found[name] = told
    return found or {"terminal": {"kind": "terminal"}}


def _opened(told: Mapping[str, Mapping[str, Any]], shown: Shown) -> dict[str, Sink]:
    around = destinations.Around(
        write=_writer(shown),
        ring=lambda: click.echo("\a", nl=False, err=True),
        secret=secret,
    )
    return {name: destinations.opened(name, one, around) for name, one in told.items()}


def _rehearsed(told: Mapping[str, Any], shown: Shown) -> dict[str, Sink]:
    return {name: Lines(_writer(shown, f"would tell {name}: ")) for name in told}


def _writer(shown: Shown, before: str = "") -> Callable[[Alert | str], None]:
    def write(told: Alert | str) -> None:
        if isinstance(told, Alert):
            shown.signal(told.facts.signal, f"{before}{told.facts.symbol} ")
        else:
            shown.plain(before + told)

    return write
