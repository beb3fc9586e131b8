"""The fixtures that give each test a database of its own."""

from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest


def _count(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_starts_with_the_newest_schema_and_nothing_else(
    turn: int, database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        assert _count(connection, "SELECT count(*) FROM alembic_version") >= 1
        # Fails in the second turn if the first turn's database were used again.
        connection.execute("CREATE TABLE left_over (id int)")


@pytest.fixture
def closed_late() -> Iterator[ExitStack]:
    """Runs its callbacks after the fixtures that a test names behind it are torn down."""
    with ExitStack() as stack:
        yield stack


def test_an_empty_database_has_no_tables_and_is_dropped_in_use(
    closed_late: ExitStack, empty_database_url: str
) -> None:
    connection = psycopg.connect(empty_database_url)
    closed_late.callback(connection.close)
    query = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert _count(connection, query) == 0
