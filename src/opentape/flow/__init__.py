"""Events: what happened and what it means. Imports `market` and `pricing.jit` only."""
