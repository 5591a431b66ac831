"""Several questions at once."""

import asyncio
from collections.abc import Sequence

from opentape.client.ask import Ask, Reply
from opentape.client.awaiting import AsyncClient
from opentape.client.errors import NotFound
from opentape.client.wire import asks
from opentape.client.wire.replies import FlowSummaryReply, SummaryReply
from opentape.scanner import card


async def answers(
    client: AsyncClient, questions: Sequence[Ask[Reply]], at_once: int
) -> list[Reply]:
    """Return the answers in the order of their questions.

    Parameters
    ----------
    at_once
        Questions that are open at the same time.

    Raises
    ------
    ClientError
        The first; questions that are still open are given up.
    """
    free = asyncio.Semaphore(at_once)

    async def answer(question: Ask[Reply]) -> Reply:
        async with free:
            return await client.send(question)

    asked = [asyncio.ensure_future(answer(question)) for question in questions]
    try:
        return await asyncio.gather(*asked)
    finally:
        for one in asked:
            one.cancel()


async def card_rows(
    client: AsyncClient, symbols: Sequence[str], window_minutes: int, at_once: int
) -> list[card.Row]:
    """Return the lines of a card, in the order of its symbols."""
    questions: list[Ask[SummaryReply]] = [
        asks.flow_signals_summary(symbol, window_minutes=window_minutes)
        for symbol in symbols
    ]
    found = await answers(client, questions, at_once)
    return [card.row(symbol, told) for symbol, told in zip(symbols, found, strict=True)]


async def flow_of(client: AsyncClient, symbol: str) -> FlowSummaryReply | None:
    """Return what flow does to dealers; None where there is nothing to say."""
    try:
        return await client.flow_summary(symbol)
    except NotFound:
        return None


async def flows(
    client: AsyncClient, symbols: Sequence[str], at_once: int
) -> dict[str, FlowSummaryReply | None]:
    """Return what flow does to dealers, by symbol."""
    free = asyncio.Semaphore(at_once)

    async def asked(symbol: str) -> FlowSummaryReply | None:
        async with free:
            return await flow_of(client, symbol)

    found = await asyncio.gather(*map(asked, symbols))
    return dict(zip(symbols, found, strict=True))
