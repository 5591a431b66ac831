"""Slow plain-Python twins of what the room says of the past."""

import math
import statistics


def realized(closes, sessions):
    """Sample deviation of the last log returns, a year of 252; None where not known."""
    recent = closes[-(sessions + 1) :]
    if len(recent) < sessions + 1 or sessions < 2:
        return None
    if any(math.isnan(close) or close <= 0 for close in recent):
        return None
    returns = [math.log(recent[at] / recent[at - 1]) for at in range(1, len(recent))]
    return statistics.stdev(returns) * math.sqrt(252)


def rank(now, past, sessions=252, fewest=60):
    """Percent of the way from the lowest to the highest, and percent of days below."""
    known = [vol for vol in past[-sessions:] if not math.isnan(vol)]
    if len(known) < fewest or math.isnan(now):
        return None
    low, high = min(known), max(known)
    if low == high:
        place = 50.0
    elif now <= low:
        place = 0.0
    elif now >= high:
        place = 100.0
    else:
        place = 100 * (now - low) / (high - low)
    return place, 100 * sum(vol < now for vol in known) / len(known)
