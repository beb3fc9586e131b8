"""Counting the statements that a piece of work sends to PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask

Statements = Callable[[], AbstractContextManager[list[str]]]


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements sent inside the block, in order; transaction control and pings left out."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def statements(app: Flask) -> Statements:
    """Counts in a `with` block; the list that it gives grows as statements are sent."""
    return lambda: counted(app)
