"""`opentape keys`: makes, lists and revokes the keys of the server."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from opentape.cli import arguments
from opentape.cli.arguments import positive
from opentape.desk.keys.key import Key
from opentape.desk.keys.options import Plan

_HEAD: Final = ("key", "plan", "rate", "state", "created", "last used", "expires", "label")
_SECOND_NS: Final = 10**9


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One key as it is listed; times are UTC."""

    key: str
    plan: Plan
    rate_per_minute: int | None
    state: str
    created: str
    last_used: str | None
    expires: str | None
    revoked: str | None
    label: str


@click.group
def keys() -> None:
    """Say who may ask the server: make, list and revoke API keys.

    As long as there are no keys, whoever asks from this machine needs none.
    """


@keys.command
@click.option(
    "--plan",
    type=click.Choice([plan.value for plan in Plan]),
    help="What the key may ask.",
)
@click.option(
    "--rate",
    type=click.IntRange(1, 1_000_000_000),
    metavar="N",
    help="Requests a minute, in place of what the plan says.",
)
@click.option(
    "--expires", type=positive, metavar="DAYS", help="Refuse it after so many days."
)
@click.option("--label", default="", metavar="TEXT", help="Whose it is, or what for.")
@arguments.CONFIG
def create(*, plan: str | None, config: Path | None, **wish: Any) -> None:
    """Make a key and print it, this once."""
    from opentape.desk.keys.manage import Wish, make_key

    settings, store, now_ns = _opened(config)
    asked = Wish(
        plan=Plan(plan) if plan else None,
        rate=wish["rate"],
        days=wish["expires"],
        label=wish["label"],
    )
    made = make_key(store, asked, settings.plans, now_ns)
    click.echo(made.text)
    server = settings.server
    click.echo(
        "It is not shown again. From now on every request needs a key; with this one:\n"
        f"  curl -H 'X-Api-Key: {made.text}' http://{server.host}:{server.port}/v1/account",
        err=True,
    )


@keys.command("list")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    help="How keys are printed.",
)
@arguments.CONFIG
def list_keys(*, form: str, config: Path | None) -> None:
    """Print every key but what would let anybody use it, oldest first."""
    _, store, now_ns = _opened(config)
    rows = [row_of(kept.key, now_ns) for kept in store.kept()]
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
    elif rows:
        click.echo("\n".join(table_of(rows)))
    else:
        click.echo("There are no keys; 'opentape keys create' makes one.", err=True)


@keys.command
@click.argument("key")
@arguments.CONFIG
def revoke(*, key: str, config: Path | None) -> None:
    """Refuse a key from now on. KEY is as `opentape keys list` shows it, or all of it."""
    from opentape.desk.keys.manage import revoke_key

    _, store, now_ns = _opened(config)
    name = revoke_key(store, key, now_ns)
    click.echo(f"The key {name} is refused from now on.", err=True)


def row_of(key: Key, now_ns: int) -> KeyRow:
    """Return a key as it is listed."""
    return KeyRow(
        key=key.prefix,
        plan=key.plan,
        rate_per_minute=key.rate,
        state=key.state(now_ns),
        created=_moment(key.created_ns) or "",
        last_used=_moment(key.last_used_ns),
        expires=_moment(key.expires_ns),
        revoked=_moment(key.revoked_ns),
        label=key.label,
    )


def table_of(rows: Sequence[KeyRow]) -> list[str]:
    """Return keys as lines of text, a dash where nothing is to be told."""
    cells = [_HEAD, *map(_cells, rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(_HEAD))]
    return [
        "  ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in cells
    ]


def _cells(row: KeyRow) -> tuple[str, ...]:
    return (
        row.key,
        row.plan.value,
        "-" if row.rate_per_minute is None else f"{row.rate_per_minute}/min",
        row.state,
        row.created,
        row.last_used or "-",
        row.expires or "-",
        # a label may hold anything, a terminal's own commands too
        "".join(letter if letter.isprintable() else "?" for letter in row.label) or "-",
    )


def _moment(ts_ns: int | None) -> str | None:
    if ts_ns is None:
        return None
    moment = dt.datetime.fromtimestamp(ts_ns // _SECOND_NS, dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _opened(config: Path | None) -> tuple[Any, Any, int]:
    # SQLAlchemy takes a moment to import, which --help should not
    from opentape.desk.clock import SystemClock
    from opentape.wiring.keys import key_store
    from opentape.wiring.settings import load_settings

    settings = load_settings(config)
    return settings, key_store(settings), SystemClock().wall_ns()
