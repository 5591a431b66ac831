"""What was announced, in the database; fills `Ledger`."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from opentape.desk.announce.ports import News, Position
from opentape.market.errors import StoreFailed
from opentape.store.appdb.outbox import SqlOutbox
from opentape.store.appdb.rules import keep_firings, keep_standing
from opentape.store.appdb.schema import POSITIONS

_RECORD: Final = "record"
_MINE: Final = POSITIONS.c.stream == _RECORD


class SqlLedger:
    """Events in the outbox, and how far they go, in one transaction."""

    def __init__(self, engine: sa.Engine, outbox: SqlOutbox) -> None:
        self._engine = engine
        self._outbox = outbox

    def position(self) -> Position | None:
        """Return how far the record was announced; None if nothing ever was."""
        asked = sa.select(POSITIONS.c.run, POSITIONS.c.number).where(_MINE)
        try:
            with self._engine.connect() as connection:
                found = connection.execute(asked).one_or_none()
        except SQLAlchemyError as error:
            raise StoreFailed("what was announced could not be read") from error
        return None if found is None else Position(*found)

    def is_listened_to(self) -> bool:
        """Return whether there is anybody who may want to be told; cheap."""
        return self._outbox.has_subscribers()

    def announce(self, news: News) -> None:
        """Keep what is announced at once, all or nothing."""
        with self._outbox.telling() as telling:
            telling.tell(news.events)
            keep_firings(telling.connection, news.found.firings)
            keep_standing(telling.connection, news.found.stood)
            _move(telling.connection, news.position)


def _move(connection: sa.Connection, position: Position) -> None:
    values = position._asdict()
    if not connection.execute(sa.update(POSITIONS).where(_MINE).values(values)).rowcount:
        connection.execute(sa.insert(POSITIONS).values(stream=_RECORD, **values))
