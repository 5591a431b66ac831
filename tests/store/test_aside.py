"""Files that appear whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from opentape.market.errors import BadFile
from opentape.store.aside import writing


def put(path: Path, text: str) -> None:
    with writing(path) as aside:
        aside.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("before", [None, "old"])
def test_a_file_appears_when_it_is_whole(tmp_path: Path, before: str | None) -> None:
    path = tmp_path / "out"
    if before is not None:
        put(path, before)
    with writing(path) as aside:
        aside.write_text("new", encoding="utf-8")
        assert aside.parent == tmp_path
        assert aside.name.startswith(".")
        assert path.exists() is (before is not None)
    assert path.read_text(encoding="utf-8") == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, ValueError])
def test_what_ends_it_early_leaves_things_as_they_were(tmp_path: Path, stop) -> None:
    path = tmp_path / "out"
    put(path, "old")

    def half() -> None:
        with writing(path) as aside:
            aside.write_text("ne", encoding="utf-8")
            raise stop

    with pytest.raises(stop):
        half()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    put(tmp_path / "out", "x")
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_link_is_followed(tmp_path: Path) -> None:
    link, real = tmp_path / "link", tmp_path / "far" / "real"
    real.parent.mkdir()
    link.symlink_to(real)
    put(link, "x")
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "x"


def test_a_name_may_be_as_long_as_names_get(tmp_path: Path) -> None:
    put(tmp_path / ("x" * 255), "x")
    with pytest.raises(BadFile, match=r"cannot be written: File name too long"):
        put(tmp_path / ("x" * 256), "x")
    assert len(list(tmp_path.iterdir())) == 1


def test_places_where_no_file_can_be(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    for path, told in {
        tmp_path: "must not be a folder",
        tmp_path / "none" / "out": "must be in a folder that exists",
        tmp_path / "file" / "out": "must be in a folder that exists",
        tmp_path / "pipe": "must be no device and no pipe",
        Path("/dev/null"): "must be no device and no pipe",
    }.items():
        with pytest.raises(BadFile, match=told) as caught:
            put(path, "x")
        assert str(caught.value).endswith(f", was {path}")


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "out"

    def fill() -> None:
        with writing(path):
            raise OSError(errno.ENOSPC, "Error writing bytes to file. Detail: ...")

    with pytest.raises(BadFile, match=rf"^{path} cannot be written: No space left"):
        fill()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(BadFile, match="cannot be written: Permission denied"):
        put(tmp_path / "out", "x")
