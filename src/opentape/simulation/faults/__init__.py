"""What a feed breaks: a tape as delivered, and a log of what was done to which print.

The truth of a day stays that of the prints as they were made. A print that a fault adds was
never made, has no truth, and is taken back.
"""

from opentape.simulation.faults.feed import Faults
from opentape.simulation.faults.kinds import FaultKind, parse_faults

__all__ = ["FaultKind", "Faults", "parse_faults"]
