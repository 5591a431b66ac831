"""The courier: brings what is due to its endpoints, and writes down what came of it.

What is due stands in the database, so that nothing is lost with the process: an attempt
whose end was not written down is made again, under the same id.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Final

import structlog

from opentape.alerts.send import Sender
from opentape.alerts.way import FETCHED, NEVER, Way
from opentape.desk.clock import Clock
from opentape.desk.webhooks.attempt import DeliveryState, chance_of, judged
from opentape.desk.webhooks.endpoint import Endpoint
from opentape.desk.webhooks.event import EventKind, event
from opentape.desk.webhooks.options import WebhookOptions
from opentape.desk.webhooks.ports import Deliveries, Done, Due, Endpoints, Outbox

_log = structlog.get_logger(__name__)
_LOOK_NS: Final = 5 * 10**9
"""How often is looked for what other processes have told."""
_CHECK_NS: Final = 250_000_000
"""... and for endpoints that were changed."""
_FORGET_NS: Final = 60 * 10**9
"""How often a part of what is too old is forgotten."""
_DAY_NS: Final = 86_400 * 10**9


class Courier:
    """Delivers; belongs to one event loop."""

    def __init__(
        self,
        endpoints: Endpoints,
        deliveries: Deliveries,
        outbox: Outbox,
        sender: Sender,
        options: WebhookOptions,
        clock: Clock,
    ) -> None:
        self._endpoints, self._deliveries, self._outbox = endpoints, deliveries, outbox
        self._sender, self._options, self._clock = sender, options, clock
        self._ways: dict[str, Way] = {}
        self._changes = -1
        self._poked: set[str] = set()
        self._looked_ns = self._checked_ns = self._forgot_ns = 0
        self._under_way = set[asyncio.Task[None]]()
        self._done: list[Done] = []
        self._changed: dict[str, Endpoint] = {}
        self.on_progress: Callable[[], None] = lambda: None
        """Called on the loop when an attempt has ended."""

    def poke(self, endpoint_ids: Collection[str]) -> None:
        """Look for more to deliver to some endpoints at the next step."""
        self._poked.update(endpoint_ids)

    async def step(self) -> None:
        """Begin what may begin now, and write down what has ended."""
        now_ns = self._clock.wall_ns()
        await self._refresh(now_ns)
        hungry = [way for way in self._ways.values() if way.is_hungry(now_ns)]
        if hungry:
            for way in hungry:
                way.look_ns = NEVER
            found = await asyncio.to_thread(self._fetch, hungry)
            for way, due in zip(hungry, found, strict=True):
                way.take(due, now_ns)
        for way in self._ways.values():
            self._launch(way)
        await self._record()
        if now_ns - self._forgot_ns >= _FORGET_NS:
            self._forgot_ns = now_ns
            before_ns = now_ns - round(self._options.keep_days * _DAY_NS)
            await asyncio.to_thread(self._deliveries.forget, before_ns)

    async def settle(self) -> None:
        """Wait until nothing is under way and all is written down."""
        while self._under_way or self._done or self._changed:
            if self._under_way:
                await asyncio.wait(self._under_way)
            await self._record()

    def wakes_ns(self) -> int:
        """Return when there is something to do, if nobody pokes."""
        if self._done or self._poked:
            return 0
        room = len(self._under_way) < self._options.at_once_in_all
        ways = self._ways.values() if room else ()
        return min((way.wakes_ns() for way in ways), default=NEVER)

    def close(self) -> None:
        """End every connection."""
        self._sender.close()

    async def _refresh(self, now_ns: int) -> None:
        poked, self._poked = self._poked, set()
        if now_ns - self._looked_ns >= _LOOK_NS:
            self._looked_ns = now_ns
            poked = {*self._ways, *poked}
        for endpoint_id in poked & self._ways.keys():
            self._ways[endpoint_id].look_ns = 0
        if not poked and now_ns - self._checked_ns < _CHECK_NS:
            return
        self._checked_ns = now_ns
        changes = await asyncio.to_thread(self._endpoints.changes)
        if changes != self._changes:
            self._changes = changes
            self._sort(await asyncio.to_thread(self._endpoints.every))

    def _sort(self, endpoints: Sequence[Endpoint]) -> None:
        ways: dict[str, Way] = {}
        for endpoint in endpoints:
            if not endpoint.enabled:
                continue
            old = self._ways.pop(endpoint.id, None)
            way = old
            if way is None or way.endpoint.ordered != endpoint.ordered:
                way = Way(endpoint, self._options)
                if old is not None:
                    old.give_back()
                    way.busy = old.busy
            way.endpoint, way.look_ns = endpoint, 0
            ways[endpoint.id] = way
        for left in self._ways.values():
            left.give_back()
        self._ways = ways

    def _fetch(self, ways: Sequence[Way]) -> list[list[Due]]:
        return [self._deliveries.due(one.endpoint, FETCHED, one.busy) for one in ways]

    def _launch(self, way: Way) -> None:
        while len(self._under_way) < self._options.at_once_in_all:
            due = way.next(self._clock.wall_ns())
            if due is None:
                return
            task = asyncio.get_running_loop().create_task(self._attempt(way, due))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _attempt(self, way: Way, due: Due) -> None:
        endpoint, began_ns = way.endpoint, self._clock.wall_ns()
        outcome = await self._sender.send(endpoint, due)
        now_ns = self._clock.wall_ns()
        number = due.attempts + 1
        chance = chance_of(due.event_id, endpoint.id, number)
        verdict = judged(outcome, due.tries + 1, chance, now_ns, self._options)
        if way.ended(outcome, now_ns):
            self._changed[endpoint.id] = way.endpoint
        done = Done(endpoint.id, due.seq, number, began_ns, outcome, verdict)
        self._done.append(done)
        self._launch(way)
        self.on_progress()

    async def _record(self) -> None:
        if not self._done and not self._changed:
            return
        done, self._done = self._done, []
        changed, self._changed = self._changed, {}
        try:
            await asyncio.to_thread(self._deliveries.record, done, [*changed.values()])
        except Exception:
            # what was not written down is written down later
            self._done = done + self._done
            self._changed = changed | self._changed
            raise
        for one in done:
            way = self._ways.get(one.endpoint_id)
            if way is not None:
                over = one.verdict.state is not DeliveryState.PENDING
                way.kept(one.seq, NEVER if over else one.verdict.due_ns)
        for endpoint in changed.values():
            if not endpoint.enabled:
                self._ways.pop(endpoint.id, None)
                await asyncio.to_thread(self._tell_owner, endpoint)

    def _tell_owner(self, endpoint: Endpoint) -> None:
        """Say that an endpoint was switched off, to the log and its owner's others."""
        _log.warning(
            "webhook switched off", endpoint=endpoint.id, reason=str(endpoint.reason)
        )
        told = event(
            EventKind.WEBHOOK_DISABLED,
            f"{endpoint.id} {endpoint.state_ns}",
            endpoint.state_ns,
            {"id": endpoint.id, "url": endpoint.url, "reason": endpoint.reason},
            key_id=endpoint.key_id,
        )
        self._outbox.tell([told])
