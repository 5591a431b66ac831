"""Slow plain-Python twins of American prices: a tree, and dividends one by one."""

import math


def normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def european(terms):
    put, spot, strike, years, rate, carry, vol = terms
    spread = vol * math.sqrt(years)
    d1 = (math.log(spot / strike) + (rate - carry) * years) / spread + 0.5 * spread
    sign = -1.0 if put else 1.0
    near, far = spot * math.exp(-carry * years), strike * math.exp(-rate * years)
    return sign * (near * normal(sign * d1) - far * normal(sign * (d1 - spread)))


def tree(terms, steps):
    """A binomial tree whose last step is Black and Scholes' formula."""
    put, spot, strike, years, rate, carry, vol = terms
    sign = -1.0 if put else 1.0
    step = years / steps
    up = math.exp(vol * math.sqrt(step))
    chance = (math.exp((rate - carry) * step) - 1.0 / up) / (up - 1.0 / up)
    discount = math.exp(-rate * step)
    level = [spot * up ** (2 * i - steps + 1) for i in range(steps)]
    value = [
        max(european((put, s, strike, step, rate, carry, vol)), sign * (s - strike))
        for s in level
    ]
    for left in range(steps - 1, 0, -1):
        for i in range(left):
            held = discount * (chance * value[i + 1] + (1.0 - chance) * value[i])
            value[i] = max(held, sign * (level[i] * up - strike))
            level[i] *= up
    return value[0]


def american(terms, steps=64):
    """Two trees, extrapolated."""
    return 2.0 * tree(terms, 2 * steps) - tree(terms, steps)


def one_dividend(terms, when, cash, points=4000):
    """One cash dividend, exercise at expiry or just before the dividend only."""
    put, spot, strike, years, rate, carry, vol = terms
    sign = -1.0 if put else 1.0
    total, width = 0.0, 16.0 / points
    for i in range(points):
        z = -8.0 + (i + 0.5) * width
        spread = vol * math.sqrt(when)
        level = spot * math.exp((rate - carry) * when - 0.5 * spread * spread + spread * z)
        left = max(level - cash, 1e-9)
        held = european((put, left, strike, years - when, rate, carry, vol))
        weight = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi) * width
        total += weight * max(held, sign * (level - strike))
    return total * math.exp(-rate * when)
