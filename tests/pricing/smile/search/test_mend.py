"""Slices held behind fences, from wherever that is cheapest."""

import math

import numpy as np
import pytest

from opentape.pricing.smile.arbitrage import calendar_violations, slice_violations
from opentape.pricing.smile.search.descent import work
from opentape.pricing.smile.search.draft import draft, error, free_fit
from opentape.pricing.smile.search.fence import BUTTERFLY, CALENDAR, SOUND
from opentape.pricing.smile.search.mend import NOBODY, grid_of, hold
from opentape.pricing.smile.svi import Svi, total_variance

CALM = Svi(a=0.02, b=0.1, rho=-0.5, m=0.0, sigma=0.2)
VOGT = Svi(-0.0410, 0.1331, 0.3060, 0.3586, 0.4153)
K = np.linspace(-1.0, 1.0, 21)


def fitted(variance, k=K):
    one = draft(k, variance, np.ones(k.size), 1.0)
    free_fit(one, work())
    return one


def held(one, near=NOBODY, far=NOBODY, lean=None):
    outcome = hold(one, near, far, grid_of([one]), work(), lean)
    return None if outcome.raw is None else Svi(*outcome.raw.tolist()), outcome.broken


def test_a_sound_slice_is_left_as_it_is():
    one = fitted(total_variance(CALM, K))
    assert held(one) == (Svi(*one.raw.tolist()), SOUND)


def test_a_butterfly_is_taken_out_at_little_cost():
    one = fitted(total_variance(VOGT, K))
    before = one.raw.copy()
    found, broken = held(one)
    assert broken == BUTTERFLY
    assert slice_violations(found) == []
    assert error(one, np.array(found)) < 0.03
    assert (one.raw == before).all()


@pytest.mark.parametrize("times", [0.97, 0.9])
def test_a_calendar_is_taken_out_by_no_more_than_needed(times):
    one = fitted(total_variance(CALM, K) * times)
    found, broken = held(one, near=np.array(CALM))
    assert broken == CALENDAR
    assert calendar_violations(CALM, found) == []
    lifted = np.sqrt(total_variance(found, K) / total_variance(CALM, K))
    assert lifted.max() < 1.003


def test_a_slice_is_held_between_two():
    far = CALM._replace(a=0.022)
    one = fitted(total_variance(CALM, K) * 1.5)
    found, broken = held(one, np.array(CALM), np.array(far))
    assert broken == CALENDAR
    assert calendar_violations(CALM, found) + calendar_violations(found, far) == []


def test_a_slice_is_held_below_a_later_one():
    one = fitted(total_variance(CALM, K) * 1.2)
    found, broken = held(one, far=np.array(CALM))
    assert broken == CALENDAR
    assert calendar_violations(found, CALM) == []


def test_where_no_slice_goes_none_is_found():
    one = fitted(total_variance(CALM, K))
    between = held(one, np.array(CALM._replace(a=0.05)), np.array(CALM))
    assert between == (None, CALENDAR)


def test_a_search_leans_on_the_points_it_is_given():
    one, seen = fitted(total_variance(VOGT, K)), []

    def flat(draft_):
        seen.append(draft_)
        return draft_._replace(deviation=np.full(draft_.k.size, 0.3))

    found, _broken = held(one, lean=flat)
    assert np.sqrt(total_variance(found, K)) == pytest.approx(np.full(21, 0.3), rel=0.01)
    assert seen == [one]


def test_a_sound_slice_leans_on_nothing():
    one = fitted(total_variance(CALM, K))
    assert held(one, lean=lambda _: pytest.fail("asked to lean"))[1] == SOUND


def test_the_grid_holds_the_published_places_and_widens():
    calm, wild = (fitted(total_variance(CALM._replace(a=a), K)) for a in (0.02, 1.0))
    assert grid_of([calm])[0] == -0.5
    assert grid_of([calm])[-1] == grid_of([])[-1] == pytest.approx(2.0)
    assert grid_of([calm, wild])[-1] > 6.0
    assert math.isnan(NOBODY[0])


def test_a_slice_too_wide_for_the_grid_is_not_called_sound():
    one = fitted(total_variance(CALM._replace(a=1.0), K))
    assert hold(one, NOBODY, NOBODY, np.linspace(-2, 2, 9), work()).broken == CALENDAR
