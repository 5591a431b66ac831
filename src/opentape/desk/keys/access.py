"""The door: who may come in, and what they may ask."""

from collections.abc import Mapping
from typing import Final

from opentape.desk.clock import Clock
from opentape.desk.keys.gates import Gates, Question
from opentape.desk.keys.key import OWNER, Key
from opentape.desk.keys.limiter import UNLIMITED, Limiter, Standing
from opentape.desk.keys.options import PlanOptions
from opentape.desk.keys.ports import KeyStore
from opentape.desk.keys.ring import KeyRing
from opentape.market.calendar import trade_date
from opentape.market.errors import BadKey

_NO_KEY: Final = "an API key is needed, in the header X-Api-Key or as a bearer token"
_NONE_YET: Final = (
    "an API key is needed from other machines; 'opentape keys create' makes the first one"
)


class Access:
    """Keys, limits and gates together; filled once, asked by every request."""

    def __init__(self, store: KeyStore, options: PlanOptions, clock: Clock) -> None:
        self.ring = KeyRing(store, clock)
        self.limiter = Limiter(options, clock)
        self.options = options
        self._gates = Gates(options)
        self._clock = clock
        today = self.limiter.today()
        self.limiter.resume(today, store.requests_on(today))

    @property
    def open(self) -> bool:
        """Whether there are no keys yet, so that whoever is on this machine needs none."""
        return not len(self.ring)

    def admit(self, text: str | None, *, local: bool) -> Key:
        """Return the key of a caller, the owner's where there are no keys yet.

        Parameters
        ----------
        text
            What the caller gave as a key, None if nothing.
        local
            Whether the caller is on this machine.

        Raises
        ------
        BadKey
            If the caller needs a key and has none that is valid.
        """
        if not len(self.ring) and text:
            self.ring.look()
        if not len(self.ring):
            if local:
                return OWNER
            raise BadKey(_NONE_YET)
        if not text:
            raise BadKey(_NO_KEY)
        return self.ring.find(text)

    def ask(self, key: Key, path: str, query: Mapping[str, str]) -> Standing:
        """Count one question of a key and return what is left.

        Raises
        ------
        PlanTooLow
            If the question needs a higher plan; it is not counted then.
        RateExceeded
            If the key has no question left.
        """
        if key is OWNER:
            return UNLIMITED
        if not self._gates.open_to(key.plan):
            today = trade_date(self._clock.wall_ns())
            self._gates.check(key.plan, Question(path, query, today))
        standing = self.limiter.take(key)
        self.ring.note(key)
        return standing
