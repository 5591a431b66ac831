"""The same tape gives the same bytes in any process, language, time zone and thread."""

import hashlib
import os
import runpy
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

import opentape
from opentape.desk.replay import Settled, replay
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape

ROOT = Path(__file__).parents[2]
SCRIPT = """
import hashlib, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from opentape.desk.replay import Settled, replay
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape

def digest(_=None):
    tape = open_tape([Path(sys.argv[1])])
    oi = read_open_interest(Path(sys.argv[2]), tape.contracts)[0]
    found = replay(tape, settled=Settled(oi))
    lines = b"".join(msgspec.json.encode(row) + b"\\n" for row in found.rows())
    return f"{hashlib.sha256(lines).hexdigest()} {found.summary.signals}"

if sys.argv[3] == "thread":
    with ThreadPoolExecutor(3) as pool:
        print(*set(pool.map(digest, range(3))), sep=",")
else:
    print(digest())
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    maker = runpy.run_path(str(ROOT / "scripts" / "make_tape.py"))
    files = [str(folder / "tape.parquet"), str(folder / "oi.parquet")]
    maker["main"](["--prints", "6000", "--seed", "5", "--out", files[0], "--oi", files[1]])
    return files


@pytest.fixture(scope="module")
def expected(made):
    return told(made, "plain", PYTHONHASHSEED="0")


def told(made, how, **changes):
    """What another process finds on the tape: a digest and how many signals."""
    package = str(Path(opentape.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": package, **changes}  # noqa: TID251
    command = [sys.executable, "-c", SCRIPT, *made, how]
    done = subprocess.run(  # noqa: S603
        command, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_there_is_something_to_compare(expected):
    digest, signals = expected.split()
    assert int(signals) > 100
    assert len(digest) == 2 * hashlib.sha256().digest_size


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "changes"),
    [
        ("plain", {"PYTHONHASHSEED": "4294967295"}),
        ("plain", {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}),
        ("plain", {"LC_ALL": "de_DE.ISO-8859-1", "PYTHONUTF8": "0"}),
        ("plain", {"TZ": "Asia/Tokyo"}),
        ("thread", {}),
    ],
    ids=str,
)
def test_surroundings_do_not_matter(made, expected, how, changes):
    assert told(made, how, **changes) == expected


def test_a_thread_of_this_process_agrees(made, expected):
    """Here, where other tests have folded other tapes before."""

    def digest(_):
        tape = open_tape([Path(made[0])])
        oi = read_open_interest(Path(made[1]), tape.contracts)[0]
        rows = list(replay(tape, settled=Settled(oi)).rows())
        lines = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
        return f"{hashlib.sha256(lines).hexdigest()} {len(rows)}"

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(digest, range(2))) == [expected] * 2
