"""What `opentape live` does once its options are read."""

import asyncio
from collections.abc import Sequence

from opentape.client import AsyncClient
from opentape.desk.clock import SystemClock
from opentape.scanner.following import Pace, questions
from opentape.scanner.library import needed
from opentape.scanner.options import ScannerOptions
from opentape.scanner.rules.rule import Query, Rule

_MOST = 500


def view(
    server: ScannerOptions, symbols: Sequence[str], *, window_minutes: int, poll_s: float
) -> None:
    """Show the tape until it is left."""
    needed("textual", "tui", "the live view")
    from opentape.scanner.screen.app import Live

    query = Query(window_minutes=window_minutes, limit=_MOST)
    asked = questions([Rule(name="all", query=query)], symbols)

    async def run() -> None:
        async with AsyncClient(server.url, server.key or None) as client:
            pace = Pace(poll_s=poll_s, at_once=max(server.at_once, 1))
            await Live(client, asked, SystemClock().wall_ns, pace).run_async()

    asyncio.run(run())
