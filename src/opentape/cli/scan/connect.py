"""The server that verbs ask, and how what it says no to is told."""

import asyncio
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import msgspec

from opentape.cli import arguments
from opentape.market.errors import InputError, NotReady
from opentape.scanner.options import ScannerOptions

Told = TypeVar("Told")
Verb = TypeVar("Verb", bound=Callable[..., Any])

URL: Final = click.option(
    "--url", metavar="URL", help="The server, in place of what the settings say."
)
KEY: Final = click.option(
    "--key", metavar="KEY", help="Its key; OPENTAPE_SCANNER_KEY shows it to nobody."
)
SYMBOLS: Final = click.argument("symbols", metavar="[SYMBOL]...", nargs=-1)


def window(default: int | None = None) -> Callable[[Verb], Verb]:
    """Return the option that says how far back a verb asks."""
    return click.option(
        "--window",
        "window_minutes",
        type=click.IntRange(1, 10_080),
        metavar="MINUTES",
        default=default,
        show_default=default is not None,
        help="How far back.",
    )


def symbols_of(server: ScannerOptions, named: Sequence[str]) -> list[str]:
    """Return the symbols that are meant, each once: the watchlist where none are named."""
    found = [name.strip().upper() for name in named or server.watchlist]
    return list(dict.fromkeys(name for name in found if name))


def asking(verb: Callable[..., None]) -> Callable[..., None]:
    """Add what each verb takes that asks a server, given to it as `server`."""

    @wraps(verb)
    def with_server(
        *, url: str | None, key: str | None, config: Path | None, **given: Any
    ) -> None:
        from opentape.wiring.settings import load_settings

        options = load_settings(config).scanner
        server = msgspec.structs.replace(
            options, url=url or options.url, key=key or options.key
        )
        with refusals():
            verb(server=server, **given)

    for add in (arguments.CONFIG, KEY, URL):
        with_server = add(with_server)
    return with_server


@contextmanager
def refusals() -> Generator[None]:
    """Turn what a server or a rule is wrong about into one sentence.

    Raises
    ------
    NotReady
        If no answer came.
    InputError
        If the server, or a check of ours, said no.
    """
    from opentape.client.errors import ClientError, ServerFailed, Unreachable
    from opentape.scanner.rules.errors import BadRule

    try:
        yield
    except (Unreachable, ServerFailed) as error:
        raise NotReady(str(error)) from error
    except (ClientError, BadRule) as error:
        raise InputError(str(error)) from error


def run(work: Coroutine[Any, Any, Told]) -> Told:
    """Return what comes of work that waits for a server."""
    return asyncio.run(work)
