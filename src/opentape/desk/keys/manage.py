"""What an owner does with keys: make, list, revoke."""

from typing import Final, NamedTuple

from opentape.desk.keys.key import MARK, Kept, Key, digest_of, id_of, new_text
from opentape.desk.keys.options import Plan, PlanOptions
from opentape.desk.keys.ports import KeyStore
from opentape.market.errors import BadSetting, NotFound

DAY_NS: Final = 86_400 * 10**9
LABEL_LETTERS: Final = 200


class Wish(NamedTuple):
    """What a new key shall be."""

    plan: Plan | None = None
    """None: the plan that the settings say."""
    rate: int | None = None
    """Requests a minute, None as the plan says."""
    days: float | None = None
    """Until it expires, None never."""
    label: str = ""


class Made(NamedTuple):
    """A new key, and the one sight of its text."""

    key: Key
    text: str


def make_key(store: KeyStore, wish: Wish, options: PlanOptions, now_ns: int) -> Made:
    """Make a key and keep all of it but the text.

    Raises
    ------
    BadSetting
        If the rate or the days are not positive, or the label is too long.
    """
    if wish.rate is not None and wish.rate < 1:
        raise BadSetting(f"rate must be 1 or more requests a minute, was {wish.rate}")
    if wish.days is not None and not 0 < wish.days <= 36_500:  # noqa: PLR2004
        raise BadSetting(f"a key must expire in 0 to 36500 days, was {wish.days}")
    if len(wish.label) > LABEL_LETTERS:
        raise BadSetting(f"label must have {LABEL_LETTERS} letters or less")
    text = new_text()
    key = Key(
        id=id_of(text) or "",
        plan=wish.plan or options.default,
        rate=wish.rate,
        label=wish.label,
        created_ns=now_ns,
        expires_ns=None if wish.days is None else now_ns + round(wish.days * DAY_NS),
    )
    store.add(Kept(key, digest_of(text)))
    return Made(key, text)


def revoke_key(store: KeyStore, name: str, now_ns: int) -> str:
    """Refuse a key from now on and return its id.

    Parameters
    ----------
    name
        The id of a key, its prefix, or its whole text.

    Raises
    ------
    NotFound
        If no key has this name, or it is revoked already.
    """
    key_id = id_of(name) or name.removeprefix(f"{MARK}_")
    if not store.revoke(key_id, now_ns):
        # what was typed may be a whole key, which no message repeats
        raise NotFound("a key to revoke must be one that is listed and not revoked yet")
    return key_id
