"""Settings: what the environment says, else a file, else the defaults.

The only reader of the environment and of `opentape.toml`. A setting is named by its path
in the tree: ``flow.gather.gap_ms``, in the environment ``OPENTAPE_FLOW_GATHER_GAP_MS``.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from enum import EnumMeta
from pathlib import Path
from typing import Any, Final, cast, get_origin

import msgspec

from opentape.alerts.wall.options import WallOptions
from opentape.api.options import ServerOptions
from opentape.api.stream.options import StreamOptions
from opentape.desk.keys.options import PlanOptions
from opentape.desk.options import EngineOptions
from opentape.desk.rules.options import AlertOptions
from opentape.desk.webhooks.options import WebhookOptions
from opentape.flow.options import FlowOptions
from opentape.market.errors import BadFile, BadSetting
from opentape.positioning.options import LevelOptions
from opentape.scanner.options import ScannerOptions
from opentape.store.options import StoreOptions
from opentape.volatility.options import ChainOptions

PREFIX: Final = "OPENTAPE_"
CONFIG: Final = "OPENTAPE_CONFIG"
"""Names the file, where the command line does not."""
DEFAULT_FILE: Final = Path("opentape.toml")
_EXPECTED: Final = re.compile(r"Expected (.+?)(?:, got .+?)?(?: - at .+)?$")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that may be set, by room."""

    flow: FlowOptions = FlowOptions()
    chain: ChainOptions = ChainOptions()
    levels: LevelOptions = LevelOptions()
    engine: EngineOptions = EngineOptions()
    stream: StreamOptions = StreamOptions()
    server: ServerOptions = ServerOptions()
    plans: PlanOptions = PlanOptions()
    store: StoreOptions = StoreOptions()
    scanner: ScannerOptions = ScannerOptions()
    webhooks: WebhookOptions = WebhookOptions()
    wall: WallOptions = WallOptions()
    alerts: AlertOptions = AlertOptions()


def load_settings(
    path: Path | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Return the defaults, changed by a file of TOML, changed by the environment.

    Parameters
    ----------
    path
        The file; without it what ``OPENTAPE_CONFIG`` names, else ``opentape.toml`` in the
        working folder if there is one.

    Raises
    ------
    BadFile
        If the file cannot be read or is not TOML.
    BadSetting
        If a name is not known, or a value is not what its setting takes.
    """
    environ = os.environ if environ is None else environ
    kinds = dict(leaves(Settings))
    file = path or _usual_file(environ)
    found = {} if file is None else _from_file(file, kinds)
    found |= _from_environment(environ, kinds)
    return msgspec.convert(_nested(found), Settings)


def secret(name: str, environ: Mapping[str, str] | None = None) -> str | None:
    """Return what a variable of the environment holds, as a file may ask; None if unset."""
    return (os.environ if environ is None else environ).get(name)


def leaves(tree: type[msgspec.Struct], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the name and the type of each setting of a tree."""
    for field in msgspec.structs.fields(tree):
        name = f"{above}{field.encode_name}"
        kind: Any = field.type
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            yield from leaves(kind, f"{name}.")
        else:
            yield name, kind


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.replace(".", "_").upper()


def _usual_file(environ: Mapping[str, str]) -> Path | None:
    if named := environ.get(CONFIG):
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def _from_file(path: Path, kinds: Mapping[str, Any]) -> dict[str, object]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"settings {path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # not TOML, or not even UTF-8
        raise BadFile(f"settings {path} must be TOML: {error}") from error
    return {
        name: _checked(f"{name} in {path}", value, kinds[name], strict=True)
        for name, value in _flat(table, kinds, path)
    }


def _flat(
    table: Mapping[str, object], kinds: Mapping[str, Any], path: Path, above: str = ""
) -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        name = above + key
        if name in kinds:
            yield name, value
        elif not any(known.startswith(f"{name}.") for known in kinds):
            raise BadSetting(_unknown(f"{name!r} in {path}", name, kinds))
        elif not isinstance(value, dict):
            raise BadSetting(f"{name} in {path} must be a table, was {value!r}")
        else:
            inner = cast("dict[str, object]", value)
            yield from _flat(inner, kinds, path, f"{name}.")


def _from_environment(
    environ: Mapping[str, str], kinds: Mapping[str, Any]
) -> dict[str, object]:
    names = {variable(name): name for name in kinds}
    found = dict[str, object]()
    for key, text in environ.items():
        if not key.startswith(PREFIX) or key == CONFIG:
            continue
        if key not in names:
            raise BadSetting(_unknown(key, key, names))
        kind = kinds[names[key]]
        found[names[key]] = _checked(key, _parsed(key, text, kind), kind, strict=False)
    return found


def _parsed(key: str, text: str, kind: Any) -> object:
    """Return text as the value it spells: lists and tables as JSON or by commas."""
    if get_origin(kind) not in {dict, tuple}:
        return text.strip()
    if text.lstrip().startswith(("[", "{")):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            raise BadSetting(
                f"{key} must be JSON or parted by commas, was {text!r}"
            ) from error
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if get_origin(kind) is tuple:
        return parts
    pairs = [part.partition("=") for part in parts]
    return {name.strip(): value.strip() for name, _, value in pairs}


def _checked(name: str, value: object, kind: Any, *, strict: bool) -> object:
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        rule = _rule(kind, str(error))
        raise BadSetting(f"{name} must {rule}, was {value!r}") from error


def _rule(kind: Any, told: str) -> str:
    if isinstance(kind, EnumMeta):
        return "be one of " + ", ".join(str(choice) for choice in kind)
    expected = _EXPECTED.match(told)
    rule = expected[1].replace("`", "") if expected else told
    return f"hold {rule}" if " - at " in told else f"be {rule}"


def _unknown(shown: str, name: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0)
    return f"a setting must be one that is known, as {near[0]!r}, was {shown}"


def _nested(found: Mapping[str, object]) -> dict[str, object]:
    tree = dict[str, object]()
    for name, value in found.items():
        *above, last = name.split(".")
        table = tree
        for part in above:
            table = cast("dict[str, object]", table.setdefault(part, {}))
        table[last] = value
    return tree
