"""The stand-in's clock: real time plus an offset that the control API moves."""

from __future__ import annotations

import time

from .store import Books

_OFFSET = "clock_offset"


def now(books: Books) -> int:
    """Unix time in whole seconds, as the stand-in sees it."""
    return int(time.time()) + int(books.knob(_OFFSET, "0"))


def advance(books: Books, seconds: int) -> int:
    """Move the clock forward and return the new time; what falls due is done by the next sweep."""
    books.turn(_OFFSET, str(int(books.knob(_OFFSET, "0")) + seconds))
    return now(books)


def back_to_real_time(books: Books) -> int:
    """Drop the offset and return the time; what has happened meanwhile stays happened."""
    books.turn(_OFFSET, "0")
    return now(books)
