"""The envelope stands on every object of an answer, and nowhere else."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from flashalpha.types import DataAsOf
from hypothesis import given
from hypothesis import strategies as st

from contract_types import ENVELOPE, problems
from opentape.api.envelope import Sealer
from opentape.desk.state.feeds import Feeds

objects = st.dictionaries(
    st.text(max_size=5).filter(lambda key: key not in ENVELOPE),
    st.one_of(st.none(), st.integers(), st.text(), st.lists(st.text(max_size=3))),
    max_size=4,
)


def sealed(body):
    return json.loads(Sealer("one").sealed(Feeds(), body))


@given(objects)
def test_an_object_is_sealed(told):
    found = sealed(json.dumps(told, separators=(",", ":")).encode())
    assert problems(DataAsOf, found["data_as_of"]) == []
    assert isinstance(found["endpoint_version"], str)
    assert {key: found[key] for key in told} == told
    assert set(found) == set(told) | set(ENVELOPE)


@given(st.lists(objects, min_size=1, max_size=4))
def test_each_object_of_an_array_is_sealed(told):
    found = sealed(json.dumps(told, separators=(",", ":")).encode())
    assert len(found) == len(told)
    for one, body in zip(found, told, strict=True):
        assert one == sealed(json.dumps(body, separators=(",", ":")).encode())


@pytest.mark.parametrize("body", [b"[]", b"[1,2]", b'["{}"]', b'"text"'])
def test_what_holds_no_object_stays_as_it_is(body):
    assert Sealer("one").sealed(Feeds(), body) == body


def test_threads_that_answer_at_once_seal_each_with_its_own():
    """One view is newer than another, and both are asked about at the same moment."""
    sealer = Sealer("one")
    views = [Feeds(flow=second * 10**9) for second in (1, 2)]

    def answered(feeds):
        return {sealer.sealed(feeds, b'{"a":1}') for _ in range(3_000)}

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(answered, views * 2))
    finally:
        sys.setswitchinterval(interval)
    alone = [{Sealer("one").sealed(feeds, b'{"a":1}')} for feeds in views]
    assert found == alone * 2
