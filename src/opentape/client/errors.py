"""What can go wrong when a server is asked, as one tree.

::

    ClientError
    ├── Unreachable         no answer came
    ├── BadReply            an answer came that cannot be read
    ├── Missing             a library that would be needed is not installed
    └── Refused             the server said no, and why
        ├── BadQuestion     400, 422: the question cannot be understood
        ├── KeyRefused      401: no key, or one that is not valid
        ├── PlanTooLow      403: the plan of the key does not have it
        ├── NotFound        404: there is no such thing
        ├── TooMany         429: more questions than the plan has
        └── ServerFailed    5xx
"""

from typing import Final, cast


class ClientError(Exception):
    """Any error that a client raises; its text is one clear sentence."""


class Unreachable(ClientError):
    """No answer came."""


class BadReply(ClientError):
    """An answer came that cannot be read."""


class Missing(ClientError):
    """A library that would be needed is not installed; the text says how to get it."""


class Refused(ClientError):
    """The server said no, and why.

    Parameters
    ----------
    message
        One sentence, the server's own where it gave one.
    status
        Of HTTP.
    body
        What the server answered, read as JSON; None if it is none.
    """

    def __init__(self, message: str, *, status: int, body: object = None) -> None:
        super().__init__(message)
        self.status = status
        """Of HTTP."""
        self.body = body
        """What the server answered, read as JSON; None if it is none."""

    @property
    def code(self) -> str | None:
        """Which error it is, in a word, such as ``invalid_expiry``; None if not told."""
        error = told(self.body, "error")
        found = error if isinstance(error, str) else told(error, "code")
        return found if isinstance(found, str) else None


class BadQuestion(Refused):
    """The question cannot be understood."""


class KeyRefused(Refused):
    """No key where one is needed, or one that is not valid."""


class PlanTooLow(Refused):
    """The plan of the key does not have what was asked for."""

    @property
    def current_plan(self) -> str | None:
        """The plan of the key; None if not told."""
        return _word(self.body, "current_plan")

    @property
    def required_plan(self) -> str | None:
        """The least plan that has it; None if not told."""
        return _word(self.body, "required_plan")


class NotFound(Refused):
    """There is no such thing."""


class TooMany(Refused):
    """More questions than the plan has, even after waiting."""

    retry_after_s: float | None = None
    """Seconds until the server wants to be asked again; None if it did not tell."""


class ServerFailed(Refused):
    """The server could not answer, whoever asks."""


KINDS: Final[dict[int, type[Refused]]] = {
    400: BadQuestion,
    401: KeyRefused,
    403: PlanTooLow,
    404: NotFound,
    422: BadQuestion,
    429: TooMany,
}
_FAILED: Final = 500


def kind_of(status: int) -> type[Refused]:
    """Return which error a status of HTTP is."""
    return KINDS.get(status, ServerFailed if status >= _FAILED else Refused)


def told(body: object, name: str) -> object:
    """Return what a JSON object holds under a name; None if it is no object."""
    return cast("dict[str, object]", body).get(name) if isinstance(body, dict) else None


def _word(body: object, name: str) -> str | None:
    found = told(body, name)
    return found if isinstance(found, str) else None
