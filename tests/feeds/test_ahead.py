import threading
import time
from collections.abc import Iterator

import pytest

from opentape.feeds.raw.ahead import ahead


def counting(made: list[int], *, past: int = 1_000) -> Iterator[int]:
    for number in range(past):
        made.append(number)
        yield number


def test_items_come_in_order_and_all() -> None:
    assert list(ahead(lambda: counting([]))) == list(range(1_000))
    assert list(ahead(lambda: iter(()))) == []


def test_few_are_made_in_advance() -> None:
    made: list[int] = []
    items = ahead(lambda: counting(made))
    for expected in range(5):
        assert next(items) == expected
        time.sleep(0.01)
        assert len(made) <= expected + 5
    items.close()


def test_the_thread_ends_with_whoever_asks() -> None:
    before = threading.active_count()
    items = ahead(lambda: counting([]))
    next(items)
    assert threading.active_count() == before + 1
    items.close()
    assert threading.active_count() == before


def test_an_error_comes_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("damaged")

    items = ahead(failing)
    assert next(items) == 1
    with pytest.raises(ValueError, match="damaged"):
        next(items)
