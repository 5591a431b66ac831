import gzip
import os
from pathlib import Path

import pytest
import zstandard

from feeds.samples import packed
from opentape.feeds.raw.inflate import Inflated
from opentape.market.errors import BadFile

TEXT = b"one,two\n" * 100_000


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "plain.gz"  # a name is never believed
    path.write_bytes(TEXT)
    return path


@pytest.mark.parametrize(
    ("packing", "told"), [("none", None), ("gzip", "gzip"), ("zstd", "Zstandard")]
)
def test_bytes_are_those_that_were_packed(plain: Path, packing: str, told: str) -> None:
    file = Inflated(packed(plain, packing))
    assert file.packing == told
    assert b"".join(file.chunks()) == TEXT
    assert file.share_read == 1


@pytest.mark.parametrize("packing", ["none", "gzip", "zstd"])
def test_head_is_the_beginning_and_counts_as_unread(plain: Path, packing: str) -> None:
    file = Inflated(packed(plain, packing))
    assert file.head(11) == TEXT[:11]
    assert file.share_read == 0


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_several_packings_in_a_row_are_one_file(tmp_path: Path, pack) -> None:
    path = tmp_path / "tape"
    path.write_bytes(pack(TEXT) + pack(b"end\n"))
    assert b"".join(Inflated(path).chunks()) == TEXT + b"end\n"


def test_padding_after_gzip_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "tape"
    path.write_bytes(gzip.compress(TEXT) + bytes(100))
    assert b"".join(Inflated(path).chunks()) == TEXT


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
@pytest.mark.parametrize("left", [5, 40, -1, -9])
def test_a_file_cut_short_is_told(plain: Path, packing: str, left: int) -> None:
    path = packed(plain, packing)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(BadFile, match=r"is cut short: its \w+ stream has no end"):
        list(Inflated(path).chunks())


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_a_damaged_file_is_told(plain: Path, packing: str) -> None:
    path = packed(plain, packing)
    data = bytearray(path.read_bytes())
    data[10:60] = b"\xff" * 50
    path.write_bytes(data)
    with pytest.raises(BadFile, match=r"is damaged|is cut short"):
        list(Inflated(path).chunks())


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="there is no file"):
        Inflated(tmp_path / "none")
    with pytest.raises(BadFile, match="must be a file, was the directory"):
        Inflated(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadFile, match="must be a file, was the pipe or device"):
        Inflated(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    with pytest.raises(BadFile, match="empty is empty"):
        Inflated(tmp_path / "empty")
