"""Words read from source: below fields, inherited, of enums, as Markdown."""

import enum

import msgspec

from opentape.desk import words


class Parent(msgspec.Struct):
    """One ``thing``."""

    first: int
    """Dollars
    a share."""
    silent: int


class Child(Parent):
    first: int
    """Said anew."""
    second: float
    """One of ``C``.

    Raises
    ------
    Never
    """


class Way(enum.StrEnum):
    """Where to."""

    UP = "up"
    """Higher."""


def test_fields_have_the_words_below_them() -> None:
    assert words.of_fields(Parent) == {"first": "Dollars a share."}


def test_the_nearest_words_count() -> None:
    assert words.of_fields(Child) == {"first": "Said anew.", "second": "One of `C`."}


def test_members_of_enums_are_read() -> None:
    assert words.of_fields(Way) == {"UP": "Higher."}


def test_a_class_says_its_own_words_only() -> None:
    assert words.of_class(Parent) == "One `thing`."
    assert words.of_class(Child) == ""


def test_classes_without_source_say_nothing() -> None:
    made = msgspec.defstruct("Made", [("a", int)])
    assert words.of_fields(made) == {}


def test_lists_keep_their_lines() -> None:
    assert words.plain("One\ntwo:\n\n- a\n- b") == "One two:\n\n- a\n- b"
