"""Rows that number themselves go on counting where they were."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from conftest import DATABASES
from opentape.store.appdb.copying import replace_rows
from opentape.store.appdb.engine import open_database, writing
from opentape.store.options import StoreOptions

METADATA = sa.MetaData()
ORDERS = sa.Table(
    "orders",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("of", sa.ForeignKey("orders.id")),
    sa.Column("note", sa.Text),
)


@pytest.mark.parametrize("into", DATABASES)
@pytest.mark.parametrize("rows", [0, 2_500])
def test_numbers_go_on(
    new_database: Callable[[str], StoreOptions], into: str, rows: int
) -> None:
    one, other = (open_database(new_database(kind)) for kind in ("sqlite", into))
    for engine in (one, other):
        METADATA.create_all(engine)
    with writing(one) as read, writing(other) as write:
        notes = [{"note": f"note {at}"} for at in range(rows)]
        if notes:
            read.execute(sa.insert(ORDERS), notes)
        write.execute(sa.insert(ORDERS), [{"note": "goes away"}])
        replace_rows(read, write, METADATA)
        found = write.execute(sa.select(ORDERS.c.note).order_by(ORDERS.c.id)).scalars()
        assert found.all() == [row["note"] for row in notes]
        added = write.execute(sa.insert(ORDERS).values(note="next"))
        assert added.inserted_primary_key[0] == rows + 1
