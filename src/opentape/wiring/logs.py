"""Logs: one line an event, on standard error, without anything that lets anybody in.

JSON where nobody watches, readable lines on a terminal. What libraries log goes the same
way from warnings on.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Final, TextIO, cast

import msgspec
import structlog
from structlog.stdlib import BoundLogger, LoggerFactory, ProcessorFormatter
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

OURS: Final = "opentape"
_SECRET: Final = frozenset(
    {"key", "apikey", "xapikey", "secret", "token", "password", "authorization", "cookie",
     "query", "querystring", "headers"}
)  # fmt: skip
"""Names, without their punctuation, whose values are never written."""
_SPELLED: Final = re.compile(r"[^a-z]")
_KEY: Final = re.compile(r"\bot_([a-z0-9]{10})_[A-Za-z0-9]+")
_ASKED: Final = re.compile(r"\?[\w.~%-]+=[^\s\"'\\]*")
_BEARER: Final = re.compile(r"(?i)\bbearer\s+[\w.~+/=-]+")
_encode: Final = msgspec.json.Encoder(enc_hook=repr).encode


def configure(out: TextIO | None = None, *, quiet: bool = False) -> None:
    """Have everything logged to a stream, standard error unless another is given.

    Parameters
    ----------
    quiet
        Warnings and errors only.
    """
    to: TextIO = sys.stderr if out is None else out
    first: Sequence[Processor] = (
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_secrets,
    )
    handler = logging.StreamHandler(to)
    handler.setFormatter(
        ProcessorFormatter(
            processors=[
                ProcessorFormatter.remove_processors_meta,
                *(_for_people() if to.isatty() else _for_programs()),
                cast("Processor", _masked),
            ],
            foreign_pre_chain=first,
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(OURS).setLevel(logging.WARNING if quiet else logging.INFO)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *first,
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=LoggerFactory(),
        wrapper_class=BoundLogger,
        cache_logger_on_first_use=False,
    )


def masked(text: str) -> str:
    """Return a text without keys and query strings.

    Examples
    --------
    >>> masked("GET /v1/flow?apiKey=abc of ot_4f9k2m7q1z_secret")
    'GET /v1/flow?... of ot_4f9k2m7q1z_...'
    """
    text = _KEY.sub(r"ot_\1_...", text)
    return _BEARER.sub("Bearer ...", _ASKED.sub("?...", text))


def _for_people() -> Sequence[Processor]:
    plain = structlog.dev.plain_traceback
    return (structlog.dev.ConsoleRenderer(exception_formatter=plain),)


def _for_programs() -> Sequence[Processor]:
    # the values of local variables may be keys, or a million prints
    told = ExceptionDictTransformer(show_locals=False)
    return (
        structlog.processors.EventRenamer("message"),
        structlog.processors.ExceptionRenderer(told),
        structlog.processors.JSONRenderer(serializer=_as_json),
    )


def _as_json(told: object, **_kw: Any) -> str:
    return _encode(told).decode()


def _without_secrets(
    _logger: object, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {name: _clean(one) for name, one in event.items() if not _is_secret(name)}


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        told = cast("Mapping[Any, Any]", value)
        return {
            name: _clean(one) for name, one in told.items() if not _is_secret(str(name))
        }
    return value


def _is_secret(name: str) -> bool:
    return _SPELLED.sub("", name.lower()) in _SECRET


def _masked(_logger: object, _name: str, text: str) -> str:
    return masked(text)
