"""What holds for every test: a kernel may compile while a property is tried."""

from hypothesis import settings

settings.register_profile("opentape", deadline=None)
settings.load_profile("opentape")
