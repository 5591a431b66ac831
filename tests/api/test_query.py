"""Questions are read from text as this family of APIs reads them."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from opentape.api.query import BadParameter, read, texts


class Style(StrEnum):
    AMERICAN = "american"
    EUROPEAN = "european"


class Question(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    min_score: Annotated[int, Meta(ge=0, le=100)] = 0
    least: Annotated[float, Meta(ge=-1.5)] = 0.0
    intent: Literal["all", "bullish"] = "all"
    style: Style = Style.AMERICAN
    expiry: dt.date | None = None
    whole_chain: bool = False
    symbols: tuple[str, ...] = ()
    name: str | None = None


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    strike: float


@pytest.mark.parametrize(
    ("query", "name", "value"),
    [
        (b"", "min_score", 0),
        (b"minScore=70", "min_score", 70),
        (b"min_score=70", "min_score", 70),
        (b"minScore=590.0", "min_score", 100),
        (b"minScore=-3", "min_score", 0),
        (b"minScore=1e2", "min_score", 100),
        (b"minScore=", "min_score", 0),
        (b"minScore=1&minScore=2", "min_score", 1),
        (b"minScore=1&min_score=2", "min_score", 1),
        (b"least=-9", "least", -1.5),
        (b"least=0.25", "least", 0.25),
        (b"intent=Bullish", "intent", "bullish"),
        (b"style=EUROPEAN", "style", Style.EUROPEAN),
        (b"expiry=2026-05-29", "expiry", dt.date(2026, 5, 29)),
        (b"wholeChain=True", "whole_chain", True),
        (b"wholeChain=0", "whole_chain", False),
        (b"symbols=AAPL%2CMSFT,%20NVDA", "symbols", ("AAPL", "MSFT", "NVDA")),
        (b"name=caf%C3%A9", "name", "caf\u00e9"),
        (b"unknown=1", "min_score", 0),
    ],
)
def test_text_becomes_a_value(query, name, value):
    found = getattr(read(Question, texts(query)), name)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        (b"minScore=high", "invalid_min_score", "minScore"),
        (b"minScore=1.5", "invalid_min_score", "minScore"),
        (b"minScore=nan", "invalid_min_score", "minScore"),
        (b"minScore=1e999", "invalid_min_score", "minScore"),
        (b"minScore=1_0", "invalid_min_score", "minScore"),
        (b"least=inf", "invalid_least", "least"),
        (b"intent=bull", "invalid_intent", "intent"),
        (b"style=asian", "invalid_style", "style"),
        (b"expiry=2026-5-29", "invalid_expiry", "expiry"),
        (b"expiry=20260529", "invalid_expiry", "expiry"),
        (b"expiry=2026-W22-5", "invalid_expiry", "expiry"),
        (b"expiry=2026-02-30", "invalid_expiry", "expiry"),
        (b"wholeChain=yes", "invalid_whole_chain", "wholeChain"),
        (b"name=%ff", "invalid_query", "query"),
        (b"&".join(b"a%d=1" % i for i in range(200)), "invalid_query", "query"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(query, code, field):
    with pytest.raises(BadParameter) as refused:
        read(Question, texts(query))
    assert (refused.value.code, refused.value.field) == (code, field)


def test_what_is_needed_is_missed_by_name():
    with pytest.raises(BadParameter, match="strike is required") as refused:
        read(Needed, {})
    assert refused.value.code == "missing_strike"


@given(st.binary(max_size=60))
def test_no_query_breaks_the_reader(query):
    try:
        found = read(Question, texts(query))
    except BadParameter:
        return
    assert 0 <= found.min_score <= 100
    assert found.intent in {"all", "bullish"}
