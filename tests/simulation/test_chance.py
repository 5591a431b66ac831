"""Chance by purpose, and numbers that are a hash of what they are for."""

import numpy as np

from opentape.simulation.chance import drawn, noise, stream


def test_a_purpose_has_its_own_stream():
    first, again = stream(7, 3, "slice", 0), stream(7, 3, "slice", 0)
    assert np.array_equal(first.random(9), again.random(9))
    others = [stream(8, 3, "slice", 0), stream(7, 4, "slice", 0), stream(7, 3, "slice", 1)]
    assert len({float(one.random()) for one in (stream(7, 3, "slice", 0), *others)}) == 4


def test_noise_is_even_and_of_its_row_only():
    rows = np.arange(200_000)
    u = noise(7, rows, rows % 17)
    assert 0 < u.min() < u.max() < 1
    assert abs(u.mean() - 0.5) < 0.005
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 0.01
    some = np.array([5, 90_000, 3])
    assert np.array_equal(noise(7, some, some % 17), u[some])
    assert np.all(noise(8, some, some % 17) != u[some])


def test_drawn_places_are_as_frequent_as_their_shares():
    shares = np.array([1.0, 0.0, 2.0, 5.0, 0.0])
    found = drawn(shares, (np.arange(8_000) + 0.5) / 8_000)
    assert np.bincount(found, minlength=5).tolist() == [1000, 0, 2000, 5000, 0]
