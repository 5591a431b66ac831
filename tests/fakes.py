"""Ports of the desk, filled by what a test can steer."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from opentape.desk.keys.key import Kept
from opentape.desk.keys.ports import Use


class FakeClock:
    """A clock that stands still but for those who wait; fills `Clock`."""

    def __init__(self, now_ns: int = 10**15) -> None:
        self._now_ns = now_ns
        self.waited_s = 0.0

    def now_ns(self) -> int:
        """Return nanoseconds that never go back."""
        return self._now_ns

    def wall_ns(self) -> int:
        """Return the same as nanoseconds since 1970 UTC."""
        return self._now_ns

    def wait_s(self, seconds: float) -> None:
        """Return at once, so many seconds later."""
        self.waited_s += seconds
        self._now_ns += round(seconds * 10**9)


class FakeKeyStore:
    """Keys in a dict; fills `KeyStore`."""

    def __init__(self) -> None:
        self._kept = dict[str, Kept]()
        self._requests = Counter[tuple[str, dt.date]]()
        self._changes = 0
        self.reads = self.looks = 0

    def changes(self) -> int:
        """Return a number that moves whenever a key is added or revoked."""
        self.looks += 1
        return self._changes

    def kept(self) -> list[Kept]:
        """Return every key, oldest first."""
        self.reads += 1
        return sorted(self._kept.values(), key=lambda kept: kept.key.created_ns)

    def add(self, kept: Kept) -> None:
        """Keep a new key."""
        self._kept[kept.key.id] = kept
        self._changes += 1

    def revoke(self, key_id: str, now_ns: int) -> bool:
        """Refuse a key from now on; return whether there was such a one."""
        kept = self._kept.get(key_id)
        if kept is None or kept.key.revoked_ns is not None:
            return False
        self._put(kept, revoked_ns=now_ns)
        self._changes += 1
        return True

    def note(self, uses: Sequence[Use]) -> None:
        """Add to the requests of a day."""
        for use in uses:
            self._requests[use.key_id, use.day] += use.requests
            kept = self._kept[use.key_id]
            last_ns = max(use.last_ns, kept.key.last_used_ns or 0)
            self._put(kept, last_used_ns=last_ns)

    def requests_on(self, day: dt.date) -> Mapping[str, int]:
        """Return the requests of a day by key."""
        return {name: n for (name, on), n in self._requests.items() if on == day}

    def _put(self, kept: Kept, **changed: int) -> None:
        key = msgspec.structs.replace(kept.key, **changed)
        self._kept[key.id] = Kept(key, kept.digest)
