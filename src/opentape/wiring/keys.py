"""Settings to keys: where they are kept, and the door that asks for them."""

from opentape.desk.clock import Clock
from opentape.desk.keys.access import Access
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
