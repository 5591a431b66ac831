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
