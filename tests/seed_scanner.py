"""The scanner of a document, run as it is: what ours must print the same as."""

import contextlib
import io
from pathlib import Path
from typing import Any

import pytest

SEEDS = Path(__file__).resolve().parents[2] / "shared" / "seeds" / "programs"
PROGRAM = SEEDS / "002_scanner.py"

needs_seed = [
    pytest.mark.realdata,
    pytest.mark.skipif(
        not PROGRAM.exists(), reason="needs ../shared/seeds, the programs of the documents"
    ),
]


def scanner(answers: dict[str, Any]) -> dict[str, Any]:
    """The program's names, its two questions answered from what is given by symbol."""
    names: dict[str, Any] = {"__name__": "seed"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLASHALPHA_API_KEY", "none")
        code = compile(PROGRAM.read_text("utf-8"), PROGRAM.name, "exec")
        exec(code, names)  # noqa: S102
    names["fetch_signals"] = lambda symbol, **_asked: answers[symbol]
    names["fetch_summary"] = lambda symbol, _minutes=60: (symbol, answers[symbol])
    return names


def printed(function: Any, *given: Any, **named: Any) -> str:
    """What a function prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        function(*given, **named)
    return out.getvalue()
