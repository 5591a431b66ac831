"""Chains are solved beside the fold: a surface takes longer than a print may wait."""

import threading
from collections.abc import Mapping

import structlog

from opentape.desk.chain.analysed import analysed
from opentape.desk.engine.meters import Meters
from opentape.desk.engine.options import Method
from opentape.desk.state.settled import SettledChain
from opentape.market.chain import Chain
from opentape.market.errors import OpentapeError
from opentape.volatility.slices import Given

_log = structlog.get_logger(__name__)


class Chains:
    """Solves the newest chain of each underlying on a thread of its own."""

    def __init__(self, method: Method, meters: Meters) -> None:
        self._method = method
        self._meters = meters
        self._waiting: dict[str, Chain] = {}
        self._solved: dict[str, SettledChain] = {}
        self._busy = 0
        self._changed = threading.Condition()
        self._over = False
        self._thread = threading.Thread(target=self._run, name="chains", daemon=True)
        self._thread.start()

    def give(self, chain: Chain) -> None:
        """Have a chain solved; it replaces one of its underlying that still waits."""
        with self._changed:
            self._waiting[chain.underlying] = chain
            self._changed.notify_all()

    def take(self) -> Mapping[str, SettledChain]:
        """Return what was solved since the last time, by underlying."""
        if not self._solved:
            return {}
        with self._changed:
            solved, self._solved = self._solved, {}
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
                if solved is not None:
                    self._solved[chain.underlying] = solved
                self._changed.notify_all()

    def _next(self) -> Chain | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._over)
            if self._over:
                return None
            self._busy += 1
            return self._waiting.pop(next(iter(self._waiting)))

    def _solve(self, chain: Chain) -> SettledChain | None:
        method = self._method
        try:
            found = analysed(chain, method.chain, method.levels, Given(), None)
        except OpentapeError as error:
            # a chain that gives nothing leaves the one before in place, until it is stale
            self._meters.chains_failed += 1
            _log.warning("chain not solved", symbol=chain.underlying, why=str(error))
            return None
        self._meters.chains += 1
        return SettledChain(found)
