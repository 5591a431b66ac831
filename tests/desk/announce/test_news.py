"""News of signals as events: each once, and the same whenever it is told again."""

import json

import msgspec
import pytest

from opentape.desk.announce.news import events_of
from opentape.desk.engine.record import Told
from opentape.desk.live import Event as News
from opentape.flow.signal import Signal

AT = 1_779_379_092 * 10**9
ROW = {"id": "NVDA-1", "score": 91, "flag": "EXTREME", "oi": None}


class Stub(msgspec.Struct):
    """As much of a signal as an event looks at."""

    id: str
    score: int


def told(event: News, signal: Stub | None, replaces: str | None = None, **row) -> Told:
    made = Told(
        event=event,
        id=signal.id if signal else "NVDA-1",
        replaces=replaces,
        row=msgspec.Raw(msgspec.json.encode(ROW | row)),
    )
    return msgspec.structs.replace(made, signal=signal)


NEW = told(News.NEW, Stub("NVDA-1", 70))
AMENDED = told(News.AMENDED, Stub("NVDA-2", 60), "NVDA-1")
RETRACTED = told(News.RETRACTED, None)


def bodies(one: Told) -> list[dict]:
    return [json.loads(event.body) for event in events_of(one, AT)]


def test_a_new_signal_is_its_row_and_itself() -> None:
    flow, signal = bodies(NEW)
    assert (flow["event"], flow["data"]) == ("flow.extreme", ROW)
    assert (signal["event"], signal["data"]) == (
        "signal.new",
        {"id": "NVDA-1", "score": 70},
    )
    assert [one.score for one in events_of(NEW, AT)] == [91, 70]
    assert {one.at_ns for one in events_of(NEW, AT)} == {AT}


@pytest.mark.parametrize(
    ("flag", "kinds"),
    [("EXTREME", ["flow.extreme"]), ("ELEVATED", ["flow.elevated"]), ("NOTABLE", []),
     ("NORMAL", [])],
)  # fmt: skip
def test_only_high_flags_are_events(flag: str, kinds: list[str]) -> None:
    one = told(News.NEW, Stub("NVDA-1", 70), flag=flag)
    assert [body["event"] for body in bodies(one)] == [*kinds, "signal.new"]


def test_a_row_is_told_once_whatever_becomes_of_it() -> None:
    (amended,) = bodies(AMENDED)
    assert amended["event"] == "signal.amended"
    assert amended["data"] == {"replaces": "NVDA-1", "id": "NVDA-2", "score": 60}
    (retracted,) = bodies(RETRACTED)
    assert retracted["event"] == "signal.retracted"
    assert retracted["data"] == {"id": "NVDA-1"}


def test_told_again_it_is_the_same_event_and_no_other() -> None:
    every = [NEW, AMENDED, RETRACTED, told(News.AMENDED, Stub("NVDA-2", 60), "NVDA-0")]
    ids = [event.id for one in every for event in events_of(one, AT)]
    assert len(set(ids)) == len(ids) == 5
    assert ids == [event.id for one in every for event in events_of(one, AT + 5)]


def test_a_signal_has_what_is_looked_at() -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(Signal)}
    assert fields["score"] is int
    assert fields["id"] is str
