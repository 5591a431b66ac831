"""Keys in memory: what a request asks, so that none waits for a database."""

import datetime as dt
import hmac
import threading
from collections.abc import Mapping
from typing import Final

from opentape.desk.clock import Clock
from opentape.desk.keys.key import Kept, Key, digest_of, id_of
from opentape.desk.keys.limiter import Bucket
from opentape.desk.keys.ports import KeyStore, Use
from opentape.market.errors import BadKey

LOOKS: Final = 60
"""A request with an unknown key makes us look for new keys, so often a minute at most."""
_NO_DIGEST: Final = bytes(32)
_DAY_NS: Final = 86_400 * 10**9
_EPOCH: Final = dt.date(1970, 1, 1)


class _Used:
    """What a key asked on one day and was not written down yet."""

    __slots__ = ("last_ns", "requests")

    def __init__(self) -> None:
        self.requests = self.last_ns = 0


class KeyRing:
    """All keys by id, as they stood a moment ago.

    `find` and `note` are for requests; `sync`, which may wait for the store, is for a
    thread of its own (`upkeep`).
    """

    def __init__(self, store: KeyStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._uses = dict[tuple[str, int], _Used]()
        self._looks = Bucket(LOOKS, clock.now_ns())
        self._changes = -1
        self._kept: Mapping[str, Kept] = {}
        self.sync()

    def __len__(self) -> int:
        """Return how many keys there are, expired and revoked ones too."""
        return len(self._kept)

    def find(self, text: str) -> Key:
        """Return the key that a text is.

        Raises
        ------
        BadKey
            If it is the text of no key, or of one that has expired or was revoked.
        """
        kept = self._kept_of(text)
        # a text without a key takes as long as one that almost is one
        same = hmac.compare_digest(digest_of(text), kept.digest if kept else _NO_DIGEST)
        if kept is None or not same:
            raise BadKey("this API key is not known")
        state = kept.key.state(self._clock.wall_ns())
        if state != "valid":
            what = "has expired" if state == "expired" else "was revoked"
            raise BadKey(f"this API key {what}")
        return kept.key

    def note(self, key: Key) -> None:
        """Remember that a key made a request, to be written down later."""
        if key.id not in self._kept:
            return
        now_ns = self._clock.wall_ns()
        self._count((key.id, now_ns // _DAY_NS), 1, now_ns)

    def sync(self) -> None:
        """Load the keys anew if any was added or revoked."""
        changes = self._store.changes()
        if changes != self._changes:
            self._kept = {kept.key.id: kept for kept in self._store.kept()}
            self._changes = changes

    def write_back(self) -> None:
        """Write down which keys were used, if any; what cannot be written is kept."""
        with self._lock:
            uses, self._uses = self._uses, {}
        try:
            if uses:
                self._store.note([_told(*name, used) for name, used in uses.items()])
        except Exception:
            for name, used in uses.items():
                self._count(name, used.requests, used.last_ns)
            raise

    def look(self) -> None:
        """Load new keys now, unless that was done too often of late."""
        self._looks.fill(self._clock.now_ns())
        if self._looks.remaining:
            self._looks.take()
            self.sync()

    def _count(self, name: tuple[str, int], requests: int, last_ns: int) -> None:
        with self._lock:
            used = self._uses.get(name)
            if used is None:
                used = self._uses[name] = _Used()
            used.requests += requests
            used.last_ns = max(used.last_ns, last_ns)

    def _kept_of(self, text: str) -> Kept | None:
        name = id_of(text)
        if name is None:
            return None
        if name not in self._kept:
            self.look()
        return self._kept.get(name)


def _told(key_id: str, day: int, used: _Used) -> Use:
    date = _EPOCH + dt.timedelta(days=day)
    return Use(key_id, date, used.requests, used.last_ns)
