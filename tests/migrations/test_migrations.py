"""Every migration, up and down, with rows in its tables; together they give what the models say."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from app.factory import create_app
from app.migrations import alembic
from core.database import db
from tests.database import PROJECT
from tests.giving import execute, rows
from tests.migrations.samples import SAMPLES, statements
from tests.site import test_environ

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
LEFT = (
    "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    " UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace"
    " AND typtype IN ('e', 'd')"
)


@pytest.fixture
def empty_app(empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database without any schema."""
    app = create_app(test_environ(empty_database_url, tmp_path, ""))
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


def revisions(app: Flask) -> list[str]:
    with app.app_context():
        found = [script.revision for script in alembic.script_directory.walk_revisions()]
    return found[::-1]


def step(app: Flask, go: Callable[..., Any], target: str) -> None:
    with app.app_context():
        go(target)


def fill(app: Flask, revision: str) -> None:
    execute(app, statements(revision))


def test_up_and_down_and_up_again_with_rows_in_the_tables(empty_app: Flask) -> None:
    order = revisions(empty_app)
    assert set(SAMPLES) == set(order), "tests/migrations/samples.py has rows for every revision"
    for turn in range(2):
        for revision in order:
            step(empty_app, alembic.upgrade, revision)
            if turn == 0:
                fill(empty_app, revision)
        filled = {name for (name,) in rows(empty_app, TABLES) if is_filled(empty_app, name)}
        if turn == 0:
            ours = {t.name for t in db_tables()}
            assert ours - filled == set(), "a table without a sample row"
        for revision in [*order[-2::-1], "base"]:
            step(empty_app, alembic.downgrade, revision)
        assert rows(empty_app, TABLES) == [("alembic_version",)]
        assert rows(empty_app, LEFT) == [], "functions and types that nobody took away"
    step(empty_app, alembic.upgrade, "heads")


def db_tables() -> list[sa.Table]:
    from core.database import Base

    return list(Base.metadata.tables.values())


def is_filled(app: Flask, table: str) -> bool:
    return bool(rows(app, f"SELECT 1 FROM {table} LIMIT 1"))


def test_the_migrations_give_what_the_models_say(app: Flask) -> None:
    with app.app_context():
        assert alembic.compare_metadata() == []
        # The comparison sees a difference when there is one.
        db.session.execute(sa.text("ALTER TABLE payment ALTER COLUMN charge_ref DROP NOT NULL"))
        db.session.execute(sa.text("DROP INDEX ix_payment_unsettled"))
        db.session.commit()
    with app.app_context():
        assert len(alembic.compare_metadata()) == 2


def test_the_checks_of_the_models_are_in_the_database(app: Flask) -> None:
    """Alembic does not compare CHECKs, so this does, by name and by what they let in."""
    found = dict(
        rows(
            app,
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
            " AND connamespace = 'public'::regnamespace",
        )
    )
    for table in db_tables():
        for constraint in table.constraints:
            if not isinstance(constraint, sa.CheckConstraint):
                continue
            assert constraint.name in found, f"{table.name}: {constraint.name}"
            words = str(constraint.sqltext)
            for value in words.split("'")[1::2]:
                assert f"'{value}'" in found[str(constraint.name)], f"{constraint.name}: {value}"


def test_three_that_start_at_once_end_with_one_migration(
    empty_database_url: str, tmp_path: Path
) -> None:
    environ = os.environ | test_environ(empty_database_url, tmp_path, "")
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    started = [
        subprocess.Popen(
            command, cwd=PROJECT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(3)
    ]
    ended = [(process.communicate(timeout=60)[0], process.returncode) for process in started]
    assert [code for _, code in ended] == [0, 0, 0], ended
    with psycopg.connect(empty_database_url) as connection:
        found = connection.execute("SELECT count(*) FROM alembic_version").fetchone()
    assert found == (1,)


@pytest.mark.parametrize("direction", ["upgrade", "downgrade"])
def test_a_migration_does_not_queue_up_behind_a_lock_for_long(
    empty_app: Flask, direction: str
) -> None:
    """What the server says of the connection in the moment of the first change."""
    if direction == "downgrade":
        step(empty_app, alembic.upgrade, "heads")
    seen: dict[str, str] = {}

    def look(_connection: object, cursor: Any, statement: str, *_rest: object) -> None:
        if statement.strip().startswith(("CREATE TABLE", "DROP TABLE")) and not seen:
            for name in ("lock_timeout", "statement_timeout"):
                cursor.execute(f"SHOW {name}")
                seen[name] = cursor.fetchone()[0]

    with empty_app.app_context():
        engine = empty_app.extensions["sqlalchemy"].engine
        sa.event.listen(engine, "before_cursor_execute", look)
        getattr(alembic, direction)("heads" if direction == "upgrade" else "base")
    assert seen == {"lock_timeout": "5s", "statement_timeout": "10min"}
    with empty_app.app_context():
        assert db.session.scalar(sa.text("SHOW lock_timeout")) == "0"
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        assert db.session.scalar(sa.text(held)) == 0
