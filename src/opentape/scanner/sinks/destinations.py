"""Destinations as a file of rules or the command line names them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from opentape.scanner.rules.errors import BadRule
from opentape.scanner.sinks import kept
from opentape.scanner.sinks.alert import Alert, Sink
from opentape.scanner.sinks.discord import Discord
from opentape.scanner.sinks.phone import Phone
from opentape.scanner.sinks.posting import Poster
from opentape.scanner.sinks.screen import Bell, Lines
from opentape.scanner.sinks.slack import Slack
from opentape.scanner.sinks.webhook import Webhook

TABLE: Final = "alerts"
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "terminal": (),
    "bell": (),
    "slack": ("url",),
    "discord": ("url",),
    "webhook": ("url",),
    "apprise": ("url",),
    "parquet": ("path",),
    "duckdb": ("path",),
    "postgres": ("url",),
}
"""Every kind, and what it cannot do without."""


class Around(NamedTuple):
    """What destinations get from whoever opens them."""

    write: Callable[[Alert | str], None]
    """Writes an alert, or a line, to the terminal."""
    ring: Callable[[], None]
    """Rings the bell of the terminal."""
    secret: Callable[[str], str | None]
    """Looks up a variable of the environment."""


class Destination(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somewhere alerts go, as it is written."""

    kind: str
    url: str = ""
    """Of a service; ``$NAME`` is what a variable of the environment holds."""
    path: str = ""
    """Of a file or folder."""
    table: str = TABLE
    """Of a database."""
    secret: str = ""
    """Signs what a webhook is posted."""
    headers: dict[str, str] = {}
    """Of what a webhook is posted."""


def opened(name: str, told: Mapping[str, Any], around: Around) -> Sink:
    """Return a destination, ready to be told alerts.

    Raises
    ------
    BadRule
        If it is no such thing, or lacks something.
    """
    try:
        read = msgspec.convert(told, Destination)
    except msgspec.ValidationError as error:
        raise BadRule(f"destination {name!r}: {error}") from error
    if read.kind not in KINDS:
        raise BadRule(
            f"destination {name!r}: a kind is one of {', '.join(KINDS)}, was {read.kind!r}"
        )
    full = _with_secrets(name, read, around.secret)
    for field in KINDS[read.kind]:
        if not getattr(full, field):
            raise BadRule(f"destination {name!r} of the kind {read.kind} needs a {field}")
    return _made(full, around)


def named(text: str) -> tuple[str, dict[str, str]]:
    """Return a destination of the command line, and its name: ``KIND`` or ``KIND:WHERE``.

    Examples
    --------
    >>> named("duckdb:alerts.duckdb"), named("bell")
    (('duckdb', {'kind': 'duckdb', 'path': 'alerts.duckdb'}), ('bell', {'kind': 'bell'}))
    """
    kind, _, where = text.partition(":")
    field = next(iter(KINDS.get(kind, ())), "url")
    return kind, {"kind": kind} | ({field: where} if where else {})


def _made(told: Destination, around: Around) -> Sink:
    make: dict[str, Callable[[], Sink]] = {
        "terminal": lambda: Lines(around.write),
        "bell": lambda: Bell(around.ring),
        "slack": lambda: Slack(Poster(told.url)),
        "discord": lambda: Discord(Poster(told.url)),
        "webhook": lambda: Webhook(Poster(told.url), told.secret, told.headers),
        "apprise": lambda: Phone(told.url.split()),
        "parquet": lambda: kept.Parquet(Path(told.path).expanduser()),
        "duckdb": lambda: kept.DuckDB(Path(told.path).expanduser(), told.table),
        "postgres": lambda: kept.Postgres(told.url, told.table),
    }
    return make[told.kind]()


def _with_secrets(
    name: str, told: Destination, secret: Callable[[str], str | None]
) -> Destination:
    def full(text: str) -> str:
        if not text.startswith("$"):
            return text
        found = secret(text[1:])
        if not found:
            raise BadRule(f"destination {name!r}: the variable {text[1:]} is not set")
        return found

    headers = {key: full(value) for key, value in told.headers.items()}
    return msgspec.structs.replace(
        told, url=full(told.url), secret=full(told.secret), headers=headers
    )
