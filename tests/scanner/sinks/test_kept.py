"""Tables of alerts: a row a signal, however often it is sent."""

import asyncio
import datetime as dt
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from alerts import AT, alerts
from opentape.scanner.rules.errors import BadRule
from opentape.scanner.sinks import kept
from opentape.scanner.sinks.alert import Sink, SinkFailed
from opentape.scanner.sinks.columns import columns, rows_of

LATER = AT + dt.timedelta(days=1)


def sent(sink: Sink) -> list:
    """Send some alerts, all of them twice, some again on the next day."""
    told = alerts(4, 30)
    asyncio.run(sink.send(told[:12]))
    asyncio.run(sink.send(told))
    asyncio.run(sink.send(alerts(5, 2, at=LATER)))
    return [*told, *alerts(5, 2)]


def check(rows: list[dict[str, Any]], told: list) -> None:
    assert sorted(row["key"] for row in rows) == sorted(alert.key for alert in told)
    by_key = {row["key"]: row for row in rows}
    for alert in told:
        row, signal = by_key[alert.key], alert.facts.signal
        assert row["symbol"] == "SPY"
        assert (row["strike"], row["size"]) == (signal.strike, signal.size)
        assert row["tags"] == list(signal.tags)
        assert row["rules"] == list(alert.rules)
        assert row["ts"].astimezone(dt.UTC) == dt.datetime.fromisoformat(signal.ts)
        assert row["expiry"] == dt.date.fromisoformat(signal.expiry)
        assert row["score_breakdown_tenor"] == signal.score_breakdown.tenor
        assert row["enrichment_iv"] == signal.enrichment.iv
        assert row["chain_call_wall"] == alert.facts.chain.call_wall
        assert row["flow_direction"] == "amplifying"
        assert row["alerted_at"].astimezone(dt.UTC) in {AT, LATER}


def test_parquet(tmp_path: Path) -> None:
    told = sent(kept.Parquet(tmp_path / "new" / "folder"))
    files = sorted((tmp_path / "new" / "folder").iterdir())
    assert [file.name for file in files] == ["2026-05-21.parquet", "2026-05-22.parquet"]
    check([row for file in files for row in pq.read_table(file).to_pylist()], told)


def test_parquet_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SinkFailed, match="cannot be written"):
        asyncio.run(kept.Parquet(tmp_path / "file").send(alerts(1, 1)))


def test_duckdb(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "new" / "alerts.duckdb"
    told = sent(kept.DuckDB(path, "al erts"))
    with duckdb.connect(str(path)) as database:
        check(database.sql('FROM "al erts"').to_arrow_table().to_pylist(), told)


def test_duckdb_that_cannot_be_written(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    (tmp_path / "alerts.duckdb").write_text("this is no database at all, not at all")
    with pytest.raises(SinkFailed, match=r"alerts.duckdb cannot be written"):
        asyncio.run(kept.DuckDB(tmp_path / "alerts.duckdb", "alerts").send(alerts(1, 1)))


@pytest.fixture
def postgres() -> Generator[str]:
    """A server of PostgreSQL, where its programs are installed."""
    pytest.importorskip("psycopg")
    initdb, control = shutil.which("initdb"), shutil.which("pg_ctl")
    user = postgres_user()
    if initdb is None or control is None or user is None:
        pytest.skip("needs initdb, pg_ctl and somebody who is not root")
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        shutil.chown(folder, user)
        run(user, initdb, "-D", f"{folder}/data", "-A", "trust", "-U", "me")
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        data = ["-D", f"{folder}/data"]
        run(user, control, *data, "-l", f"{folder}/log", "-w", "-o", options, "start")
        try:
            yield f"postgresql://me@/postgres?host={folder}"
        finally:
            run(user, control, *data, "-m", "immediate", "stop")


def postgres_user() -> str | None:
    """Who may run PostgreSQL: root may not."""
    names = {one.pw_name: one.pw_uid for one in pwd.getpwall()}
    if os.geteuid() != 0:
        return next((name for name, uid in names.items() if uid == os.geteuid()), None)
    return "postgres" if "postgres" in names else None


def run(user: str, *command: str) -> None:
    given = {} if os.geteuid() else {"user": user, "cwd": "/tmp"}  # noqa: S108
    with tempfile.TemporaryFile() as told:
        subprocess.run(command, check=True, stdout=told, stderr=told, **given)  # noqa: S603


def test_postgres(postgres: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    told = sent(kept.Postgres(postgres, "alerts"))
    with psycopg.connect(postgres, row_factory=psycopg.rows.dict_row) as database:
        check(database.execute('SELECT * FROM "alerts"').fetchall(), told)


def test_postgres_that_does_not_answer() -> None:
    pytest.importorskip("psycopg")
    sink = kept.Postgres("postgresql://me:hidden@127.0.0.1:1/none", "alerts")
    with pytest.raises(SinkFailed, match="PostgreSQL took nothing") as raised:
        asyncio.run(sink.send(alerts(1, 1)))
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize(
    ("library", "make"),
    [
        ("duckdb", lambda: kept.DuckDB(Path("x"), "alerts")),
        ("psycopg", lambda: kept.Postgres("x", "alerts")),
    ],
)
def test_a_library_that_is_not_there_is_named(monkeypatch, library: str, make) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(BadRule, match=rf"{library}, which is not installed: pip install"):
        make()


def test_every_column_has_a_name_of_its_own() -> None:
    names = [column.name for column in columns()]
    assert len(set(names)) == len(names) == len(rows_of(alerts(1, 1))[0])
    assert all(name.isidentifier() for name in names)
