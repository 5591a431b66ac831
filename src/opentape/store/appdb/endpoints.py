"""Endpoints in the database; fills `Endpoints`."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from opentape.desk.webhooks.endpoint import Endpoint
from opentape.store.appdb.changes import count_more, count_of
from opentape.store.appdb.engine import writing
from opentape.store.appdb.schema import ATTEMPTS, DELIVERIES, ENDPOINTS

TOPIC: Final = "webhook_endpoints"


class SqlEndpoints:
    """Endpoints as rows."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def changes(self) -> int:
        """Return a number that moves whenever an endpoint changes; cheap."""
        with self._engine.connect() as connection:
            return count_of(connection, TOPIC)

    def every(self) -> list[Endpoint]:
        """Return all of them, oldest first."""
        return self._read(sa.select(ENDPOINTS))

    def of(self, key_id: str) -> list[Endpoint]:
        """Return those of a key, oldest first."""
        return self._read(sa.select(ENDPOINTS).where(ENDPOINTS.c.key_id == key_id))

    def put(self, endpoint: Endpoint) -> None:
        """Keep an endpoint, in place of the one with its id if there is one."""
        row = msgspec.structs.asdict(endpoint) | {"kinds": " ".join(endpoint.kinds)}
        same = ENDPOINTS.c.id == endpoint.id
        with writing(self._engine) as connection:
            if not connection.execute(
                sa.update(ENDPOINTS).where(same).values(row)
            ).rowcount:
                connection.execute(sa.insert(ENDPOINTS).values(row))
            count_more(connection, TOPIC)

    def remove(self, endpoint_id: str) -> None:
        """Forget an endpoint and all its deliveries."""
        with writing(self._engine) as connection:
            for table in (ATTEMPTS, DELIVERIES):
                mine = table.c.endpoint_id == endpoint_id
                connection.execute(sa.delete(table).where(mine))
            connection.execute(sa.delete(ENDPOINTS).where(ENDPOINTS.c.id == endpoint_id))
            count_more(connection, TOPIC)

    def _read(self, asked: sa.Select[Any]) -> list[Endpoint]:
        ordered = asked.order_by(ENDPOINTS.c.created_ns, ENDPOINTS.c.id)
        with self._engine.connect() as connection:
            return [endpoint_of(row) for row in connection.execute(ordered).mappings()]


def endpoint_of(row: Mapping[Any, Any]) -> Endpoint:
    """Return the endpoint that a row holds, what else is in it left out."""
    fields = {name: row[name] for name in Endpoint.__struct_fields__}
    return msgspec.convert(fields | {"kinds": fields["kinds"].split()}, Endpoint)
