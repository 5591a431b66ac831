"""A simulated day played into the engine: a line a signal, as it is found."""

from pathlib import Path
from typing import Final

from rich.console import Console

from opentape.cli import words
from opentape.cli.chains.streams import errors, output
from opentape.cli.summary import told
from opentape.desk.clock import SystemClock
from opentape.desk.live import play
from opentape.desk.replay import Settled, Signal
from opentape.wiring import build
from opentape.wiring.settings import load_settings

_STYLES: Final = {"bullish": "green", "bearish": "red"}


def serve(out: Path, speed: float, *, quiet: bool) -> None:
    """Play the days of a market one after the other, so many times faster."""
    console = Console(file=output(), highlight=False, markup=False, emoji=False)
    options = load_settings(None).flow
    for files in build.market_days(out):
        if not quiet:
            text = f"{files.folder}, {speed:g} times as fast as it was; Ctrl-C ends it"
            errors().print(told("playing", text), soft_wrap=True)
        tape = build.open_tape([files.tape])
        settled = Settled()
        if files.open_interest is not None:
            interest, _ = build.read_open_interest(files.open_interest, tape.contracts)
            settled = Settled(interest)
        for signal in play(tape, settled, options, SystemClock(), speed):
            style = _STYLES.get(signal.intent, "")
            console.print(line(signal), style=style, soft_wrap=True)


def line(signal: Signal) -> str:
    """Return one signal as one line."""
    what = f"{signal.symbol} {signal.expiry:%y%m%d} {signal.strike:g}{signal.right}"
    parts = [
        words.clock(signal.ts),
        f"{signal.score:3d}",
        f"{what:<24}",
        f"{signal.side:<4} {signal.size:>6,} @ {signal.price:<8.2f}",
        f"{words.usd(signal.premium):>7}",
        f"{signal.intent:<8}",
        " ".join(signal.tags),
    ]
    return "  ".join(parts)
