"""Answers have the keys, types, nulls and order that the vendor's own client declares."""

import flashalpha.types as declared
import pytest
from hypothesis import assume, given

from contract_types import ENVELOPE, misordered, problems
from names import asked, body, market, random_view
from opentape.api.route import ROUTES
from opentape.api.routes import exposure as exposure_routes
from opentape.api.routes import levels as level_routes
from opentape.api.routes import max_pain as pain_routes
from opentape.desk.ask.book.levels import FlowQuery
from opentape.desk.ask.book.strikes import ExposureQuery, GexQuery
from opentape.market.errors import NoData

FLOW = {
    level_routes.levels: declared.FlowLevelsResponse,
    level_routes.pin_risk: declared.FlowPinRiskResponse,
    level_routes.summary: declared.FlowSummaryResponse,
    level_routes.oi: declared.FlowOiResponse,
    level_routes.gex: declared.FlowGexResponse,
    level_routes.dex: declared.FlowDexResponse,
    level_routes.dealer_risk: declared.FlowDealerRiskResponse,
    level_routes.live: declared.FlowLiveResponse,
}
EXPOSURE = {
    exposure_routes.gex: declared.GexResponse,
    exposure_routes.dex: declared.DexResponse,
    exposure_routes.vex: declared.VexResponse,
    exposure_routes.chex: declared.ChexResponse,
    pain_routes.max_pain: declared.MaxPainResponse,
}
WHOLE = {
    exposure_routes.levels: declared.ExposureLevelsResponse,
    exposure_routes.summary: declared.ExposureSummaryResponse,
}
EVERY = FLOW | EXPOSURE | WHOLE


def answered(routed, name, expiry):
    queries = {FlowQuery: "expiry", ExposureQuery: "expiration", GexQuery: "expiration"}
    given_query = ()
    if routed.query:
        given_query = (routed.query(**{queries[routed.query]: expiry}),)
    try:
        return body(routed.answer(market(name), name.symbol, *given_query))
    except NoData:
        assume(False)  # noqa: FBT003


@pytest.mark.parametrize("routed", EVERY, ids=lambda routed: routed.path)
@given(asked())
def test_answers_are_as_the_client_declares_them(routed, question):
    found = answered(routed, *question)
    assert problems(EVERY[routed], found, absent=ENVELOPE) == []
    assert misordered(EVERY[routed], found) == []


def test_rows_and_blocks_keep_the_declared_order_too():
    """Where an answer holds objects, their keys come as the client lists them."""
    name = random_view(3)
    for routed, blocks in {
        exposure_routes.gex: {"strikes": declared.GexStrikeRow},
        exposure_routes.levels: {"levels": declared.ExposureLevels},
        pain_routes.max_pain: {
            "pain_curve": declared.MaxPainCurveRow,
            "oi_by_strike": declared.MaxPainOiRow,
            "max_pain_by_expiration": declared.MaxPainByExpirationRow,
            "dealer_alignment": declared.MaxPainDealerAlignment,
        },
        level_routes.live: {"flow_adjusted_dealer_risk": declared.FlowAdjustedDealerRisk},
    }.items():
        found = answered(routed, name, None)
        for key, kind in blocks.items():
            rows = found[key] if isinstance(found[key], list) else [found[key]]
            assert rows
            assert [misordered(kind, row) for row in rows] == [[]] * len(rows)


def test_the_paths_are_the_clients():
    for routed in EVERY:
        assert ROUTES[routed.path] is routed
    assert {routed.path.rpartition("/")[0] for routed in EVERY} == {
        "/v1/flow/levels", "/v1/flow/pin-risk", "/v1/flow/summary", "/v1/flow/oi",
        "/v1/flow/gex", "/v1/flow/dex", "/v1/flow/dealer-risk", "/v1/flow/live",
        "/v1/exposure/gex", "/v1/exposure/dex", "/v1/exposure/vex", "/v1/exposure/chex",
        "/v1/exposure/levels", "/v1/exposure/summary", "/v1/maxpain",
    }  # fmt: skip
