"""The live path: one thread folds what a feed delivers and publishes what stands."""
