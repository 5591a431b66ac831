"""Pushing: news become frames of the stream, and links of the record."""

from collections.abc import Callable, Iterable, Sequence

from opentape.desk.engine.log import Frame, StreamLog
from opentape.desk.engine.record import Link, pushed, restored
from opentape.desk.journal.ports import Recorded
from opentape.desk.live import News
from opentape.desk.state.beside import Beside


class Pushing:
    """Pushes what is told of signals, and keeps it at hand until it is recorded."""

    def __init__(self, log: StreamLog, beside: Beside) -> None:
        self._log, self._beside = log, beside
        self._numbers: dict[str, int] = {}
        """Numbers of the frames that standing signals were pushed with, by id."""
        self._unkept: list[Recorded] = []
        self.on_told: Callable[[Sequence[Link]], None] = lambda _: None
        """Called with what was told, in order; what was restored is told again."""

    @property
    def standing(self) -> frozenset[str]:
        """Ids of the signals that were told of and not taken back."""
        return frozenset(self._numbers)

    def push(self, news: Iterable[News], entry: int) -> int:
        """Push what an entry of the session brought; return how much that was."""
        frames: list[Frame] = []
        links: list[Link] = []
        begins = self._log.end
        for one in news:
            number = begins + len(frames)
            symbol = one.signal.symbol if one.signal else ""
            sector = self._beside.sector(symbol)
            made = pushed(one, sector, self._log.cursor(number), self._frame)
            told_id = one.signal.id if one.signal else None
            self._note(told_id, one.replaces, number)
            frames.append(made.frame)
            ticker = symbol or made.frame.ticker
            self._unkept.append(Recorded(entry, ticker, made.body))
            links.append(Link(*self._log.place(number), made.body))
        if frames:
            self._log.append(frames)
            self.on_told(links)
        return len(frames)

    def restore(self, recorded: Iterable[Recorded]) -> int:
        """Take what an earlier run pushed, as if it had been pushed now.

        Returns
        -------
        int
            Number of the entry that the last of it came with, -1 where there is none.
        """
        entry = -1
        for link in recorded:
            number = self._log.end
            told, frame = restored(link.body, self._log.cursor(number), self._frame)
            stands = told.signal is not None
            gone = told.replaces if stands else told.id
            self._note(told.id if stands else None, gone, number)
            self._log.append([frame])
            self.on_told([Link(*self._log.place(number), link.body)])
            entry = link.entry
        return entry

    def unkept(self) -> Sequence[Recorded]:
        """Return what is not recorded yet."""
        return tuple(self._unkept)

    def kept(self) -> None:
        """Take it that all of it is recorded now."""
        self._unkept.clear()

    def turn(self, run: str) -> None:
        """Begin another session."""
        self._unkept.clear()
        self._numbers.clear()
        self._log.turn(run)

    def _note(self, told_id: str | None, gone: str | None, number: int) -> None:
        if gone is not None:
            self._numbers.pop(gone, None)
        if told_id is not None:
            self._numbers[told_id] = number

    def _frame(self, signal_id: str) -> Frame | None:
        number = self._numbers.get(signal_id)
        if number is None or number < self._log.first:
            return None
        _, frames = self._log.read(number, 1)
        return frames[0]
