"""Injected faults are in the ledger, none is made up, and the page holds the figures."""

import runpy

import pytest

import markets
from opentape.flow.quality.records import KINDS
from opentape.simulation.faults import FaultKind
from source_tree import REPO

SCRIPT = runpy.run_path(str(REPO / "scripts" / "write_quality.py"))
PAGE = (REPO / "docs" / "explain" / "quality.md").read_text(encoding="utf-8")
RATES = (
    "gap=0.05,duplicate=0.0007,disorder=0.0007,stale-nbbo=0.002,crossed-nbbo=0.0007,"
    "missing-nbbo=0.0007,busted-print=0.0007,wrong-oi=0.002,clock-skew=0.01,"
    "impossible-price=0.0007,wrong-time=0.0007,repeated-oi=0.5"
)


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    folder = tmp_path_factory.mktemp("broken")
    return markets.folder(folder, 10_000, days=2, faults=RATES)


@pytest.mark.parametrize("order", sorted(SCRIPT["ORDERS"]))
def test_what_can_be_seen_is_and_nothing_is_made_up(market, order):
    lines = list(SCRIPT["report"](market, order))
    assert [line.kind for line in lines[:-1]] == sorted(
        FaultKind, key=list(SCRIPT["JUDGES"]).index
    )
    assert sum(line.injected for line in lines) >= 100
    assert sum(line.visible for line in lines) >= 70
    few = {line.kind for line in lines[:-1] if line.injected < 5}
    assert few == {"repeated_oi"}
    assert all(line.visible > 0 for line in lines[:-1])
    assert [(line.kind, line.seen) for line in lines] == [
        (line.kind, line.visible) for line in lines
    ]
    assert [line.kind for line in lines if line.false] == []


@pytest.mark.long
def test_figures_stand_between_the_markers_and_nothing_else_changes(market, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    SCRIPT["main"]([str(market), "--page", str(page), "--made", "made by hand"])
    written = page.read_text(encoding="utf-8")
    before, _, after = outside(written)
    assert (before, after) == (outside(PAGE)[0], outside(PAGE)[2])
    assert "made by hand" in written
    assert all(f"| `{kind}` |" in outside(written)[1] for kind in FaultKind)


def outside(page):
    before, rest = page.split(SCRIPT["BEGIN"])
    inside, after = rest.split(SCRIPT["END"])
    return before, inside, after


def test_every_kind_is_explained():
    told = outside(PAGE)[0]
    assert [kind for kind in KINDS if f"\n| `{kind}` |" not in told] == []


def test_the_page_holds_figures():
    assert all(f"| `{kind}` |" in outside(PAGE)[1] for kind in FaultKind)
