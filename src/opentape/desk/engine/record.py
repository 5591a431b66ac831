"""The record of signals: each thing that was told, as it was told."""

from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from opentape.desk.engine.log import Frame
from opentape.desk.engine.rows import FlowRow, flow_row
from opentape.desk.live import Event, News, State
from opentape.flow.signal import Signal

_encode: Final = msgspec.json.Encoder().encode
_CURSOR: Final = b',"cursor":"'


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One link of the record."""

    event: Event
    id: str
    """Of the signal that stands now; of the one that was retracted."""
    replaces: str | None = None
    """Id of the signal whose place it takes."""
    row: msgspec.Raw
    """`rows.FlowRow` as it was pushed; as it was, where it was retracted."""
    signal: Signal | None = None
    """None where it was retracted."""
    state: State | None = None
    """What it was judged against."""


class Link(NamedTuple):
    """One thing told, and its place in the record."""

    run: str
    """Names the session."""
    number: int
    """Its place in the session, from 0."""
    body: bytes
    """`Told` as JSON."""


class Pushed(NamedTuple):
    """One thing told, for streams and for the record."""

    frame: Frame
    body: bytes
    """`Told` as JSON."""


def pushed(
    news: News,
    sector: str | None,
    cursor: str,
    earlier: Callable[[str], Frame | None],
) -> Pushed:
    """Return one thing told.

    Parameters
    ----------
    cursor
        Of the frame that is made.
    earlier
        Finds the frame of a signal by its id; None where it is not held any more.
    """
    old = earlier(news.replaces) if news.replaces else None
    if news.signal is not None:
        row = flow_row(news.signal, sector)
        spelled = _encode(row)
    else:
        row = None
        spelled = row_of(old) if old else _encode({"id": news.replaces})
    told = Told(
        event=news.event,
        id=news.signal.id if news.signal else str(news.replaces),
        replaces=news.replaces if news.signal else None,
        row=msgspec.Raw(spelled),
        signal=news.signal,
        state=news.state,
    )
    return Pushed(_frame(told, row, old, cursor), _encode(told))


def read_told(body: bytes) -> Told:
    """Return what a link of the record tells."""
    return msgspec.json.decode(body, type=Told)


def restored(
    body: bytes, cursor: str, earlier: Callable[[str], Frame | None]
) -> tuple[Told, Frame]:
    """Return what a link of the record tells, and the frame that was pushed of it."""
    told = read_told(body)
    gone = told.replaces or (told.id if told.signal is None else None)
    row = msgspec.json.decode(told.row, type=FlowRow) if told.signal else None
    return told, _frame(told, row, earlier(gone) if gone else None, cursor)


def row_of(frame: Frame) -> bytes:
    """Return the flow row of a frame as JSON, without its cursor."""
    if frame.body.startswith(b'{"event"'):
        return frame.body[frame.body.index(b'"data":') + 7 : -1]
    return frame.body[: frame.body.rindex(_CURSOR)] + b"}"


def new_frame(row: FlowRow, cursor: str, spelled: bytes | None = None) -> Frame:
    """Return the frame of a new signal; `spelled` is its row as JSON, if it is at hand."""
    body = (spelled or _encode(row))[:-1] + _CURSOR + cursor.encode() + b'"}'
    return Frame(
        body,
        cursor,
        row.score,
        row.ticker,
        row.premium,
        row.side,
        row.kind,
        row.open_interest is not None,
    )


def _frame(told: Told, row: FlowRow | None, old: Frame | None, cursor: str) -> Frame:
    if row is None:
        # nobody who saw it must miss that it is gone
        made = old or Frame(b"", "", 100, "", float("inf"), "all", "all", oi_known=True)
    else:
        made = new_frame(row, cursor, bytes(told.row))
    if told.event is Event.NEW:
        return made
    if old is not None:
        score, premium = max(made.score, old.score), max(made.premium, old.premium)
        made = made._replace(score=score, premium=premium)
    return made._replace(body=_changed(told, cursor), cursor=cursor)


def _changed(told: Told, cursor: str) -> bytes:
    replaces = b',"replaces":%b' % _encode(told.replaces) if told.replaces else b""
    return b'{"event":%b,"id":%b%b,"cursor":"%b","data":%b}' % (
        _encode(told.event),
        _encode(told.id),
        replaces,
        cursor.encode(),
        bytes(told.row),
    )
