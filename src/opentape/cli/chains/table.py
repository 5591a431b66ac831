"""A chain as tables that a trader reads: levels, expiries, gamma by strike."""

import shutil
from collections.abc import Iterator
from typing import Final, NamedTuple, TextIO

from rich.console import Console
from rich.text import Text

from opentape.cli import words
from opentape.cli.chains import expiries, strikes
from opentape.desk.chain.reply import ChainReply, Levels

WIDE: Final = 100
"""Width of what is no terminal and was not told one."""
_COLUMN: Final = 45
"""Width of the levels, beside which the sums stand where there is room for both."""
_BOTH: Final = 76
_FAINT: Final = "bright_black"
_COLOUR: Final = {"positive_gamma": "green", "negative_gamma": "red"}
_CAVEAT: Final = (
    "modelled: dealers are taken to hold the calls and to have sold the puts, which",
    "open interest does not show; levels are concentrations, not forecasts",
)


class Level(NamedTuple):
    """One line of the levels."""

    name: str
    price: float | None
    note: str
    style: str = ""


def draw(reply: ChainReply, sink: TextIO) -> None:
    """Print a chain: its levels, a row an expiry, gamma by strike."""
    console = Console(file=sink, highlight=False, markup=False, emoji=False)
    width = console.width
    if not console.is_terminal:
        width = shutil.get_terminal_size((0, 0)).columns or WIDE
    plain = not console.encoding.startswith("utf")
    for line in lines(reply, width, plain=plain):
        console.print(line, soft_wrap=True)


def lines(reply: ChainReply, width: int, *, plain: bool = False) -> Iterator[Text]:
    """Yield every line, none wider than asked where that is 80 columns or more."""
    yield _headline(reply)
    yield Text("\nlevels", "bold")
    yield from level_lines(reply, width)
    yield from (Text(f"  {text}", _FAINT) for text in _CAVEAT)
    yield Text("\nexpiries", "bold").append(_term(reply), "not bold")
    yield from expiries.lines(reply.expiries, width)
    yield Text("\ngamma by strike", "bold").append(strikes.scale(reply), "not bold")
    yield from strikes.lines(reply, width, plain=plain)


def level_lines(reply: ChainReply, width: int) -> Iterator[Text]:
    """Yield the levels, and the sums of exposures beside or below them."""
    levels = [_level(level, reply.spot) for level in _levels(reply.levels)]
    sums = list(_sums(reply.levels))
    regime = reply.levels.regime
    head = Text("  regime       ").append(regime.replace("_", " "), _COLOUR.get(regime, ""))
    left = [head, *levels]
    if width < _BOTH:
        yield from [*left, *(Text("  ").append_text(line) for line in sums)]
        left = sums = []
    for at in range(max(len(left), len(sums))):
        line = left[at].copy() if at < len(left) else Text()
        if at < len(sums):
            line.append(" " * max(1, _COLUMN - line.cell_len)).append_text(sums[at])
        yield line
    yield from _pin(reply.levels)


def _headline(reply: ChainReply) -> Text:
    when = words.new_york(reply.as_of)
    text = Text(f"{reply.symbol}  {words.dollars(reply.spot)}", "bold")
    told = f"  {words.expiry(when.date())} {when:%H:%M:%S} New York  {reply.style}"
    return text.append(told, "not bold")


def _levels(levels: Levels) -> Iterator[Level]:
    flip_note = ""
    if levels.gamma_flip is None:
        flip_note = levels.gamma_flip_status.replace("_", " ")
    yield Level("gamma flip", levels.gamma_flip, flip_note, "magenta")
    call, put = _side(levels.call_wall_strength), _side(levels.put_wall_strength)
    yield Level("call wall", levels.call_wall, call, "green")
    yield Level("put wall", levels.put_wall, put, "red")
    front = levels.max_pain_front
    note = "" if front is None else f"front {strikes.price_text(front)}"
    yield Level("max pain", levels.max_pain, note)
    yield Level("highest OI", levels.highest_oi_strike, "")
    if levels.zero_dte_magnet is not None:
        yield Level("0DTE magnet", levels.zero_dte_magnet, "")


def _side(strength: float | None) -> str:
    return "" if strength is None else f"{100 * strength:.0f} % of side"


def _level(level: Level, spot: float) -> Text:
    text = Text(f"  {level.name:<12} ")
    if level.price is None:
        return text.append(f"none {level.note}".rstrip(), _FAINT)
    text.append(f"{strikes.price_text(level.price):<8}", level.style)
    text.append(f"{100 * (level.price / spot - 1):+6.2f} %")
    return text.append(f" {level.note}".rstrip(), _FAINT)


def _sums(levels: Levels) -> Iterator[Text]:
    for name, amount, unit in (
        ("net GEX", levels.net_gex, "for 1 % of spot"),
        ("net DEX", levels.net_dex, "of delta"),
        ("net VEX", levels.net_vex, "a vol point"),
        ("net CHEX", levels.net_chex, "a day"),
        ("net DAG", levels.net_dag, "GEX by |delta|"),
    ):
        colour = "" if not amount else "green" if amount > 0 else "red"
        text = Text(f"{name:<9}").append(f"{words.signed_usd(amount):>8}", colour)
        yield text.append(f"  {unit}", _FAINT)


def _pin(levels: Levels) -> Iterator[Text]:
    if levels.pin_risk is None:
        return
    parts = (
        f"OI {levels.pin_oi_score}, proximity {levels.pin_proximity_score}, "
        f"time {levels.pin_time_score}, gamma {levels.pin_gamma_score}"
    )
    yield Text(f"  {'pin risk':<12} {levels.pin_risk} of 100").append(f"  {parts}", _FAINT)


def _term(reply: ChainReply) -> str:
    term = reply.term
    known = {"7d": term.iv_7d, "30d": term.iv_30d, "90d": term.iv_90d}
    vols = [
        f"{name} {words.percent(vol)}" for name, vol in known.items() if vol is not None
    ]
    return f"  ATM vol of {', '.join(vols)} % per year" if vols else ""
