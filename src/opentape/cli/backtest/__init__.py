"""The verb that holds rules against sessions of the past."""
