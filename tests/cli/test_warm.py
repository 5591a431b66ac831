"""`opentape warm`: what it runs can be run, and is run once."""

import time
from pathlib import Path

import pytest

from opentape.cli.main import main
from opentape.cli.server import warm
from opentape.market.errors import OpentapeError
from opentape.pricing import jit


@pytest.fixture
def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own, in which nothing was compiled."""
    monkeypatch.setattr(jit, "_CACHE", tmp_path)
    monkeypatch.setattr(jit, "JIT_OFF", False)
    return tmp_path


@pytest.mark.parametrize("verb", [verb for step in warm.STEPS for verb in step])
def test_every_step_is_understood(verb: tuple[str, ...]) -> None:
    name, *arguments = verb
    context = main.commands[name].make_context(name, list(arguments))
    assert context.params


def test_the_second_run_has_nothing_to_do(run, marked: Path) -> None:
    assert not jit.is_warm()
    jit.set_warm()
    assert jit.is_warm()
    began = time.monotonic()
    result = run("warm")
    assert (result.exit_code, result.output) == (0, "")
    assert time.monotonic() - began < 5
    assert [path.name for path in marked.iterdir()] == ["warm"]


def test_without_a_cache_nothing_is_ever_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit, "_CACHE", None)
    monkeypatch.setattr(jit, "JIT_OFF", False)
    jit.set_warm()
    assert not jit.is_warm()


def test_a_verb_that_fails_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "STEPS", [[("replay", "{}/none.csv", "-q")]])
    told = "failed in 'replay': Error: there is no file .*none.csv"
    with pytest.raises(OpentapeError, match=told):
        warm.compile_all(tmp_path)


@pytest.mark.long
@pytest.mark.slow
def test_all_steps_run(tmp_path: Path) -> None:
    warm.compile_all(tmp_path / "market")
    assert (tmp_path / "market" / "tape.parquet").is_file()
