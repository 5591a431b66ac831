"""Snapshots of the chain, each read on another thread before it is due."""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from opentape.feeds.chains.read import read_chains
from opentape.feeds.market.rows import Rows
from opentape.market.chain import Chain
from opentape.market.contract import Contracts


class _Timed(NamedTuple):
    ts_ns: int
    path: Path


class _Reading(NamedTuple):
    ts_ns: int
    chains: Future[list[Chain]]


class Snapshots:
    """Files of chains in order of time; of several that are due only the newest counts.

    Parameters
    ----------
    paths : Path
        One instant each, or several, of which the newest is taken.
    contracts : Contracts
        The table that the chains' contracts join.

    Raises
    ------
    BadFile
        If one of them does not say what instant it is of.
    """

    def __init__(self, paths: Sequence[Path], contracts: Contracts) -> None:
        timed = (_Timed(_instant(path), path) for path in paths)
        self._waiting = deque(sorted(one for one in timed if one.ts_ns))
        self._contracts = contracts
        self._reading: _Reading | None = None
        self._reader = ThreadPoolExecutor(1, "opentape-chains")

    @property
    def first_ns(self) -> int | None:
        """The instant of the first snapshot; None where none is left."""
        return self._waiting[0].ts_ns if self._waiting else None

    @property
    def over(self) -> bool:
        """Whether none is left."""
        return self._reading is None and not self._waiting

    def opening(self) -> list[Chain]:
        """Return the chains of the first snapshot, none if there is none."""
        return self._read(self._waiting.popleft().path) if self._waiting else []

    def take(self, now_ns: int, *, wait: bool) -> list[Chain]:
        """Return the chains of the newest snapshot that is due, one an underlying.

        None if no other is due since, or if it is still being read and nobody waits; then
        another time.

        Raises
        ------
        BadFile
            If it is damaged.
        """
        while len(self._waiting) > 1 and self._waiting[1].ts_ns <= now_ns:
            self._waiting.popleft()
        self._read_on()
        reading = self._reading
        if reading is None or reading.ts_ns > now_ns:
            return []
        if not (wait or reading.chains.done()):
            return []
        self._reading = None
        chains = reading.chains.result()
        self._read_on()
        return chains

    def close(self) -> None:
        """Read no more."""
        self._reader.shutdown(wait=False, cancel_futures=True)

    def _read_on(self) -> None:
        if self._reading is None and self._waiting:
            ts_ns, path = self._waiting.popleft()
            self._reading = _Reading(ts_ns, self._reader.submit(self._read, path))

    def _read(self, path: Path) -> list[Chain]:
        return [file.chain for file in read_chains([path], self._contracts)]


def _instant(path: Path) -> int:
    """Return the newest instant that a file tells of, 0 if it tells none."""
    stamps = Rows(path, ("as_of",)).stamps("as_of")
    return max((int(part.max()) for part in stamps if part.size), default=0)
