"""The routes, one module a noun; each is a few lines over a question of the desk."""

import pkgutil
from importlib import import_module


def load() -> None:
    """Import every module of routes: importing one names its routes."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
