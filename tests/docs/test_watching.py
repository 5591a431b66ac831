"""The page and the dashboard on metrics name those there are, and all of them."""

import json
import re
from typing import Any, NamedTuple, cast

from prometheus_client.parser import text_string_to_metric_families

from opentape.api.stream.hub import Hub
from opentape.api.stream.options import StreamOptions
from opentape.api.watch.metrics import Metrics, Watched
from opentape.api.watch.served import Served
from opentape.desk.engine.log import StreamLog
from opentape.desk.engine.meters import Meters
from source_tree import REPO

HOW_TO = REPO / "docs" / "how-to"
PAGE = (HOW_TO / "watch-the-server.md").read_text(encoding="utf-8")
DASHBOARD = (HOW_TO / "grafana-dashboard.json").read_text(encoding="utf-8")
NAMED = re.compile(r"\bopentape_\w+")


class Market(NamedTuple):
    as_of_ns: int = 0
    names: tuple[str, ...] = ()


class Engine(NamedTuple):
    """An engine as metrics see it."""

    meters: Meters
    ready: bool = True
    alive: bool = True
    failure: Exception | None = None
    market: Market = Market()


def samples() -> set[str]:
    """Every name of ours that the page of metrics has."""
    served = Served()
    served.add("/a", 200, 1)
    hub = Hub(StreamLog("run"), StreamOptions())
    page = Metrics(Watched(cast("Any", Engine(Meters())), hub, served)).page().decode()
    found = text_string_to_metric_families(page)
    names = {sample.name for family in found for sample in family.samples}
    return {name for name in names if name.startswith("opentape_")}


def test_the_page_names_every_metric_and_no_other() -> None:
    plain = {re.sub(r"_(bucket|count|sum)$", "", name) for name in samples()}
    assert plain <= set(NAMED.findall(PAGE))
    assert set(NAMED.findall(PAGE)) <= plain | samples()


def test_the_dashboard_asks_for_metrics_there_are() -> None:
    board = json.loads(DASHBOARD)
    asked = {name for panel in board["panels"] for target in panel["targets"]
             for name in NAMED.findall(target["expr"])}  # fmt: skip
    assert asked <= samples()
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for panel in board["panels"]:
        assert panel["datasource"]["uid"] == "${source}"
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
