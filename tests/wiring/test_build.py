"""What the wiring builds: files in, files out, through the desk's own words."""

from pathlib import Path

import pytest

from opentape.desk.replay import Settled, replay
from opentape.market.errors import BadSetting
from opentape.wiring import build

TAPE = """\
ts_event,symbol,price,size,bid,ask,venue,sequence
2026-05-21T14:00:00Z,SPY260529C00500000,1.00,300,0.90,1.00,XCBO,1
2026-05-21T14:00:01Z,SPY260529C00500000,0.90,10,0.90,1.00,XCBO,2
"""


def test_a_tape_is_converted_replayed_and_its_signals_kept(tmp_path: Path) -> None:
    text, columns = tmp_path / "tape.csv", tmp_path / "tape.parquet"
    text.write_text(TAPE, encoding="utf-8")
    tape = build.open_tape([text])
    with build.print_writer(columns, tape.contracts) as writer:
        for batch in tape.batches():
            writer.write(batch)
    found = []
    for path in (text, columns):
        replayed = replay(build.open_tape([path]))
        found.append(list(replayed.rows()))
        out = path.with_suffix(".signals")
        build.write_signals(out, replayed.signals, replayed.contracts, replayed.options)
        assert out.is_file()
    assert found[0] == found[1]
    assert [signal.size for signal in found[0]] == [300]


def test_open_interest_is_read_for_a_tape(tmp_path: Path) -> None:
    text, morning = tmp_path / "tape.csv", tmp_path / "oi.csv"
    text.write_text(TAPE, encoding="utf-8")
    morning.write_text("symbol,open_interest\nSPY260529C00500000,42\n", encoding="utf-8")
    tape = build.open_tape([text])
    known, skips = build.read_open_interest(morning, tape.contracts)
    (signal,) = replay(tape, settled=Settled(known)).rows()
    assert (signal.open_interest, skips.total) == (42, 0)


def test_quotes_need_prints_without_them(tmp_path: Path) -> None:
    text = tmp_path / "tape.csv"
    text.write_text(TAPE, encoding="utf-8")
    with pytest.raises(BadSetting):
        build.open_tape([text], text)
