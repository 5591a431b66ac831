"""What a process acknowledged, written so that its death loses none of it."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple


def digest(body: bytes) -> str:
    """Return a short name of bytes."""
    return hashlib.sha256(body).hexdigest()[:24]


class Witness:
    """Appends lines to a file: what is written stands, whatever becomes of the process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def say(self, *words: object) -> None:
        """Write one line."""
        os.write(self._file, f"{' '.join(map(str, words))}\n".encode())


class Witnessed:
    """Sessions whose journals tell what they acknowledged; fills `Sessions`.

    Parameters
    ----------
    taken
        Called when a journal was opened, and after each entry that was acknowledged, with
        how many a journal has.
    """

    def __init__(self, sessions, witness: Witness, taken: Callable[[int], None]) -> None:
        self._sessions, self._witness, self._taken = sessions, witness, taken
        self.dates, self.stored = sessions.dates, sessions.stored

    def forget(self, date) -> None:
        self._sessions.forget(date)
        self._witness.say("forgot", date)

    def journal(self, date, feed):
        journal = self._sessions.journal(date, feed)
        self._witness.say("opened", date, journal.end)
        self._taken(journal.end)
        append = journal.append

        def told(entry, recorded: Sequence = ()):
            append(entry, recorded)
            self._witness.say("entry", date, *entry[:3], *entry.delivered)
            self._taken(journal.end)

        journal.append = told
        return journal


class Frames:
    """Tells every frame of a stream once, as whoever reads the stream sees them."""

    def __init__(self, log, witness: Witness) -> None:
        self._log, self._witness, self._next = log, witness, 0
        log.listen(self)

    def __call__(self) -> None:
        first, frames = self._log.read(self._next, 1 << 20)
        lines = [f"frame {one.cursor} {digest(one.body)}" for one in frames]
        self._next = first + len(frames)
        self._witness.say("\n".join(lines))


class Seen(NamedTuple):
    """What the witnesses of a session say."""

    entries: dict[tuple[str, int], tuple[int, ...]]
    """Instant, tick and what was delivered, by date and number."""
    frames: dict[str, str]
    """What was pushed, by cursor."""
    views: list[tuple[int, int, str]]
    """An instant, which question was asked, and what was answered."""
    wrong: list[str]
    """What cannot be, if nothing was lost."""


def seen(path: Path) -> Seen:
    """Read what was witnessed, in order."""
    found, ends = Seen({}, {}, [], []), dict[str, int]()
    for line in path.read_text().splitlines():
        match line.split():
            case ["opened" | "forgot" | "entry" as what, date, *told]:
                flaw = _KEPT[what](found.entries, ends, date, [*map(int, told)])
                found.wrong.extend(flaw)
            case ["frame", cursor, body]:
                if found.frames.setdefault(cursor, body) != body:
                    found.wrong.append(f"frame {cursor} was pushed again, and differs")
            case ["view", at_ns, question, body]:
                found.views.append((int(at_ns), int(question), body))
            case other:
                found.wrong.append(" ".join(other))
    return found


def _opened(_: object, ends: dict[str, int], date: str, told: list[int]) -> Iterator[str]:
    # of an entry whose process died before it could say so nobody heard
    known = ends.get(date, 0)
    ends[date] = told[0]
    if not known <= told[0] <= known + 1:
        yield f"{known} entries of {date} were {told[0]} again"


def _taken(
    entries: dict[tuple[str, int], tuple[int, ...]],
    ends: dict[str, int],
    date: str,
    told: list[int],
) -> Iterator[str]:
    number, *rest = told
    if number != ends[date]:
        yield f"entry {number} of {date} came behind {ends[date]}"
    entries[date, number] = tuple(rest)
    ends[date] = number + 1


def _forgot(
    entries: dict[tuple[str, int], tuple[int, ...]],
    ends: dict[str, int],
    date: str,
    _: list[int],
) -> Iterator[str]:
    """Forget a session in which nothing came yet that one before had not taken."""
    gone = [entries.pop(one) for one in [*entries] if one[0] == date]
    ends[date] = 0
    if len({one[2:] for one in gone}) > 1:
        yield f"{date} was forgotten, and what had come"


_KEPT = {"opened": _opened, "entry": _taken, "forgot": _forgot}
