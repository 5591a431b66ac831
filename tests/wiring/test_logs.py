"""Logs: one JSON line an event, readable lines on a terminal, no secrets in either."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from opentape.desk.keys.key import new_text
from opentape.wiring.logs import configure, masked

OURS = "opentape.desk.somewhere"


class Terminal(io.StringIO):
    """Somebody watches."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("opentape")
    handlers, levels = [*root.handlers], (root.level, ours.level)
    root.handlers.clear()
    # a server that a test ran before may have changed its own
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.NOTSET)
        logging.getLogger(name).propagate = True
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
    structlog.reset_defaults()


def lines(out: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_event_is_one_line_of_json() -> None:
    out = io.StringIO()
    configure(out)
    structlog.get_logger(OURS).info("the feed is over", prints=3_808, path=object)
    (told,) = lines(out)
    assert told.pop("timestamp").endswith("Z")
    assert told.pop("path") == repr(object)
    assert told == {
        "message": "the feed is over", "prints": 3_808, "level": "info", "logger": OURS,
    }  # fmt: skip


def test_what_libraries_warn_of_is_told_alike_and_no_more() -> None:
    out = io.StringIO()
    configure(out)
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("uvicorn.error").warning("Invalid %s received", "request")
    (told,) = lines(out)
    assert (told["message"], told["level"]) == ("Invalid request received", "warning")


def test_quiet_leaves_warnings() -> None:
    out = io.StringIO()
    configure(out, quiet=True)
    structlog.get_logger(OURS).info("not told")
    structlog.get_logger(OURS).warning("told")
    assert [told["message"] for told in lines(out)] == ["told"]


def raising(key: str) -> None:
    held = key
    raise ValueError(f"cannot read {len(held)} letters")


@pytest.mark.parametrize("out", [io.StringIO(), Terminal()], ids=["programs", "people"])
def test_no_secret_is_written(out: io.StringIO) -> None:
    configure(out)
    key = new_text()
    log = structlog.get_logger(OURS)
    told = f"asked with {key}"
    log.warning(told, path=f"/v1/flow?apiKey={key}&minScore=70")
    log.warning(
        "refused", key=key, api_key="s3cret", secret="s3cret",
        Authorization="s3cret",
        query_string=b"apiKey=s3cret", apiKey="s3cret",
        scope={"headers": [("x-api-key", "s3cret")], "X-Api-Key": "s3cret", "path": "/v1"},
    )  # fmt: skip
    logging.getLogger("uvicorn.error").warning("GET /v1/x?apiKey=%s HTTP/1.1", key)
    logging.getLogger("uvicorn.error").warning("Authorization: Bearer s3cret")
    try:
        raising(key)
    except ValueError:
        log.exception("failed")
    told = out.getvalue()
    assert key not in told
    assert key.rpartition("_")[2] not in told
    assert "s3cret" not in told
    assert "minScore" not in told
    assert "cannot read 57 letters" in told
    assert "refused" in told
    assert key.rpartition("_")[0] in told, "which key it was may be told"


def test_tracebacks_tell_frames_without_values() -> None:
    out = io.StringIO()
    configure(out)
    try:
        raising("x" * 57)
    except ValueError:
        structlog.get_logger(OURS).exception("failed")
    (told,) = lines(out)
    (stack,) = told["exception"]
    assert stack["exc_type"] == "ValueError"
    assert stack["frames"][-1]["name"] == "raising"
    assert "x" * 57 not in out.getvalue()


def test_people_read_lines() -> None:
    out = Terminal()
    configure(out)
    structlog.get_logger(OURS).info("the feed is over", prints=3_808)
    assert "the feed is over" in out.getvalue()
    assert not out.getvalue().startswith("{")


@pytest.mark.parametrize("text", ["", "what? nothing", "SPY 100 ?", "a_b_c", "bearer"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert masked(text) == text
