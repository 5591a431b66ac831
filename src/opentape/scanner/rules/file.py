"""Rules from a file of TOML, checked whole before anything runs.

::

    symbols = ["SPY", "QQQ"]

    [destinations.desk]
    kind = "slack"
    url = "$SLACK_WEBHOOK_URL"

    [[rule]]
    name = "whales near the wall"
    preset = "whale-sweeps"
    when = 'premium >= 2e6 and strike >= chain.call_wall'
    cooldown_minutes = 10
    quiet = ["16:15-09:30"]
    to = ["desk"]
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, cast

import msgspec
from msgspec import Meta

from opentape.scanner.rules.errors import BadRule
from opentape.scanner.rules.presets import PRESETS
from opentape.scanner.rules.rule import TODAY, Query, Rule, made, span

_PATH: Final = re.compile(r"(.*?)(?: - at `\$\.?(.*?)`)?$")
_QUERY: Final = frozenset(Query.__struct_fields__)
_EXPECTED: Final = {"array": "a list", "str": "a text", "object": "a table"}


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule as it is written, what its query asks left aside."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    preset: str | None = None
    when: str | None = None
    symbols: tuple[str, ...] = ()
    cooldown_minutes: Annotated[float, Meta(ge=0)] = 0
    quiet: tuple[str, ...] = ()
    to: tuple[str, ...] = ()


class RuleFile(NamedTuple):
    """What a file says."""

    symbols: tuple[str, ...]
    """Those of rules that name none."""
    rules: tuple[Rule, ...]
    destinations: Mapping[str, Mapping[str, Any]]
    """By name, as they are written; read where they are opened."""
    places: "Places"

    def bad(self, place: Sequence[str | int], why: str) -> BadRule:
        """Return the error of something in the file, by where it stands."""
        return self.places.bad(place, why)


class Places:
    """Where things stand in a file: TOML does not tell, so headers are looked for."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()

    def bad(self, place: Sequence[str | int], why: str) -> BadRule:
        """Return an error that says where and why."""
        line = self.line(place)
        at = f"{self._path}:{line}" if line else str(self._path)
        named = ".".join(str(part) for part in place if isinstance(part, str))
        return BadRule(f"{at}: {named + ': ' if named else ''}{why}")

    def line(self, place: Sequence[str | int]) -> int | None:
        """Return the line of ``("rule", 0, "when")`` and such; None if it is not found."""
        begin, end = self._table(place)
        key = place[-1] if place else None
        for number in range(begin, end):
            if isinstance(key, str) and re.match(
                rf"\s*['\"]?{re.escape(key)}['\"]?\s*=", self._lines[number]
            ):
                return number + 1
        return begin or None

    def _table(self, place: Sequence[str | int]) -> tuple[int, int]:
        heads = [n for n, line in enumerate(self._lines) if re.match(r"\s*\[", line)]
        ends = [*heads[1:], len(self._lines)]
        match place:
            case ["rule", int() as index, *_]:
                found = [
                    n for n in heads if re.match(r"\s*\[\[\s*rule\s*\]\]", self._lines[n])
                ]
                wanted = found[index] if index < len(found) else None
            case ["destinations", str() as name, *_]:
                head = rf"\s*\[\s*destinations\s*\.\s*['\"]?{re.escape(name)}['\"]?\s*\]"
                wanted = next((n for n in heads if re.match(head, self._lines[n])), None)
            case _:
                return 0, heads[0] if heads else len(self._lines)
        if wanted is None:
            return 0, 0
        return wanted + 1, ends[heads.index(wanted)]


def read_rules(path: Path) -> RuleFile:
    """Return what a file says.

    Raises
    ------
    BadRule
        If it cannot be read, or something in it cannot be.
    """
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except OSError as error:
        raise BadRule(f"rules {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadRule(f"rules {path} must be TOML: {error}") from error
    places = Places(path, text)
    _known(places, (), table, {"symbols", "rule", "destinations"})
    destinations = _convert(places, ("destinations",), table.get("destinations", {}),
                            dict[str, dict[str, Any]])  # fmt: skip
    written = _convert(places, ("rule",), table.get("rule", []), list[dict[str, Any]])
    if not written:
        raise BadRule(f"{path}: there is no [[rule]]")
    rules = tuple(_rule(places, at, told) for at, told in enumerate(written))
    _checked_names(places, rules, destinations)
    symbols = _convert(places, ("symbols",), table.get("symbols", []), tuple[str, ...])
    return RuleFile(_capitals(symbols), rules, destinations, places)


def _rule(places: Places, at: int, told: dict[str, Any]) -> Rule:
    here: tuple[str | int, ...] = ("rule", at)
    _known(places, here, told, _QUERY | set(Written.__struct_fields__))
    own = {key: value for key, value in told.items() if key not in _QUERY}
    written = _convert(places, here, own, Written)
    query, when = Query(), written.when
    if written.preset is not None:
        if written.preset not in PRESETS:
            raise places.bad((*here, "preset"), _unknown("preset", written.preset, PRESETS))
        base = PRESETS[written.preset]
        query = base.query
        when = _together(base.when, written.when)
    asked = {key: value for key, value in told.items() if key in _QUERY}
    query = _convert(places, here, msgspec.structs.asdict(query) | asked, Query)
    try:
        rule = made(written.name, query, when, symbols=_capitals(written.symbols),
                    cooldown_minutes=written.cooldown_minutes, to=written.to)  # fmt: skip
    except BadRule as error:
        raise places.bad((*here, "when"), str(error)) from error
    try:
        return msgspec.structs.replace(rule, quiet=tuple(map(span, written.quiet)))
    except BadRule as error:
        raise places.bad((*here, "quiet"), str(error)) from error


def _together(one: str | None, other: str | None) -> str | None:
    both = [text for text in (one, other) if text]
    return (
        " and ".join(f"({text})" for text in both)
        if len(both) > 1
        else next(iter(both), None)
    )


def _capitals(symbols: Sequence[str]) -> tuple[str, ...]:
    return tuple(symbol.strip().upper() for symbol in symbols)


def _known(
    places: Places,
    here: tuple[str | int, ...],
    told: Mapping[str, Any],
    names: set[str] | frozenset[str],
) -> None:
    for name in told:
        if name not in names:
            raise places.bad((*here, name), _unknown("key", name, names))


def _checked_names(
    places: Places, rules: Sequence[Rule], destinations: Mapping[str, Any]
) -> None:
    names = [rule.name for rule in rules]
    for at, rule in enumerate(rules):
        if rule.name in names[:at]:
            raise places.bad(("rule", at, "name"), f"two rules are named {rule.name!r}")
        for name in rule.to:
            if name not in destinations:
                raise places.bad(
                    ("rule", at, "to"), _unknown("destination", name, destinations)
                )


def _unknown(
    what: str, name: str, known: Mapping[str, Any] | set[str] | frozenset[str]
) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"there is no {what} {name!r}{hint}"


def _convert(places: Places, here: tuple[str | int, ...], value: object, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        found = _PATH.match(str(error))
        why, inner = found.groups() if found else (str(error), None)
        parts = re.findall(r"[A-Za-z_]+", inner or "")
        raise places.bad((*here, *cast("list[str]", parts)[:1]), _said(why)) from error


def _said(why: str) -> str:
    """Return what was expected in words of the file."""
    if "matching regex" in why:  # only an expiry has one
        return f"an expiry is YYYY-MM-DD or {TODAY}"
    for name, word in _EXPECTED.items():
        why = why.replace(f"`{name}`", word)
    return why.replace("`", "")
