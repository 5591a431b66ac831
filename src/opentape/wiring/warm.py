"""Whether all machine code was compiled ahead."""

from opentape.pricing.jit import is_warm, set_warm

__all__ = ["is_warm", "set_warm"]
