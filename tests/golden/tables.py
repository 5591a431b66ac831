"""Golden answers for the fold and the scores, as plain tables.

Nothing here is computed by the code under test; README.md beside this file says where
every number comes from. Any implementation can be run against the tables.
"""

MS = 1_000_000  # nanoseconds

# One row holds a name, the inputs in the order premium, size, open interest, side,
# aggressor, sweep or not, bias, confidence and days to expiry, then the score, then its
# parts in the order premium, size_vs_oi, aggressor, sweep, opening_bias and tenor.
SCORES = [
    (
        "seed",
        (1_860_000.0, 1500, 1500, "buy", "above_ask", True, "opening_bias", 0.43, 7),
        87,
        (22, 18, 14, 12, 9, 12),
    ),
    (
        "seed, less open interest than size",
        (1_860_000.0, 1500, 300, "buy", "above_ask", True, "opening_bias", 0.43, 7),
        87,
        (22, 18, 14, 12, 9, 12),
    ),
    (
        "plain block",
        (100_000.0, 200, 2000, "buy", "at_ask", False, "unknown", 0.43, 10),
        36,
        (8, 5, 11, 0, 0, 12),
    ),
    (
        "good sweep",
        (500_000.0, 600, 1200, "buy", "above_ask", True, "opening_bias", 0.43, 14),
        79,
        (18, 13, 14, 12, 10, 12),
    ),
    (
        "whale at mid",
        (3_000_000.0, 5000, 20_000, "mid", "mid", False, "unknown", 0.43, 60),
        39,
        (22, 9, 0, 0, 0, 8),
    ),
    (
        "0DTE sweep",
        (80_000.0, 800, 4000, "buy", "at_ask", True, "opening_bias", 0.43, 0),
        53,
        (7, 8, 11, 12, 9, 6),
    ),
    (
        "proven opening block",
        (300_000.0, 2000, 150, "buy", "at_ask", False, "opening_bias", 0.90, 21),
        75,
        (15, 18, 10, 0, 20, 12),
    ),
    (
        "LEAPS block",
        (2_000_000.0, 1000, 500, "buy", "at_ask", False, "opening_bias", 0.43, 400),
        62,
        (22, 18, 11, 0, 9, 2),
    ),
    (
        "sell below the bid counts in its own direction",
        (1_860_000.0, 1500, 1500, "sell", "below_bid", True, "opening_bias", 0.43, 7),
        87,
        (22, 18, 14, 12, 9, 12),
    ),
    (
        "label against the side scores nothing",
        (25_000.0, 100, None, "buy", "below_bid", False, "unknown", 0.43, 2),
        12,
        (0, 0, 0, 0, 0, 12),
    ),
    (
        "unknown open interest and a closing bias score nothing",
        (1_000_000.0, 100, None, "sell", "at_bid", False, "closing_bias", 0.43, 0),
        39,
        (22, 0, 11, 0, 0, 6),
    ),
]

# scores in any order, positions that are golden
GOLDEN_RULE = [
    ([87], [0]),
    ([70], [0]),
    ([69], []),
    ([69, 60, 12], []),
    (list(range(90, 70, -1)), [0, 1]),
    (list(range(71, 91)), [18, 19]),
    ([90, 89, 89, 89, *range(86, 70, -1)], [0, 1, 2, 3]),
    ([90, *range(88, 78, -1)], [0, 1]),
    ([90, *range(88, 79, -1)], [0]),
    ([80, 69, *[10] * 18], [0]),
    ([], []),
]

# right, side, bias, intent
INTENT = [
    ("C", "buy", "opening_bias", "bullish"),
    ("C", "buy", "unknown", "bullish"),
    ("C", "buy", "closing_bias", "neutral"),
    ("C", "sell", "opening_bias", "bearish"),
    ("C", "sell", "unknown", "bearish"),
    ("C", "sell", "closing_bias", "neutral"),
    ("P", "buy", "opening_bias", "bearish"),
    ("P", "buy", "unknown", "bearish"),
    ("P", "buy", "closing_bias", "neutral"),
    ("P", "sell", "opening_bias", "bullish"),
    ("P", "sell", "unknown", "bullish"),
    ("P", "sell", "closing_bias", "neutral"),
    ("C", "mid", "opening_bias", "neutral"),
    ("C", "mid", "unknown", "neutral"),
    ("C", "mid", "closing_bias", "neutral"),
    ("P", "mid", "opening_bias", "neutral"),
    ("P", "mid", "unknown", "neutral"),
    ("P", "mid", "closing_bias", "neutral"),
]

