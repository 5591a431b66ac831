"""The layers in their order."""

from collections.abc import Iterable

from opentape.api.asgi import App
from opentape.api.door.auth import PUBLIC, Authentication
from opentape.api.door.cors import Cors
from opentape.api.door.limits import Limits
from opentape.api.door.paths import Paths
from opentape.api.options import ServerOptions
from opentape.desk.clock import Clock
from opentape.desk.keys.access import Access


def guard(
    app: App,
    access: Access,
    options: ServerOptions,
    clock: Clock,
    *,
    public: Iterable[str] = PUBLIC,
) -> App:
    """Return an application behind the door: all but `public` needs a valid key."""
    guarded: App = Authentication(Limits(app, access, clock), access, tuple(public))
    guarded = Paths(guarded)
    return Cors(guarded, options.cors_origin) if options.cors_origin else guarded
