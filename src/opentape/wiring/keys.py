"""Settings to keys: where they are kept, and the door that asks for them."""

import os
from pathlib import Path

from opentape.desk.clock import Clock
from opentape.desk.keys.access import Access
from opentape.desk.keys.key import digest_of
from opentape.desk.keys.manage import Wish, make_key
from opentape.desk.keys.ports import KeyStore
from opentape.store.appdb.engine import open_database
from opentape.store.appdb.keys import SqlKeyStore
from opentape.wiring.settings import Settings


def key_store(settings: Settings) -> KeyStore:
    """Return where keys are kept, made if it is not there yet."""
    return SqlKeyStore(open_database(settings.store))


def access(settings: Settings, clock: Clock) -> Access:
    """Return the door of a server."""
    return Access(key_store(settings), settings.plans, clock)


def owners_key(settings: Settings, path: Path, now_ns: int) -> str:
    """Return the key in a file that only its owner may read; made if there is none.

    A key that was revoked, or whose database is gone, is replaced.
    """
    store = key_store(settings)
    if path.is_file():
        text = path.read_text(encoding="ascii").strip()
        digest = digest_of(text)
        for kept in store.kept():
            if kept.digest == digest and kept.key.state(now_ns) == "valid":
                return text
    made = make_key(store, Wish(label="demo"), settings.plans, now_ns)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with open(path, "x", encoding="ascii", opener=_only_mine) as file:
        file.write(f"{made.text}\n")
    return made.text


def _only_mine(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
