"""Chains are solved beside the fold: a surface takes longer than a print may wait."""

import threading
from collections.abc import Sequence

import structlog

from opentape.desk.engine.meters import Meters
from opentape.desk.state.settled import SettledChain
from opentape.market.errors import OpentapeError

_log = structlog.get_logger(__name__)


class Chains:
    """Solves the newest chain of each underlying on a thread of its own."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._waiting: dict[str, SettledChain] = {}
        self._solved: list[SettledChain] = []
        self._busy = 0
        self._changed = threading.Condition()
        self._over = False
        self._thread = threading.Thread(target=self._run, name="chains", daemon=True)
        self._thread.start()

    def give(self, chain: SettledChain) -> None:
        """Have a chain solved; it replaces one of its underlying that still waits."""
        with self._changed:
            self._waiting[chain.chain.underlying] = chain
            self._changed.notify_all()

    def take(self) -> Sequence[SettledChain]:
        """Return what was solved since the last time."""
        if not self._solved:
            return ()
        with self._changed:
            solved, self._solved = self._solved, []
        return solved

    def wait(self) -> None:
        """Return when everything given so far is solved."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or not (self._waiting or self._busy))

    def stop(self) -> None:
        """End the thread; what still waits is not solved."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while (chain := self._next()) is not None:
            solved = self._solve(chain)
            with self._changed:
                self._busy -= 1
                if solved:
                    self._solved.append(chain)
                self._changed.notify_all()

    def _next(self) -> SettledChain | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._over)
            if self._over:
                return None
            self._busy += 1
            return self._waiting.pop(next(iter(self._waiting)))

    def _solve(self, chain: SettledChain) -> bool:
        try:
            # all that signals take of it, once and for all who ask later
            _ = chain.marks
        except OpentapeError as error:
            # a chain that gives nothing leaves the one before in place, until it is stale
            self._meters.chains_failed += 1
            symbol = chain.chain.underlying
            _log.warning("chain not solved", symbol=symbol, why=str(error))
            return False
        self._meters.chains += 1
        return True
