"""Tables of keys, their uses, and of what changes."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None


def upgrade() -> None:
    """Make the tables."""
    changes = op.create_table(
        "changes",
        sa.Column("topic", sa.String(32), primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("plan", sa.String(16), nullable=False),
        sa.Column("rate", sa.Integer),
        sa.Column("label", sa.String(200), nullable=False),
        *(
            sa.Column(name, sa.BigInteger, nullable=name != "created_ns")
            for name in ("created_ns", "expires_ns", "last_used_ns", "revoked_ns")
        ),
    )
    op.create_table(
        "api_key_uses",
        sa.Column("key_id", sa.String(32), sa.ForeignKey("api_keys.id"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("requests", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(changes, [{"topic": "keys", "count": 0}])
