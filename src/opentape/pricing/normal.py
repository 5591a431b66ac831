"""The normal distribution: density, cumulative, its inverse, and Mills' ratio."""

import math
from typing import Final

from opentape.pricing.elementary import exp, quotient
from opentape.pricing.jit import stage

INV_SQRT_2PI: Final = 0.3989422804014327
_SQRT_2: Final = 1.4142135623730951
_SQRT_2_OVER_PI: Final = 0.7978845608028654
# beyond it the ratio is 1 / z to the last digit, and high powers of z overflow
_FAR: Final = 1e8
SMALL: Final = 0.06
"""Up to where `mills_gap` is exact to the last digits."""
_GRID: Final = 1048576.0
_BEYOND: Final = 40.0
_CENTRE: Final = 0.425
_TAIL: Final = 5.0


@stage
def density(z: float) -> float:
    """Return the normal density, with all its digits in the far tails too.

    Examples
    --------
    >>> print(round(density(1.0), 15))
    0.241970724519143
    """
    return INV_SQRT_2PI * _gauss(z)


@stage
def cumulative(z: float) -> float:
    """Return the chance of a normal variable below `z`, relatively accurate in both tails.

    Examples
    --------
    >>> print(round(cumulative(0.0), 15))
    0.5
    >>> print(f"{cumulative(-37.5):.12e}")
    4.605353009582e-308
    """
    tail = INV_SQRT_2PI * _gauss(z) * mills(abs(z))
    return 1.0 - tail if z > 0.0 else tail


@stage
def _gauss(z: float) -> float:
    """Return exp(-z^2 / 2): the square of the leading bits is exact, the rest is small."""
    within = min(abs(z), _BEYOND) if z == z else z  # noqa: PLR0124 - not a number stays so
    leading = float(int(within * _GRID)) / _GRID if z == z else z  # noqa: PLR0124
    rest = 0.5 * (within - leading) * (within + leading)
    near_one = 1.0 - rest * (1.0 - rest * (0.5 - rest / 6.0))
    return exp(-0.5 * leading * leading) * near_one


@stage
def mills(z: float) -> float:
    """Return the upper tail over the density, (1 - N(z)) / n(z), for `z` of 0 and above.

    Source
    ------
    A quotient of polynomials fitted on the half-line in 60 digits, error below 7e-17; the
    last terms make it 1 / z far out.

    Examples
    --------
    >>> print(round(mills(0.0), 12), round(mills(10.0), 12))
    1.253314137316 0.099028596472
    """
    z = min(z, _FAR)
    p = 0.0002946736987677378 + z * (1.954430133589592e-05 + z * 6.367547459840215e-07)
    p = 0.019210558165281034 + z * (0.002838640090225931 + z * p)
    p = 0.3478526604897803 + z * (0.09506062609262107 + z * p)
    p = 1.7492078575472352 + z * (0.9305600539388068 + z * p)
    p = 1.2533141373155003 + z * (2.104934360218623 + z * p)
    q = 0.00029531045351366593 + z * (1.9544301335896043e-05 + z * 6.367547459840215e-07)
    q = 0.019503958353651474 + z * (0.002858184391571698 + z * q)
    q = 0.36648023693131343 + z * (0.09786017763054988 + z * q)
    q = 2.0615380286762943 + z * (1.0201388926383586 + z * q)
    q = 2.477379188324762 + z * (2.872328548790657 + z * q)
    return quotient(p, 1.0 + z * q)


@stage
def mills_fall(z: float) -> float:
    """Return how fast Mills' ratio falls, 1 - z mills(z), for `z` of 0 and above.

    Source
    ------
    As `mills`, fitted by itself: the difference would lose its digits as z^-2.

    Examples
    --------
    >>> mills_fall(0.0)
    1.0
    >>> print(round(mills_fall(1e4) * 1e8, 6))
    1.0
    """
    z = min(z, _FAR)
    p = 0.00011697655803612347 + z * (7.646037044141847e-06 + z * 2.516777321443409e-07)
    p = 0.008272093718820267 + z * (0.0011644299514343664 + z * p)
    p = 0.17253096828792125 + z * (0.04360880276723452 + z * p)
    p = 1.062588310258356 + z * (0.5066805272468968 + z * p)
    p = 1.0 + z * (1.4515877402677853 + z * p)
    q = 0.00011773159123255104 + z * (7.646037044141855e-06 + z * 2.516777321443409e-07)
    q = 0.008621513326362054 + z * (0.001187368062568153 + z * q)
    q = 0.19665595990336393 + z * (0.04705621641247589 + z * q)
    q = 1.5353568881897213 + z * (0.6308415123061513 + z * q)
    q = 3.4526800734847862 + z * (2.755728466046405 + z * q)
    q = 1.0 + z * (2.7049018775832843 + z * q)
    return quotient(p, q)


