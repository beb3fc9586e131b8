"""A database of its own for each test, copied from one that the real migrations made once.

`make test` starts the server; `DATABASE_URL` names its maintenance database.
"""

import itertools
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from app.supervisor.demo_env import demo_environment

PROJECT = Path(__file__).resolve().parent.parent

#: Names no two runs on one server share.
_RUN = secrets.token_hex(4)
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def maintenance_url() -> str:
    """The address of a database on the test server that no test changes."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        pytest.fail("DATABASE_URL is not set: these tests need PostgreSQL, use `make test`.", False)
    return f"postgresql://{url.split('://', 1)[1]}"


@pytest.fixture(scope="session")
def _maintenance(maintenance_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def template_database(
    maintenance_url: str,
    _maintenance: psycopg.Connection,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The name of a database as `flask db upgrade` leaves it; nobody may stay connected to it."""
    name = f"moratorium_template_{_RUN}"
    with _database(_maintenance, name, template="template0"):
        secrets_file = tmp_path_factory.mktemp("template") / "demo.env"
        environ = os.environ | {"DATABASE_URL": at_database(maintenance_url, name)}
        result = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
            cwd=PROJECT,
            env=demo_environment(environ, secrets_file),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        if result.returncode != 0:
            pytest.fail(f"The migrations failed:\n{result.stdout}{result.stderr}", False)
        yield name


@pytest.fixture
def database_url(
    maintenance_url: str, _maintenance: psycopg.Connection, template_database: str
) -> Iterator[str]:
    """The address of a fresh database with the newest schema, dropped after the test."""
    name = f"moratorium_test_{_RUN}_{next(_numbers)}"
    with _database(_maintenance, name, template=template_database):
        yield at_database(maintenance_url, name)


@pytest.fixture
def empty_database_url(maintenance_url: str, _maintenance: psycopg.Connection) -> Iterator[str]:
    """The address of a database without any schema, for tests of the migrations themselves."""
    name = f"moratorium_empty_{_RUN}_{next(_numbers)}"
    with _database(_maintenance, name, template="template0"):
        yield at_database(maintenance_url, name)


def at_database(url: str, name: str) -> str:
    """The same server's address, at another database."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def _database(connection: psycopg.Connection, name: str, *, template: str) -> Iterator[None]:
    """A database for the time of a `with` block."""
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield
    finally:
        # Also with connections that a test left open: they would hang the run otherwise.
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        connection.execute(drop.format(sql.Identifier(name)))
