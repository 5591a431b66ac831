"""What was alerted, kept in a file of SQLite: it survives any restart.

An alert is written before it is told and marked after it, so that one that was cut off is
told again, and one that was told is not.
"""

import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from opentape.client.answer import bare
from opentape.scanner.rules.errors import BadRule
from opentape.scanner.sinks.alert import Alert

_DAY_NS: Final = 86_400 * 10**9
KEPT_NS: Final = 3 * _DAY_NS
"""So long after it was last seen in an answer a signal is remembered."""
IN_MEMORY: Final = ":memory:"
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS told (
    key TEXT NOT NULL,
    destination TEXT NOT NULL,
    state TEXT NOT NULL,
    body BLOB,
    failures INTEGER NOT NULL DEFAULT 0,
    next_ns INTEGER NOT NULL DEFAULT 0,
    seen_ns INTEGER NOT NULL,
    PRIMARY KEY (key, destination)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS due ON told (destination, next_ns) WHERE state = 'due';
CREATE TABLE IF NOT EXISTS cooling (
    rule TEXT NOT NULL, symbol TEXT NOT NULL, until_ns INTEGER NOT NULL,
    PRIMARY KEY (rule, symbol)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS noted (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Due(NamedTuple):
    """An alert that is still to be told."""

    alert: Alert
    failures: int


class Memory:
    """What was alerted; one process at a time has it open.

    Parameters
    ----------
    path
        The file, ``:memory:`` for none.

    Raises
    ------
    BadRule
        If it cannot be used, or is in use.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = path
        try:
            if path != IN_MEMORY:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=1, isolation_level=None)
            self._database.executescript(
                "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
                "PRAGMA synchronous = FULL; BEGIN IMMEDIATE;" + _TABLES + "COMMIT;"
            )
        except (sqlite3.Error, OSError) as error:
            raise self._bad(error) from error

    @contextmanager
    def together(self) -> Generator[None]:
        """Write all or nothing of what is done meanwhile."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def fresh(self, key: str, destinations: Iterable[str], now_ns: int) -> list[str]:
        """Return where a signal was never told, nor held back; note that it is seen."""
        known = dict[str, int](
            self._database.execute(
                "SELECT destination, seen_ns FROM told WHERE key = ?", (key,)
            )
        )
        if known and now_ns - min(known.values()) > _DAY_NS // 4:
            self._database.execute(
                "UPDATE told SET seen_ns = ? WHERE key = ?", (now_ns, key)
            )
        return [name for name in destinations if name not in known]

    def owe(self, alert: Alert, destinations: Iterable[str], now_ns: int) -> None:
        """Note that an alert is to be told somewhere."""
        # what is not known is left out: read again, it is not known
        body = msgspec.json.encode(bare(msgspec.to_builtins(alert)))
        rows = [(alert.key, name, "due", body, now_ns) for name in destinations]
        self._add(rows)

    def hold(self, key: str, destinations: Iterable[str], now_ns: int) -> None:
        """Note that a signal is never to be told somewhere."""
        self._add([(key, name, "held", None, now_ns) for name in destinations])

    def _add(self, rows: Sequence[tuple[str, str, str, bytes | None, int]]) -> None:
        self._database.executemany(
            "INSERT OR IGNORE INTO told (key, destination, state, body, seen_ns)"
            " VALUES (?, ?, ?, ?, ?)",
            rows,
        )

    def due(self, destination: str, now_ns: int, most: int) -> list[Due]:
        """Return what is to be told somewhere, the oldest first."""
        rows = self._database.execute(
            "SELECT body, failures FROM told WHERE state = 'due' AND destination = ?"
            " AND next_ns <= ? ORDER BY seen_ns, key LIMIT ?",
            (destination, now_ns, most),
        )
        return [Due(msgspec.json.decode(body, type=Alert), count) for body, count in rows]

    def next_ns(self, destination: str) -> int | None:
        """Return when something is to be told somewhere; None if nothing is."""
        (found,) = self._database.execute(
            "SELECT min(next_ns) FROM told WHERE state = 'due' AND destination = ?",
            (destination,),
        ).fetchone()
        return found

    def settle(self, keys: Iterable[str], destination: str, state: str) -> None:
        """Note what became of alerts: ``sent``, or ``failed`` for good."""
        self._database.executemany(
            "UPDATE told SET state = ?, body = NULL WHERE key = ? AND destination = ?",
            [(state, key, destination) for key in keys],
        )

    def postpone(self, keys: Iterable[str], destination: str, until_ns: int) -> None:
        """Note that alerts could not be told, and when to try again."""
        self._database.executemany(
            "UPDATE told SET failures = failures + 1, next_ns = ?"
            " WHERE key = ? AND destination = ?",
            [(until_ns, key, destination) for key in keys],
        )

    def cooling(self, rule: str, symbol: str, now_ns: int) -> bool:
        """Return whether a rule says nothing of a symbol now."""
        found = self._database.execute(
            "SELECT 1 FROM cooling WHERE rule = ? AND symbol = ? AND until_ns > ?",
            (rule, symbol, now_ns),
        ).fetchone()
        return found is not None

    def cool(self, rule: str, symbol: str, until_ns: int) -> None:
        """Note until when a rule says nothing of a symbol."""
        self._database.execute(
            "INSERT OR REPLACE INTO cooling VALUES (?, ?, ?)", (rule, symbol, until_ns)
        )

    def note(self, name: str, value: str) -> None:
        """Keep a value under a name."""
        self._database.execute("INSERT OR REPLACE INTO noted VALUES (?, ?)", (name, value))

    def noted(self, name: str) -> str | None:
        """Return what is kept under a name."""
        found = self._database.execute(
            "SELECT value FROM noted WHERE name = ?", (name,)
        ).fetchone()
        return None if found is None else found[0]

    def prune(self, now_ns: int) -> None:
        """Forget what no answer holds any more."""
        before = now_ns - KEPT_NS
        self._database.execute("DELETE FROM told WHERE seen_ns < ?", (before,))
        self._database.execute("DELETE FROM cooling WHERE until_ns < ?", (now_ns,))

    def count(self, state: str) -> int:
        """Return how many alerts are in a state."""
        (found,) = self._database.execute(
            "SELECT count(*) FROM told WHERE state = ?", (state,)
        ).fetchone()
        return found

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _bad(self, error: Exception) -> BadRule:
        if "locked" in str(error):
            return BadRule(f"another watch uses {self._path}; name another file by --state")
        return BadRule(f"what was alerted cannot be kept in {self._path}: {error}")
