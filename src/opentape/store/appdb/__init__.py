"""The application's database: what an installation knows besides the tape.

SQLAlchemy's expression language over SQLite or PostgreSQL, tables kept by Alembic.
"""
