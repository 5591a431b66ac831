"""The live view itself."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, ClassVar, Final, cast

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import DataTable, Footer, Input, Static
from textual.worker import Worker, WorkerError

from opentape.client import AsyncClient, ClientError
from opentape.client.wire.replies import FlowSignal, FlowSummaryReply, SignalsReply
from opentape.scanner.following import Around, Follower, Pace, Question
from opentape.scanner.rules.errors import BadRule
from opentape.scanner.rules.expression import condition
from opentape.scanner.rules.facts import Facts
from opentape.scanner.rules.presets import PRESETS
from opentape.scanner.screen import detail, rows
from opentape.scanner.screen.book import Book, Order, Wanted

WIDE: Final = 120
_STEP: Final = 5
_SPELLED: Final = {"enter": "⏎", "minus": "-", "home": "Home", "end": "End"}
_INTENTS: Final = (None, "bullish", "bearish", "neutral")
_SIDE: Final = 52
"""Columns of the detail beside the tape."""


class Live(App[None]):
    """The tape, filters, and a signal in full."""

    CSS: ClassVar[str] = """
    #status { height: 1; background: $panel; }
    #filters { height: 1; color: $text-muted; }
    #tape { width: 1fr; height: 1fr; }
    #detail { display: none; width: 52; padding: 0 1; border-left: solid $panel; }
    .narrow #detail { width: 100%; border-left: none; }
    .open #detail { display: block; }
    .narrow.open #tape { display: none; }
    #keys { display: none; dock: right; width: 24; padding: 1 2; background: $panel; }
    .keys #keys { display: block; }
    #when { display: none; height: 3; }
    #when.asked { display: block; }
    """
    # what is cut off a narrow terminal is at the end
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "ask", "Filter", key_display="/"),
        Binding("enter", "explain", "Evidence", priority=False),
        Binding("x,escape", "clear", "Back", key_display="esc"),
        Binding("q", "quit", "Quit"),
        Binding("question_mark", "toggle_keys", "Keys", key_display="?"),
        Binding("s", "sort", "Sort"),
        Binding("i", "intent", "Intent"),
        Binding("t", "ticker", "Ticker"),
        Binding("p", "preset", "Preset"),
        Binding("space", "pause", "Pause"),
        Binding("plus,equals_sign", "score(5)", "Score", key_display="+/-"),
        Binding("d", "toggle_detail", "Detail"),
        Binding("minus", "score(-5)", "Lower score", show=False),
        Binding("r", "refresh_now", "Ask now", show=False),
        Binding("j", "cursor(1)", "Down", show=False),
        Binding("k", "cursor(-1)", "Up", show=False),
        Binding("g,home", "edge(0)", "First", show=False),
        Binding("G,end", "edge(-1)", "Last", show=False),
    ]
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    def __init__(
        self,
        client: AsyncClient,
        asked: Sequence[Question],
        now_ns: Callable[[], int],
        pace: Pace | None = None,
    ) -> None:
        super().__init__()
        self._client = client
        self._book = Book()
        self._around = Around(now_ns, self._say)
        self._follower = Follower(
            client, asked, self._take, self._looked, self._around, pace
        )
        self.wanted = Wanted()
        self._columns: list[rows.Cell] = []
        self._keys: list[str] = []
        self._shown: list[tuple[str, FlowSignal]] = []
        """The rows that stand."""
        self._paused = False
        self._said = ""
        self._explained: str | None = None
        self._following: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Yield the parts of the screen."""
        yield Static(id="status")
        yield Static(id="filters")
        with Horizontal():
            yield DataTable[Any](id="tape", cursor_type="row", zebra_stripes=False)
            with VerticalScroll(id="detail"):
                yield Static(id="told")
                yield Static(id="evidence")
        yield Input(placeholder='score >= 80 and "whale" in tags', id="when")
        yield Static(_keys(self.BINDINGS), id="keys")
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Begin to follow."""
        self._tape.focus()
        self._following = self._follow()

    async def on_unmount(self) -> None:
        """Leave nothing open to the server."""
        if self._following is not None:
            self._following.cancel()
            with suppress(WorkerError):
                await self._following.wait()

    def on_resize(self) -> None:
        """Show the columns that fit."""
        self.screen.set_class(self.size.width < WIDE, "narrow")
        if self.size.width >= WIDE:
            self.screen.add_class("open")
        self._draw(anew=True)

    @work
    async def _follow(self) -> None:
        await self._follower.look(self._follower.symbols)
        await self._follower.run()

    def _take(
        self, asked: Question, reply: SignalsReply, flow: FlowSummaryReply | None
    ) -> None:
        self._book.take(asked, reply, flow)

    def _looked(self, whole: bool) -> None:  # noqa: FBT001 - one thing is told
        if whole:
            self._said = ""
        if not self._paused:
            self._draw()

    def _say(self, text: str) -> None:
        self._said = text
        self._status()

    # what keys do

    def action_ask(self) -> None:
        """Ask for a condition."""
        asked = self.query_one("#when", Input)
        asked.value = self.wanted.when.text if self.wanted.when else ""
        asked.add_class("asked")
        asked.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take a condition, or say what is wrong with it."""
        text = event.value.strip()
        try:
            when = condition(text) if text else None
        except BadRule as error:
            self.notify(str(error), severity="error")
            return
        self._close_asked()
        self._want(when=when)

    def action_clear(self) -> None:
        """Close what is open, or drop every filter."""
        if self.query_one("#when").has_class("asked"):
            self._close_asked()
        elif self.screen.has_class("keys"):
            self.action_toggle_keys()
        elif self._covered:
            self._show_detail(shown=False)
        else:
            self.wanted = Wanted(order=self.wanted.order)
            self._draw()

    def action_toggle_keys(self) -> None:
        """Show every key, or hide them."""
        self.screen.toggle_class("keys")

    def action_intent(self) -> None:
        """Show the next intent only."""
        self._want(intent=_next(_INTENTS, self.wanted.intent))

    def action_ticker(self) -> None:
        """Show the ticker under the cursor only, or all again."""
        facts = self._book.get(self._selected or "")
        one = facts.symbol if facts and self.wanted.symbol is None else None
        self._want(symbol=one)

    def action_preset(self) -> None:
        """Show what the next preset takes only."""
        self._want(preset=_next((None, *PRESETS), self.wanted.preset))

    def action_sort(self) -> None:
        """Put something else first."""
        self._want(order=_next(tuple(Order), self.wanted.order))

    def action_score(self, step: int) -> None:
        """Ask for a higher score, or a lower one."""
        self._want(min_score=min(100, max(0, self.wanted.min_score + step)))

    def action_pause(self) -> None:
        """Hold the tape, or let it run again."""
        self._paused = not self._paused
        self._draw()

    def action_refresh_now(self) -> None:
        """Ask about everything at once."""
        self._follower.wake()

    def action_cursor(self, step: int) -> None:
        """Go down or up a row."""
        self._tape.move_cursor(row=self._tape.cursor_row + step)

    def action_edge(self, row: int) -> None:
        """Go to the first row or the last."""
        self._tape.move_cursor(row=row if row >= 0 else len(self._keys) - 1)

    def action_toggle_detail(self) -> None:
        """Show a signal in full, or the tape alone."""
        self._show_detail(shown=not self.screen.has_class("open"))

    def action_explain(self) -> None:
        """Fetch the evidence of the signal under the cursor."""
        self._explain()

    def on_data_table_row_selected(self) -> None:
        """Fetch the evidence, as the table itself takes the key."""
        self._explain()

    def on_data_table_row_highlighted(self) -> None:
        """Show the signal under the cursor."""
        self._detail()

    @work(exclusive=True)
    async def _explain(self) -> None:
        facts = self._book.get(self._selected or "")
        if facts is None:
            return
        self._show_detail(shown=True)
        place = self.query_one("#evidence", Static)
        self._explained = self._selected
        try:
            told = await self._client.flow_signals_explain(facts.symbol, facts.signal.id)
        except ClientError as error:
            place.update(f"No evidence: {error}")
        else:
            # another server of the wire may leave all of it out
            shown = detail.evidence(told) if told.prints else "No evidence is told."
            place.update(shown)

    # what is shown

    @property
    def _tape(self) -> DataTable[Any]:
        return cast("DataTable[Any]", self.query_one("#tape"))

    @property
    def _selected(self) -> str | None:
        row = self._tape.cursor_row
        return self._keys[row] if 0 <= row < len(self._keys) else None

    @property
    def _covered(self) -> bool:
        """Whether the detail stands in place of the tape."""
        return self.screen.has_class("narrow") and self.screen.has_class("open")

    def _show_detail(self, *, shown: bool) -> None:
        self.screen.set_class(shown, "open")
        # where it covers the tape, the arrows move it
        (self.query_one("#detail") if self._covered else self._tape).focus()
        self._draw(anew=True)

    def _want(self, **changes: Any) -> None:
        self.wanted = self.wanted._replace(**changes)
        self._draw()

    def _close_asked(self) -> None:
        self.query_one("#when").remove_class("asked")
        self._tape.focus()

    def _draw(self, *, anew: bool = False) -> None:
        if not self.is_running:
            return
        emptied = self._set_columns(anew=anew)
        found = self._book.shown(self.wanted)
        shown = [(key, facts.signal) for key, facts in found]
        if emptied or shown != self._shown:
            self._shown = shown
            self._fill(found)
        self._status()
        self._detail()

    def _fill(self, found: list[tuple[str, Facts]]) -> None:
        """Put other rows into the tape, which takes longer than anything else here."""
        tape, selected, row = self._tape, self._selected, self._tape.cursor_row
        tape.clear()
        self._keys = [key for key, _ in found]
        for key, facts in found:
            tape.add_row(*rows.cells(facts, self._columns), key=key)
        # at the top it stays at the top: what is new is what is wanted
        follow = row == 0 and self.wanted.order is Order.TIME and not self._paused
        keep = selected in self._keys and not follow
        if self._keys:
            tape.move_cursor(row=self._keys.index(selected) if keep and selected else 0)

    def _set_columns(self, *, anew: bool) -> bool:
        """Set the columns that fit; return whether that took the rows away."""
        beside = self.screen.has_class("open") and not self.screen.has_class("narrow")
        columns = rows.fitting(self.size.width - (_SIDE if beside else 0) - 2)
        if columns == self._columns and not anew:
            return False
        self._columns = columns
        self._tape.clear(columns=True)
        for cell in columns:
            self._tape.add_column(cell.title, width=cell.width, key=cell.title)
        return True

    def _status(self) -> None:
        if not self.is_running:
            return
        how = "stream" if self._follower.streaming else "polling"
        facts = self._book.get(self._selected or "")
        spot = f"  {facts.symbol} {facts.spot}" if facts and facts.spot else ""
        shown = f"{len(self._keys)} of {len(self._book)} signals"
        state = "PAUSED" if self._paused else how
        now = f"{self._around.new_york():%H:%M:%S} New York"
        said = f"  {self._said}" if self._said else ""
        self.query_one("#status", Static).update(f" {now}  {state}  {shown}{spot}{said}")
        first = f" {self.wanted.order} first"
        text = self.wanted.text or "all signals"
        self.query_one("#filters", Static).update(f"{first}, {text}")

    def _detail(self) -> None:
        facts = self._book.get(self._selected or "")
        self.query_one("#told", Static).update(detail.told(facts) if facts else "")
        if self._explained != self._selected:
            hint = "\nEnter for the evidence" if facts else ""
            self.query_one("#evidence", Static).update(hint)


def _keys(bindings: Sequence[BindingType]) -> str:
    """Return every key with what it does, a line each."""
    rows = {"↑ ↓": "Move"}
    for one in bindings:
        if isinstance(one, Binding):
            keys = one.key_display or " ".join(
                _SPELLED.get(k, k) for k in one.key.split(",")
            )
            rows[keys] = one.description
    return "\n".join(f"{keys:<7}  {what}" for keys, what in rows.items())


def _next(choices: Sequence[Any], now: Any) -> Any:
    at = choices.index(now) if now in choices else -1
    return choices[(at + 1) % len(choices)]
