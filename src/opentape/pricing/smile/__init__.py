"""One smile per expiry: SVI slices that hold no arbitrage, their fit and their density."""

from opentape.pricing.smile.arbitrage import Kind, Violation
from opentape.pricing.smile.fit import Fitted, Why, fit_slice
from opentape.pricing.smile.ssvi import Ssvi
from opentape.pricing.smile.surface import Slice, fit_surface
from opentape.pricing.smile.svi import Svi

__all__ = [
    "Fitted",
    "Kind",
    "Slice",
    "Ssvi",
    "Svi",
    "Violation",
    "Why",
    "fit_slice",
    "fit_surface",
]
