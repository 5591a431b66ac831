"""The question about a chain: its vols and greeks, what dealers hold of it, its levels."""

import datetime as dt

import msgspec

from opentape.desk.chain.analysed import analysed
from opentape.desk.chain.reply import ChainReply
from opentape.desk.chain.spell import reply
from opentape.market.chain import Chain
from opentape.positioning.options import LevelOptions
from opentape.volatility.options import ChainOptions, Style
from opentape.volatility.slices import Given


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about a chain, beyond the settings."""

    rate: float | None = None
    """Continuously compounded, per year; goes before the settings."""
    carry: float | None = None
    """Dividend yield of every expiry; without it each expiry's own, from parity."""
    style: Style | None = None
    """Goes before the settings."""
    spot_is_sure: bool = False
    """Whether the chain's spot is the caller's own, to be taken as it is."""
    expiry: dt.date | None = None
    """Only this expiry: its contracts make up the levels, and the flip counts contracts
    about to expire in full."""


def analyse(
    chain: Chain,
    question: Question | None = None,
    *,
    options: ChainOptions | None = None,
    levels: LevelOptions | None = None,
) -> ChainReply:
    """Return vols, greeks, exposures and levels of a chain.

    Raises
    ------
    NotFound
        If the chain does not list the expiry that is asked for.
    """
    question, options = question or Question(), options or ChainOptions()
    if question.rate is not None:
        options = msgspec.structs.replace(options, rate=question.rate, rates={})
    if question.style is not None:
        options = msgspec.structs.replace(options, style=question.style)
    levels = levels or LevelOptions()
    given = Given(question.carry, question.spot_is_sure)
    return reply(analysed(chain, options, levels, given, question.expiry))
