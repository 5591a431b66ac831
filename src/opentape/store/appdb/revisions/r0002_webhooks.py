"""Tables of webhooks: endpoints, events, deliveries, attempts."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"


def upgrade() -> None:
    """Make the tables."""
    _make_endpoints()
    _make_events()
    _make_deliveries()
    changes = sa.table("changes", sa.column("topic"), sa.column("count"))
    topics = ("webhook_endpoints", "webhook_events")
    op.bulk_insert(changes, [{"topic": topic, "count": 0} for topic in topics])


def _make_endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("key_id", sa.String(32), nullable=False, index=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("min_score", sa.Integer),
        sa.Column("ordered", sa.Boolean, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("secret", sa.String(128), nullable=False),
        sa.Column("old_secret", sa.String(128)),
        sa.Column("old_until_ns", sa.BigInteger),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(16)),
        sa.Column("state_ns", sa.BigInteger, nullable=False),
        sa.Column("failing_since_ns", sa.BigInteger),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
    )


def _make_events() -> None:
    seq = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "webhook_events",
        sa.Column("seq", seq, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )


def _make_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("endpoint_id", sa.String(32), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due_ns", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["endpoint_id"], ["webhook_endpoints.id"]),
    )
    pending = sa.text("state = 'pending'")
    for name, columns in {"due": ["due_ns", "seq"], "seq": ["seq"]}.items():
        op.create_index(
            f"webhook_deliveries_{name}",
            "webhook_deliveries",
            ["endpoint_id", *columns],
            sqlite_where=pending,
            postgresql_where=pending,
        )
    op.create_table(
        "webhook_attempts",
        sa.Column("endpoint_id", sa.String(32), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("why", sa.String(16)),
        sa.Column("latency_us", sa.BigInteger, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
