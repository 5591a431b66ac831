"""Signals as the table that a trader reads: fitted to its width, coloured by intent."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Final, NamedTuple, TextIO

import msgspec
from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, Console
from rich.style import Style

from opentape.cli import words
from opentape.desk.replay import Replayed, Signal

UNLIMITED: Final = 100_000
"""Width of what is no terminal and was not told one: every column is shown."""
ROOMY: Final = 150
"""From this width on there are two spaces between columns, below one."""
NARROW: Final = 100
"""Below this width times lose their milliseconds and sweeps their venues."""
_MEASURED: Final = 1_000
_AT_ONCE: Final = 200
_PARTS: Final = ("pr", "sz", "ag", "sw", "op", "te")

_BY_INTENT: Final = {"bullish": "green", "bearish": "red", "neutral": "bright_black"}
_BY_CONVICTION: Final = {"high": "bold magenta", "medium": "bold yellow", "minimal": "dim"}
_BY_SIDE: Final = {"buy": "green", "sell": "red", "mid": "bright_black"}


class Look(NamedTuple):
    """What a table is drawn for."""

    width: int
    weights: tuple[float, ...]
    """Points of the six parts at their best."""
    dated: bool = False
    """Whether signals are of more than one date."""
    plain: bool = False
    """ASCII only."""
    colours: ColorSystem | None = None

    @property
    def narrow(self) -> bool:
        """Whether cells are shortened."""
        return self.width < NARROW


Cell = Callable[[Signal, Look], str]


class Column(msgspec.Struct, frozen=True):
    """One column of the table."""

    title: str
    rank: int
    """Columns are fitted in this order: 0 comes first."""
    cell: Cell
    style: Callable[[Signal], str] = lambda _: ""
    right: bool = False


class Fitted(NamedTuple):
    """A column with the width that it needs."""

    column: Column
    width: int


def draw(replayed: Replayed, sink: TextIO) -> None:
    """Print a table line by line, so that it may have any length."""
    stamps = replayed.signals.parents["first_ts"]
    ends = (int(stamps.min()), int(stamps.max())) if stamps.size else ()
    dated = len({words.date_of(stamp) for stamp in ends}) > 1
    look = look_of(sink, replayed.options.score.points(), dated=dated)
    sink.writelines(lines(replayed.rows(), look))
    sink.flush()


def look_of(sink: TextIO, weights: tuple[float, ...], *, dated: bool = False) -> Look:
    """Return what a stream can show: its width, colours and letters."""
    console = Console(file=sink)
    asked = shutil.get_terminal_size((0, 0)).columns
    width = console.width if console.is_terminal else asked or UNLIMITED
    colours = None if console.no_color else COLOR_SYSTEMS.get(console.color_system or "")
    plain = not console.encoding.startswith("utf")
    return Look(width, weights, dated=dated, plain=plain, colours=colours)


def lines(signals: Iterable[Signal], look: Look) -> Iterator[str]:
    """Yield a header and a line a signal, some lines at a time."""
    rows = iter(signals)
    first = list(islice(rows, _MEASURED))
    fitted = fit(first, look)
    gap = " " * gap_of(look)
    paint = _Paint(look.colours)
    heads = [_padded(each, each.column.title) for each in fitted]
    yield paint(gap.join(heads).rstrip(), "bold") + "\n"
    everything = chain(first, rows)
    while some := list(islice(everything, _AT_ONCE)):
        yield "".join(_line(signal, fitted, gap, look, paint) for signal in some)


def fit(first: list[Signal], look: Look) -> list[Fitted]:
    """Return the columns that fit, the most telling ones first, in their order."""
    room = look.width
    kept: dict[int, Fitted] = {}
    for at, column in sorted(enumerate(COLUMNS), key=lambda pair: pair[1].rank):
        if column.title == "date" and not look.dated:
            continue
        widest = max((len(column.cell(signal, look)) for signal in first), default=0)
        width = max(widest, len(column.title))
        if widest and width + gap_of(look) * bool(kept) <= room:
            room -= width + gap_of(look) * bool(kept)
            kept[at] = Fitted(column, width)
    if not first:
        return [Fitted(column, len(column.title)) for column in COLUMNS if not column.rank]
    return [kept[at] for at in sorted(kept)]


def gap_of(look: Look) -> int:
    """Return the spaces between two columns."""
    return 2 if look.width >= ROOMY else 1


class _Paint:
    """Puts text between the control codes of a style, each looked up once."""

    def __init__(self, colours: ColorSystem | None) -> None:
        self._colours = colours
        self._codes: dict[str, tuple[str, str]] = {}

    def __call__(self, text: str, style: str) -> str:
        if self._colours is None or not style:
            return text
        if style not in self._codes:
            drawn = Style.parse(style).render("|", color_system=self._colours)
            before, _, after = drawn.partition("|")
            self._codes[style] = (before, after)
        before, after = self._codes[style]
        return before + text + after


def _line(signal: Signal, fitted: list[Fitted], gap: str, look: Look, paint: _Paint) -> str:
    cells: list[str] = []
    for each in fitted:
        text = _padded(each, each.column.cell(signal, look))
        cells.append(paint(text, each.column.style(signal)))
    return gap.join(cells).rstrip() + "\n"


def _padded(each: Fitted, text: str) -> str:
    return text.rjust(each.width) if each.column.right else text.ljust(each.width)


def points_of(signal: Signal) -> tuple[int, ...]:
    """Return the six parts in their order."""
    return msgspec.structs.astuple(signal.score_breakdown)


def _score(signal: Signal, look: Look) -> str:
    star = "*" if look.plain else "★"
    return f"{signal.score}{star if 'golden' in signal.tags else ' '}"


def _time(signal: Signal, look: Look) -> str:
    text = words.clock(signal.ts)
    return text[:8] if look.narrow else text


def _structure(signal: Signal, look: Look) -> str:
    if signal.structure != "sweep":
        return signal.structure
    if look.narrow:
        return f"sweep {signal.legs}"
    return f"sweep {signal.legs}/{len(signal.venues)}"


def _bias(signal: Signal, _look: Look) -> str:
    return signal.open_close_bias.removesuffix("_bias").replace("unknown", "-")


def _bars(signal: Signal, look: Look) -> str:
    return words.bars(points_of(signal), look.weights, plain=look.plain)


def _numbers(signal: Signal, _look: Look) -> str:
    return " ".join(f"{points:2d}" for points in points_of(signal))


def _tags(signal: Signal, _look: Look) -> str:
    return " ".join(signal.tags[1:])


def _interest(signal: Signal, _look: Look) -> str:
    return "-" if signal.open_interest is None else f"{signal.open_interest:,}"


def _by_intent(signal: Signal) -> str:
    return _BY_INTENT[signal.intent]


def _by_conviction(signal: Signal) -> str:
    return _BY_CONVICTION.get(signal.conviction, "")


def _by_side(signal: Signal) -> str:
    return _BY_SIDE[signal.side]


def _faint(_signal: Signal) -> str:
    return "bright_black"


COLUMNS: Final[tuple[Column, ...]] = (
    Column("score", 0, _score, _by_conviction, right=True),
    Column("date", 1, lambda s, _: words.expiry(words.new_york(s.ts).date())),
    Column("time", 0, _time, _faint),
    Column("symbol", 0, lambda s, _: s.symbol, lambda _: "bold"),
    Column("expiry", 0, lambda s, _: words.expiry(s.expiry)),
    Column("strike", 0, lambda s, _: words.strike(s.strike) + s.right, right=True),
    Column("dte", 11, lambda s, _: str(s.dte), right=True),
    Column("side", 2, lambda s, _: s.side, _by_side),
    Column("size", 2, lambda s, _: f"{s.size:,}", right=True),
    Column("price", 7, lambda s, _: words.dollars(s.price), right=True),
    Column("premium", 0, lambda s, _: words.usd(s.premium), right=True),
    Column("structure", 4, _structure),
    Column("aggressor", 9, lambda s, _: s.aggressor),
    Column("bias", 6, _bias),
    Column("conf", 13, lambda s, _: f"{s.open_close_confidence:.2f}", right=True),
    Column("OI change", 12, lambda s, _: words.signed(s.contract_net_oi_delta), right=True),
    Column("OI", 12, _interest, right=True),
    Column("intent", 1, lambda s, _: s.intent, _by_intent),
    Column("parts", 3, _bars, _by_intent),
    Column(" ".join(_PARTS), 5, _numbers),
    Column("radar", 14, lambda s, _: str(s.radar.score), right=True),
    Column("tags", 8, _tags),
    Column("flags", 10, lambda s, _: " ".join(s.flags), _faint),
    Column("id", 15, lambda s, _: s.id, _faint),
)
"""In the order they stand; rank says which are shown where there is little room."""