# name, coalesce mode, prints of one contract as (nanoseconds from the first, side, size),
# parents in the order of their first legs as (structure, side, legs, size)
SWEEPS = [
    (
        "gap 499 ms",
        "all",
        [(0, "buy", 100), (499 * MS, "buy", 100)],
        [("sweep", "buy", 2, 200)],
    ),
    (
        "gap 500 ms",
        "all",
        [(0, "buy", 100), (500 * MS, "buy", 100)],
        [("sweep", "buy", 2, 200)],
    ),
    (
        "gap 500 ms and 1 ns",
        "all",
        [(0, "buy", 100), (500 * MS + 1, "buy", 100)],
        [("block", "buy", 1, 100), ("block", "buy", 1, 100)],
    ),
    (
        "gap 501 ms",
        "all",
        [(0, "buy", 100), (501 * MS, "buy", 100)],
        [("block", "buy", 1, 100), ("block", "buy", 1, 100)],
    ),
    (
        "gaps count from the last leg",
        "all",
        [(0, "buy", 100), (400 * MS, "buy", 100), (800 * MS, "buy", 100)],
        [("sweep", "buy", 3, 300)],
    ),
    (
        "buy, sell, buy",
        "all",
        [(0, "buy", 100), (100 * MS, "sell", 150), (200 * MS, "buy", 100)],
        [("sweep", "buy", 2, 200), ("block", "sell", 1, 150)],
    ),
    (
        "mid prints never group",
        "all",
        [(0, "mid", 100), (0, "mid", 100), (1 * MS, "mid", 100)],
        [("block", "mid", 1, 100)] * 3,
    ),
    (
        "span 3,000 ms",
        "all",
        [(t * MS, "buy", 100) for t in (*range(0, 2701, 450), 3000)],
        [("sweep", "buy", 8, 800)],
    ),
    (
        "span 3,001 ms",
        "all",
        [(t * MS, "buy", 100) for t in (*range(0, 2701, 450), 3001)],
        [("sweep", "buy", 7, 700), ("block", "buy", 1, 100)],
    ),
    (
        "two small ones, whole tape",
        "all",
        [(0, "buy", 60), (100 * MS, "buy", 60)],
        [("sweep", "buy", 2, 120)],
    ),
    (
        "two small ones, blocks only",
        "blocks_only",
        [(0, "buy", 60), (100 * MS, "buy", 60)],
        [],
    ),
    (
        "two that do not reach a block",
        "all",
        [(0, "buy", 60), (100 * MS, "buy", 39)],
        [],
    ),
    (
        "a small one between, whole tape",
        "all",
        [(0, "buy", 150), (100 * MS, "buy", 99), (200 * MS, "buy", 150)],
        [("sweep", "buy", 3, 399)],
    ),
    (
        "a small one between, blocks only",
        "blocks_only",
        [(0, "buy", 150), (100 * MS, "buy", 99), (200 * MS, "buy", 150)],
        [("sweep", "buy", 2, 300)],
    ),
    (
        "a small bridge, whole tape",
        "all",
        [(0, "sell", 150), (400 * MS, "sell", 99), (800 * MS, "sell", 150)],
        [("sweep", "sell", 3, 399)],
    ),
    (
        "a small bridge, blocks only",
        "blocks_only",
        [(0, "sell", 150), (400 * MS, "sell", 99), (800 * MS, "sell", 150)],
        [("block", "sell", 1, 150), ("block", "sell", 1, 150)],
    ),
    (
        "a lone small one",
        "all",
        [(0, "buy", 99)],
        [],
    ),
]

# real parts, integers
REMAINDERS = [
    ([9.46], [9]),
    ([0.5, 0.5], [1, 0]),
    ([0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0]),
    ([1.5, 1.5, 1.5, 0.5], [2, 2, 1, 0]),
    ([0.25, 0.75, 0.75, 0.25], [0, 1, 1, 0]),
    ([2.25, 1.75, 3.25, 0.25], [3, 2, 3, 0]),
    ([2.5, 1.75, 3.75, 0.5], [3, 2, 4, 0]),
    ([22.0, 18.0, 14.0, 12.0, 9.46, 12.0], [22, 18, 14, 12, 9, 12]),
    ([0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0, 0, 0, 0, 0, 0]),
    ([40.0, 30.0, 20.0, 10.0], [40, 30, 20, 10]),
]

# One row holds a name, the inputs in the order size, open interest, premium, days to
# expiry and percent out of the money, then one part and its points.
RADAR = [
    ("v = 6.68", (668, 100, 25_000.0, 90, None), "volOI", 34),
    ("v = 10 fills the part", (1000, 100, 25_000.0, 90, None), "volOI", 40),
    ("v beyond 10 stays full", (9000, 100, 25_000.0, 90, None), "volOI", 40),
    ("no open interest is as one", (10, 0, 25_000.0, 90, None), "volOI", 40),
    ("unknown open interest", (668, None, 25_000.0, 90, None), "volOI", 0),
    ("$3.515M", (1, None, 3_515_000.0, 90, None), "premium", 28),
    ("$5M fills the part", (1, None, 5_000_000.0, 90, None), "premium", 30),
    ("$25K is the floor", (1, None, 25_000.0, 90, None), "premium", 0),
    ("0 days", (1, None, 0.0, 0, None), "dte", 20),
    ("14 days", (1, None, 0.0, 14, None), "dte", 16),
    ("30 days", (1, None, 0.0, 30, None), "dte", 12),
    ("45 days", (1, None, 0.0, 45, None), "dte", 8),
    ("60 days", (1, None, 0.0, 60, None), "dte", 4),
    ("75 days", (1, None, 0.0, 75, None), "dte", 2),
    ("90 days", (1, None, 0.0, 90, None), "dte", 0),
    ("unknown spot", (1, None, 0.0, 90, None), "otm", 0),
    ("deep in the money", (1, None, 0.0, 90, -40.0), "otm", 2),
    ("10 % in the money", (1, None, 0.0, 90, -10.0), "otm", 2),
    ("5 % in the money", (1, None, 0.0, 90, -5.0), "otm", 5),
    ("at the money", (1, None, 0.0, 90, 0.0), "otm", 10),
    ("5 % out of the money", (1, None, 0.0, 90, 5.0), "otm", 10),
    ("12.5 % out of the money", (1, None, 0.0, 90, 12.5), "otm", 5),
    ("20 % out of the money", (1, None, 0.0, 90, 20.0), "otm", 0),
    ("lottery ticket", (1, None, 0.0, 90, 60.0), "otm", 0),
]

