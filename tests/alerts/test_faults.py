"""Kill -9 anywhere between an event and its delivery: nothing is lost, order is kept."""

import json
import random
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from couriers import post_office, told
from faults.table import Row
from killing import KILLED, NAMES, SURVIVED, Killer, Run, killer
from places import Place, Request, place, replying


@pytest.fixture(scope="module")
def deaths() -> Iterator[Killer]:
    with killer() as found:
        yield found


class Moody:
    """Refuses one in so many, the same ones in every trial."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)

    def __call__(self, _: Request) -> bytes:
        return replying(500 if self._draw.random() < 0.15 else 204)


def made(template: Path, there: Place) -> None:
    template.mkdir()
    with post_office(template) as post:
        post.endpoint(there.port, "wh_ordered", ordered=True)
        post.endpoint(there.port, "wh_any")


def by_endpoint(requests: Sequence[Request]) -> dict[str, list[Request]]:
    found = defaultdict(list)
    for one in requests:
        found[one.line.split()[1].strip("/")].append(one)
    return found


def check(folder: Path, requests: Sequence[Request], taken: Sequence[bool]) -> None:
    ids = {name: told(name).id for name in NAMES}
    came = by_endpoint(requests)
    assert came.keys() == {"wh_ordered", "wh_any"}
    for mine in came.values():
        names = [json.loads(one.body)["data"]["id"] for one in mine]
        assert {*names} == {*NAMES}
        for name, one in zip(names, mine, strict=True):
            assert one.headers["webhook-id"] == ids[name]
            assert one.body == told(name).body
    # of those that were taken, the first of each came in order
    in_order = [one for one, good in zip(requests, taken, strict=True) if good]
    mine = by_endpoint(in_order)["wh_ordered"]
    names = [json.loads(one.body)["data"]["id"] for one in mine]
    assert list(dict.fromkeys(names)) == [*NAMES]
    with post_office(folder) as post:
        for one in came:
            assert post.states(one) == ["delivered"] * len(NAMES)


def _next(folder: Path, day: int, draw: random.Random, places: int) -> Run:
    """The next start; what is left to do, and with it the places, become fewer."""
    return Run(folder, day, draw.randint(1, places // (1 + 2 * (day % 2))))


def test_killed_anywhere_nothing_is_lost(
    deaths: Killer, tmp_path: Path, pytestconfig, note, progress
) -> None:
    kills: int = pytestconfig.getoption("delivery_kills")
    draw = random.Random(20260521)
    taken: list[bool] = []
    moody = Moody(1)

    def reply(request: Request) -> bytes:
        told_back = moody(request)
        taken.append(b" 204 " in told_back)
        return told_back

    with place(reply) as there:
        template = tmp_path / "template"
        made(template, there)
        whole = shutil.copytree(template, tmp_path / "whole")
        assert deaths.run(Run(whole, 0, 0)) == SURVIVED
        places = deaths.places
        assert places > 100
        killed = trials = 0
        while killed < kills:
            folder = shutil.copytree(template, tmp_path / "trial")
            there.requests.clear()
            taken.clear()
            days = 0
            while (code := deaths.run(_next(folder, days, draw, places))) == KILLED:
                killed += 1
                days += 1
            assert code == SURVIVED
            check(folder, there.requests, taken)
            shutil.rmtree(folder)
            trials += 1
            progress(killed, kills)
    note(
        Row(
            "kill -9 between an event and its delivery",
            killed,
            f"{trials} runs of {places} places to die: every event came to both endpoints, "
            "with one id however often it came, in order where that is asked for",
            0,
        )
    )
