"""The evidence of one signal, drawn: its prints, its contract, the points it was given."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from opentape.cli import words
from opentape.desk.explain import ContractState, Explanation, PartLine, PrintLine, Signal

WIDE: Final = 160
"""Width of what is no terminal and was not told one."""
_INDENT: Final = 2
_UNDER: Final = 22
"""Where a formula stands under its numbers."""
_COLOUR: Final = {"bullish": "green", "bearish": "red", "neutral": "bright_black"}
_DONE: Final = {"buy": "bought", "sell": "sold", "mid": "traded"}
_FAINT: Final = "bright_black"
_HEADS: Final = (
    "time", "size", "price", "bid x ask", "side", "aggressor", "nbbo", "condition", "venue",
)  # fmt: skip
_RIGHT: Final = frozenset({"size", "price"})


def draw(explanation: Explanation, sink: TextIO) -> None:
    """Print the evidence of one signal."""
    console = Console(file=sink, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = shutil.get_terminal_size((0, 0)).columns or WIDE
    signal, contract = explanation.signal, explanation.contract
    console.print(headline(signal, contract))
    sections = {
        "prints": print_lines(explanation.prints, signal, console.width - _INDENT),
        "contract": contract_lines(contract),
        "score": part_lines(explanation.parts, signal.score),
        "radar": part_lines(explanation.radar_parts, signal.radar.score),
    }
    for title, body in sections.items():
        console.print(
            Group("", Text(title, "bold"), *(_in(line, _INDENT) for line in body))
        )


def headline(signal: Signal, contract: ContractState) -> Text:
    """Return who did what, and what it was taken for."""
    series = f"{words.expiry(signal.expiry)} {words.strike(signal.strike)}{signal.right}"
    text = Text()
    text.append(f"{signal.symbol} {series}", "bold")
    text.append(
        f"  {_DONE[signal.side]} {signal.size:,} at {words.dollars(signal.price)}, "
        f"{signal.aggressor.replace('_', ' ')}  {words.usd(signal.premium)}  "
        f"{_structure(signal)}\n"
    )
    text.append(f"{signal.score} {signal.conviction}", "bold")
    text.append(f"  {signal.intent}", _COLOUR[signal.intent])
    # golden is a matter of the whole answer, which is not asked for here
    tags = [tag for tag in signal.tags if tag != "golden"]
    text.append(f"  {signal.open_close_bias}  {' '.join([*tags, *signal.flags])}\n")
    text.append(
        f"{contract.trade_date} {words.clock(signal.ts)} to {words.clock(signal.last_ts)} "
        f"New York\n{signal.id}",
        _FAINT,
    )
    return text


def print_lines(
    prints: Sequence[PrintLine], signal: Signal, width: int
) -> Iterator[RenderableType]:
    """Yield each print with the quote before it and what was read from both."""
    rows = [_HEADS, *(_cells(line) for line in prints)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    aligned = [_aligned(row, widths) for row in rows]
    places = [_place(line) for line in prints]
    beside = len(aligned[0]) + 2 + max(map(len, places), default=0) <= width
    yield Text(f"{aligned[0]}{'  place' if beside else ''}", _FAINT)
    for row, place in zip(aligned[1:], places, strict=True):
        text = Text(row)
        text.append(f"  {place}" if beside else f"\n  {place}", _FAINT)
        yield text
    noun = "print" if len(prints) == 1 else "prints"
    yield Text(
        f"{len(prints)} {noun}, {signal.size:,} contracts at {words.dollars(signal.price)} "
        f"on average, premium ${signal.premium:,.2f}"
    )


def contract_lines(state: ContractState) -> Iterator[RenderableType]:
    """Yield the day of the contract and how its estimate was reached."""
    known = "unknown" if state.open_interest is None else f"{state.open_interest:,}"
    yield Text(
        f"{state.symbol} on {state.trade_date}: bought {state.bought:,}, sold "
        f"{state.sold:,}, unsigned {state.unsigned:,}, volume {state.volume:,}; "
        f"open interest of the morning {known}"
    )
    yield from map(Text, state.formula)
    yield Text(
        f"so for each of its signals: {state.bias}, confidence {state.confidence:.4g}, "
        f"open interest {words.signed(state.estimate)}"
    )


def part_lines(parts: Sequence[PartLine], score: int) -> Iterator[RenderableType]:
    """Yield each part's points, the arithmetic behind them, and the sum."""
    yield Text(f"{'part':<13} points  exact = weight x share", _FAINT)
    for part in parts:
        yield Text(
            f"{part.name:<13} {part.points:>6} {part.exact:>6.2f} = {part.weight:>6g} x "
            f"{part.share:<7.4f} {inputs_of(part.inputs)}"
        )
        yield _in(Text(part.formula, _FAINT), _UNDER)
    exact = sum(part.exact for part in parts)
    yield Text(f"{'sum':<13} {score:>6} {exact:>6.2f}", "bold")


def inputs_of(inputs: Mapping[str, float | int | str | None]) -> str:
    """Return the numbers that a formula was given."""
    return ", ".join(f"{name} {_input(value)}" for name, value in inputs.items())


def _structure(signal: Signal) -> str:
    if signal.structure != "sweep":
        return signal.structure
    count = len(signal.venues)
    return f"sweep of {signal.legs} prints on {count} venue{'' if count == 1 else 's'}"


def _cells(line: PrintLine) -> tuple[str, ...]:
    return (
        words.clock(line.ts),
        f"{line.size:,}",
        words.dollars(line.price),
        f"{words.dollars(line.bid)} x {words.dollars(line.ask)}",
        line.side,
        line.aggressor,
        line.nbbo_state,
        line.condition,
        line.venue,
    )


def _place(line: PrintLine) -> str:
    return (
        line.place if line.sequence is None else f"{line.place}, sequence {line.sequence}"
    )


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return " ".join(
        text.rjust(width) if head in _RIGHT else text.ljust(width)
        for head, text, width in zip(_HEADS, cells, widths, strict=True)
    )


def _input(value: float | str | None) -> str:
    if value is None:
        return "unknown"
    return value if isinstance(value, str) else f"{round(value, 4):,.10g}"


def _in(body: RenderableType, indent: int) -> Padding:
    return Padding(body, (0, 0, 0, indent), expand=False)