# price, bid, ask in cents times a hundred (1 = $0.0001), None unknown; side, label
QUOTES = [
    (10_501, 10_000, 10_500, "buy", "above_ask"),
    (10_500, 10_000, 10_500, "buy", "at_ask"),
    (10_475, 10_000, 10_500, "buy", "at_ask"),
    (10_474, 10_000, 10_500, "buy", "mid"),
    (10_251, 10_000, 10_500, "buy", "mid"),
    (10_250, 10_000, 10_500, "mid", "mid"),
    (10_249, 10_000, 10_500, "sell", "mid"),
    (10_026, 10_000, 10_500, "sell", "mid"),
    (10_025, 10_000, 10_500, "sell", "at_bid"),
    (10_000, 10_000, 10_500, "sell", "at_bid"),
    (9_999, 10_000, 10_500, "sell", "below_bid"),
    (29_900, 10_000, 30_000, "buy", "at_ask"),
    (29_899, 10_000, 30_000, "buy", "mid"),
    (10_100, 10_000, 30_000, "sell", "at_bid"),
    (10_101, 10_000, 30_000, "sell", "mid"),
    (100, 0, 500, "sell", "mid"),
    (25, 0, 500, "sell", "at_bid"),
    (500, 0, 500, "buy", "at_ask"),
    (10_000, 10_000, 10_000, "mid", "mid"),
    (20_000, 10_000, 10_000, "mid", "mid"),
    (20_000, 10_500, 10_000, "mid", "mid"),
    (20_000, 10_000, None, "mid", "mid"),
    (20_000, 10_000, 0, "mid", "mid"),
    (20_000, None, 10_000, "mid", "mid"),
    (20_000, -1, 10_000, "mid", "mid"),
    (20_000, None, None, "mid", "mid"),
    (20_000, 0, 0, "mid", "mid"),
]

# name, (buys, sells, unsigned, proven, official), net change, bias, confidence
INTEREST = [
    ("published net change", (9767, 0, 0, 0, None), 4200, "opening_bias", 0.43),
    ("unknown interest is not bounded", (0, 1000, 0, 0, None), -430, "closing_bias", 0.43),
    ("half away from zero, up", (50, 0, 0, 0, 9), 22, "opening_bias", 0.43),
    ("half away from zero, down", (0, 50, 0, 0, 900), -22, "closing_bias", 0.43),
    ("closes at most what exists", (0, 1000, 0, 0, 200), -200, "closing_bias", 0.43),
    ("nothing to close", (0, 1000, 0, 0, 0), 0, "unknown", 0.43),
    ("49 signed contracts say nothing", (49, 0, 500, 0, 900), 21, "unknown", 0.43),
    ("50 signed contracts do", (50, 0, 500, 0, 900), 22, "opening_bias", 0.43),
    ("a tenth is enough", (616, 384, 0, 0, 9000), 100, "opening_bias", 0.43),
    ("less than a tenth is not", (614, 386, 0, 0, 9000), 98, "unknown", 0.43),
    ("minus a tenth is enough", (384, 616, 0, 0, 9000), -100, "closing_bias", 0.43),
    ("proof lifts the change", (0, 1000, 0, 900, 100), 800, "opening_bias", 0.9),
    ("half proven opens", (0, 0, 100, 50, 50), 0, "opening_bias", 0.5),
    ("less than half proven does not", (0, 0, 100, 49, 51), 0, "unknown", 0.49),
    ("all proven", (0, 100, 0, 100, 0), 100, "opening_bias", 1.0),
]

# name, sizes of the day's prints of one contract, official interest, proven opening
PROVEN = [
    ("within what exists", [100], 100, 0),
    ("one more than what exists", [101], 100, 1),
    ("earlier volume counts", [100, 250], 100, 50),
    ("every print on its own", [150, 300], 100, 100),
    ("no interest at all", [40, 100], 0, 100),
    ("unknown interest proves nothing", [500], None, 0),
]
