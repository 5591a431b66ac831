"""Settings to webhooks: where they are kept, who manages them, what delivers them."""

from typing import NamedTuple

from opentape.alerts.courier import Courier
from opentape.alerts.send import Sender
from opentape.alerts.service import CourierThread
from opentape.alerts.wall.post import Poster
from opentape.alerts.wall.wall import Wall
from opentape.desk.clock import Clock
from opentape.desk.keys.gates import Gates
from opentape.desk.rules.manage import Alerts
from opentape.desk.rules.watching import Watching
from opentape.desk.webhooks.bell import Bell
from opentape.desk.webhooks.manage import Stores, Webhooks
from opentape.store.appdb.deliveries import SqlDeliveries
from opentape.store.appdb.endpoints import SqlEndpoints
from opentape.store.appdb.engine import open_database
from opentape.store.appdb.ledger import SqlLedger
from opentape.store.appdb.outbox import SqlOutbox
from opentape.store.appdb.rules import SqlRules
from opentape.wiring.alerts import read_condition
from opentape.wiring.settings import Settings


class PostOffice(NamedTuple):
    """All there is of webhooks in a server."""

    webhooks: Webhooks
    """What their owners do with them."""
    stores: Stores
    """Where they are kept; the outbox takes events."""
    courier: CourierThread
    """Delivers them, once it is entered."""
    ledger: SqlLedger
    """Puts what the engine tells into the outbox."""
    alerts: Alerts
    """What owners do with rules."""
    watching: Watching
    """Looks whether rules fire."""


def post_office(settings: Settings, clock: Clock) -> PostOffice:
    """Return what a server needs for webhooks; nothing is delivered yet."""
    database, bell = open_database(settings.store), Bell()
    outbox = SqlOutbox(database, settings.plans, bell)
    stores = Stores(SqlEndpoints(database), outbox, SqlDeliveries(database, bell))
    wall = Wall(settings.wall)

    def courier() -> Courier:
        sender, options = Sender(Poster(wall), clock), settings.webhooks
        return Courier(stores.endpoints, stores.deliveries, outbox, sender, options, clock)

    gates = Gates(settings.plans)
    managed = Webhooks(stores, wall, gates, settings.webhooks, clock)
    thread = CourierThread(courier, bell, clock)
    rules, chosen = SqlRules(database), settings.alerts
    return PostOffice(
        managed,
        stores,
        thread,
        SqlLedger(database, outbox),
        Alerts(rules, read_condition, gates, chosen, clock),
        Watching(rules, read_condition, chosen),
    )
