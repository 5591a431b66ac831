"""The tables, as the newest version has them."""

from typing import Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData()

CHANGES: Final = sa.Table(
    "changes",
    METADATA,
    sa.Column("topic", sa.String(32), primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
)
"""How often something changed, for processes that keep it in memory."""

KEYS: Final = sa.Table(
    "api_keys",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("digest", sa.LargeBinary(32), nullable=False),
    sa.Column("plan", sa.String(16), nullable=False),
    sa.Column("rate", sa.Integer),
    sa.Column("label", sa.String(200), nullable=False),
    sa.Column("created_ns", sa.BigInteger, nullable=False),
    sa.Column("expires_ns", sa.BigInteger),
    sa.Column("last_used_ns", sa.BigInteger),
    sa.Column("revoked_ns", sa.BigInteger),
)

USES: Final = sa.Table(
    "api_key_uses",
    METADATA,
    sa.Column("key_id", sa.ForeignKey(KEYS.c.id), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("requests", sa.BigInteger, nullable=False),
)
"""Requests of a day, UTC."""

ENDPOINTS: Final = sa.Table(
    "webhook_endpoints",
    METADATA,
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
"""Where webhooks go; `kinds` are parted by blanks."""

SEQ: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""SQLite finds a row by its INTEGER without an index, which has 64 bits there."""

EVENTS: Final = sa.Table(
    "webhook_events",
    METADATA,
    sa.Column("seq", SEQ, primary_key=True, autoincrement=False),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""What endpoints are told; `seq` is the order in which they were."""

DELIVERIES: Final = sa.Table(
    "webhook_deliveries",
    METADATA,
    sa.Column("endpoint_id", sa.ForeignKey(ENDPOINTS.c.id), primary_key=True),
    # no foreign key: to drop an event, each would look through all deliveries
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("due_ns", sa.BigInteger, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
)
"""One event for one endpoint."""

PENDING: Final = DELIVERIES.c.state == sa.literal_column("'pending'")
"""Written out: an index over a part of a table helps only who asks in the same words."""
for _name, _columns in {"due": ("due_ns", "seq"), "seq": ("seq",)}.items():
    sa.Index(
        f"webhook_deliveries_{_name}",
        DELIVERIES.c.endpoint_id,
        *(DELIVERIES.c[one] for one in _columns),
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )

ATTEMPTS: Final = sa.Table(
    "webhook_attempts",
    METADATA,
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
"""One request, and what came of it."""

POSITIONS: Final = sa.Table(
    "webhook_positions",
    METADATA,
    sa.Column("stream", sa.String(32), primary_key=True),
    sa.Column("run", sa.String(64), nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
)
"""How far something is among what is told; kept with the events of it."""

RULES: Final = sa.Table(
    "alert_rules",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("key_id", sa.String(32), nullable=False, index=True),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("created_ns", sa.BigInteger, nullable=False),
    sa.Column("spec", sa.Text, nullable=False),
)
"""What is watched for callers; `spec` is all of it as JSON."""

STANDING: Final = sa.Table(
    "alert_standing",
    METADATA,
    sa.Column("rule_id", sa.String(32), primary_key=True),
    sa.Column("symbol", sa.String(32), primary_key=True),
    sa.Column("side", sa.String(16), nullable=False),
    sa.Column("fired_ns", sa.BigInteger),
)
"""What each rule saw last of each symbol."""

FIRINGS: Final = sa.Table(
    "alert_firings",
    METADATA,
    sa.Column("seq", SEQ, primary_key=True, autoincrement=False),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("rule_id", sa.String(32), nullable=False, index=True),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""Each time that a rule fired; `seq` is the order."""
