"""`opentape card`: the direction of a watchlist, a line a symbol."""

import click

from opentape.cli.scan.connect import SYMBOLS, asking, run, symbols_of, window
from opentape.scanner.options import ScannerOptions


@click.command
@SYMBOLS
@window(60)
@click.option(
    "--sort",
    "order",
    type=click.Choice(["watchlist", "net", "size", "signals", "symbol"]),
    default="watchlist",
    show_default=True,
    help="Order of the lines.",
)
@asking
def card(
    *, server: ScannerOptions, symbols: tuple[str, ...], window_minutes: int, order: str
) -> None:
    """Print which way the flow of SYMBOLs leans, or of the watchlist.

    Net premium is bullish less bearish; OPEN and CLOSE are the premium of flow that opens
    and closes positions.
    """
    from opentape.cli.scan.shown import Shown
    from opentape.client import AsyncClient
    from opentape.scanner.asking import card_rows
    from opentape.scanner.card import Order, ordered

    async def show() -> None:
        async with AsyncClient(server.url, server.key or None) as client:
            named = symbols_of(server, symbols)
            rows = await card_rows(client, named, window_minutes, server.at_once)
        Shown().card(ordered(rows, Order(order)), window_minutes)

    run(show())