@stage
def mills_gap(h: float, t: float) -> float:
    """Return Mills' ratio at -h - t less that at -h + t, for small `t` of 0 and above.

    Where the two are nearly equal their difference keeps all its digits; `h` is 0 or
    below, `t` below `SMALL` and -h t below 2.

    Source
    ------
    The odd terms of the Taylor series about -h. The derivatives follow from
    Y(z) = N(z) / n(z), Y' = 1 + z Y; written in Y' alone they do not cancel.

    Examples
    --------
    >>> print(round(mills_gap(-1.0, 0.1) / (mills(0.9) - mills(1.1)), 12))
    1.0
    """
    square, step = h * h, t * t
    odd = mills_fall(-h)
    even = odd - 1.0
    total, weight = odd, 1.0
    even = square * odd + even
    odd = even + 2.0 * odd
    weight *= step * (1.0 / 6.0)
    total += weight * odd
    even = square * odd + 3.0 * even
    odd = even + 4.0 * odd
    weight *= step * (1.0 / 20.0)
    total += weight * odd
    even = square * odd + 5.0 * even
    odd = even + 6.0 * odd
    weight *= step * (1.0 / 42.0)
    total += weight * odd
    even = square * odd + 7.0 * even
    odd = even + 8.0 * odd
    weight *= step * (1.0 / 72.0)
    total += weight * odd
    return 2.0 * t * total


@stage
def erfcx(x: float) -> float:
    """Return exp(x^2) erfc(x), infinity where that is too large.

    Examples
    --------
    >>> print(round(erfcx(0.0), 12), round(erfcx(10.0), 12))
    1.0 0.056140992744
    """
    scaled = _SQRT_2_OVER_PI * mills(_SQRT_2 * abs(x))
    return scaled if x >= 0.0 else 2.0 * exp(x * x) - scaled


@stage
def inverse(p: float) -> float:
    """Return the `z` below which a normal variable is with chance `p`; NaN outside (0, 1).

    Source
    ------
    Wichura, "Algorithm AS 241: the percentage points of the normal distribution",
    Applied Statistics 37 (1988), routine PPND16.

    Examples
    --------
    >>> print(round(inverse(0.975), 12))
    1.95996398454
    """
    q = p - 0.5
    if abs(q) <= _CENTRE:
        return q * _central(_CENTRE * _CENTRE - q * q)
    tail = p if q < 0.0 else 1.0 - p
    if not tail > 0.0:
        return math.nan
    r = math.sqrt(-math.log(tail))
    z = _middle(r - 1.6) if r <= _TAIL else _far(r - _TAIL)
    return -z if q < 0.0 else z


@stage
def _central(z: float) -> float:
    p = 67265.7709270087 + z * (33430.57558358813 + z * 2509.0809287301227)
    p = 13731.69376550946 + z * (45921.95393154987 + z * p)
    p = 133.14166789178438 + z * (1971.5909503065513 + z * p)
    q = 39307.89580009271 + z * (28729.085735721943 + z * 5226.495278852854)
    q = 5394.196021424751 + z * (21213.794301586597 + z * q)
    q = 42.31333070160091 + z * (687.1870074920579 + z * q)
    return (3.3871328727963665 + z * p) / (1.0 + z * q)


@stage
def _middle(z: float) -> float:
    p = 0.2417807251774506 + z * (0.022723844989269184 + z * 0.0007745450142783414)
    p = 3.6478483247632045 + z * (1.2704582524523684 + z * p)
    p = 4.630337846156546 + z * (5.769497221460691 + z * p)
    q = 0.015198666563616457 + z * (0.0005475938084995345 + z * 1.0507500716444169e-09)
    q = 0.6897673349851 + z * (0.14810397642748008 + z * q)
    q = 2.053191626637759 + z * (1.6763848301838038 + z * q)
    return (1.4234371107496835 + z * p) / (1.0 + z * q)


@stage
def _far(z: float) -> float:
    p = 0.0012426609473880784 + z * (2.7115555687434876e-05 + z * 2.0103343992922881e-07)
    p = 0.29656057182850487 + z * (0.026532189526576124 + z * p)
    p = 5.463784911164114 + z * (1.7848265399172913 + z * p)
    q = 1.8463183175100548e-05 + z * (1.421511758316446e-07 + z * 2.0442631033899397e-15)
    q = 0.014875361290850615 + z * (0.0007868691311456133 + z * q)
    q = 0.599832206555888 + z * (0.1369298809227358 + z * q)
    return (6.657904643501103 + z * p) / (1.0 + z * q)
