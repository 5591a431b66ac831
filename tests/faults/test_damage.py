"""A journal that is cut short, or whose bits are flipped, under an engine that starts."""

import random
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from faults import kills, playing
from faults.table import Row
from faults.witness import Seen
from opentape.desk.journal.ports import Entry
from opentape.market.errors import Damaged
from opentape.store.sessions import SessionFolder

ENTRIES = 8
TOLD = re.compile(r"is damaged at entry ([\d,]+): ")
NOBODY = Seen({}, {}, [], [])


@pytest.fixture(scope="module")
def crashed(market, tmp_path_factory) -> Path:
    """What a process left that died with a session half taken."""
    running, copy = tmp_path_factory.mktemp("running"), tmp_path_factory.mktemp("crashed")

    def taken(end: int) -> None:
        if end == ENTRIES and not (copy / "sessions").exists():
            shutil.copytree(running / "sessions", copy / "sessions")

    playing.play(market, running, playing.Way(kills.AT_ONCE, 2, taken=taken))
    return copy


def flipped(file: Path, chance: random.Random) -> None:
    """Flip one bit of a file."""
    at = chance.randrange(file.stat().st_size)
    with file.open("r+b") as bits:
        bits.seek(at)
        (was,) = bits.read(1)
        bits.seek(at)
        bits.write(bytes([was ^ 1 << chance.randrange(8)]))


def cut(file: Path, chance: random.Random) -> None:
    """Cut a file off anywhere."""
    with file.open("r+b") as bits:
        bits.truncate(chance.randrange(file.stat().st_size))


@pytest.fixture
def harmed(crashed, tmp_path, request) -> Iterator[Path]:
    """Copies of what was left, one after the other in one place."""

    def copies() -> Iterator[Path]:
        for _ in range(max(4, request.config.getoption("--kills") // 5)):
            folder = tmp_path / "harmed"
            shutil.rmtree(folder, ignore_errors=True)
            yield Path(shutil.copytree(crashed, folder))

    return copies()


@pytest.mark.parametrize("harm", [flipped, cut])
def test_harm_is_told_or_does_none(harm, market, clean, crashed, harmed, note) -> None:
    """Never is anything else answered: all before the damage stands, and is read."""
    chance, refused, whole = random.Random(11), 0, 0
    some = clean._replace(ask=clean.ask[::20], answers=clean.answers[::20])
    for folder in harmed:
        harm(chosen(folder, chance), chance)
        try:
            engine = playing.play(market, folder, playing.Way(kills.AT_ONCE, 3))
        except Damaged as error:
            refused += 1
            told = str(error)
        else:
            assert kills._prints(market, folder, NOBODY) == (0, 0, [])
            assert kills._answers(some, engine) == []
            whole += 1
            continue
        kept, before = numbers(crashed), numbers(folder)
        assert before == kept[: len(before)]
        found = TOLD.search(told)
        assert found is None or int(found[1].replace(",", "")) == len(before), told
    assert refused
    note(
        Row(
            f"a journal that is {'cut short' if harm is cut else 'changed in one bit'}",
            refused + whole,
            f"{refused:,} refused in a sentence that names the place, all before it read; "
            f"{whole:,} gone on with, as no more than the last entry was hit",
            differing=0,
        )
    )


def chosen(folder: Path, chance: random.Random) -> Path:
    """Return a file of a journal, the more often the larger it is."""
    files = [one for one in sorted(folder.rglob("journal.db*")) if one.suffix != ".db-shm"]
    (file,) = chance.choices(files, [one.stat().st_size for one in files])
    return file


def numbers(folder: Path) -> list[tuple[int, int]]:
    """Return numbers and instants of the entries that can be read up to the damage."""
    found: list[Entry] = []
    with suppress(Damaged):
        (date,) = SessionFolder(folder).dates()
        found.extend(SessionFolder(folder).stored(date).entries())
    return [(one.number, one.instant_ns) for one in found]


def test_a_last_entry_that_is_torn_comes_again(market, clean, crashed, tmp_path) -> None:
    """The feed delivers it once more, as nobody was told of it."""
    shutil.copytree(crashed, tmp_path, dirs_exist_ok=True)
    (log,) = tmp_path.rglob("journal.db-wal")
    with log.open("r+b") as bits:
        bits.truncate(log.stat().st_size - 1)
    engine = playing.play(market, tmp_path, playing.Way(kills.AT_ONCE, 3))
    assert kills._prints(market, tmp_path, NOBODY) == (0, 0, [])
    assert kills._answers(clean, engine) == []
