"""The database session, who commits it, and the base of all models.

A view, webhook, job or command owns the transaction; services never commit or roll back.
"""

import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import event, orm
from sqlalchemy.dialects import postgresql

db = SQLAlchemy(
    engine_options={
        "pool_size": 8,
        "max_overflow": 4,
        "pool_recycle": 1800,
        "pool_pre_ping": True,
        "isolation_level": "READ COMMITTED",
        # What a statement failed with may be somebody's name or message, and errors are logged.
        "hide_parameters": True,
        # A process that hangs must not hold a lock, such as the audit trail's, for ever.
        "connect_args": {
            "options": "-c statement_timeout=60s -c idle_in_transaction_session_timeout=120s"
        },
    },
    session_options={"expire_on_commit": False},
)

_OWNED = "transaction_owned"
_WROTE = "wrote_without_commit"


def init_database(app: Flask) -> None:
    """Register the database on the application. Opens no connection."""
    db.init_app(app)
    # The library closes asynchronous sessions after every request, through an event loop made for
    # that. We have none, so each request is spared it.
    app.teardown_appcontext_funcs[:] = [
        function
        for function in app.teardown_appcontext_funcs
        if not inspect.iscoroutinefunction(function)
    ]


class Base(orm.DeclarativeBase):
    """Base of all models: constraints are named by convention, so that migrations can speak of them."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  read by SQLAlchemy from the class
        datetime: sa.DateTime(timezone=True),
        str: sa.Text(),
        int: sa.BigInteger(),
        bytes: sa.LargeBinary(),
        dict[str, Any]: postgresql.JSONB(),
    }


class TransactionError(RuntimeError):
    """The rules of who owns a transaction were broken: a mistake in our code, never a user's."""


@contextmanager
def transaction() -> Iterator[orm.Session]:
    """Own one transaction: commit at the end of the block, roll back if it raises.

    Raises TransactionError when one is already owned, or when changes made before it were left over.
    """
    session = db.session
    if session.info.get(_OWNED):
        raise TransactionError("transaction() inside transaction(): a service must not own one")
    if is_dirty(session):
        raise TransactionError("changes were made before transaction() was opened")
    session.info[_OWNED] = True
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info[_OWNED] = False


def release() -> None:
    """End a read-only transaction, so that no connection waits while the network is asked.

    Raises TransactionError if a transaction is owned or changes would be lost.
    """
    session = db.session
    if session.info.get(_OWNED) or is_dirty(session):
        raise TransactionError("a network call inside a transaction")
    # Commit, not rollback: nothing was written, and a rollback would expire what was read.
    session.commit()


def is_dirty(session: orm.Session) -> bool:
    """Whether the session holds changes that no commit has carried."""
    return bool(session.new or session.dirty or session.deleted or session.info.get(_WROTE))


def state_check(column: str, states: type[StrEnum]) -> sa.CheckConstraint:
    """A CHECK that lets only the values of `states` into `column`."""
    allowed = ", ".join(f"'{re.sub(r'[^a-z_]', '', s.value)}'" for s in states)
    return sa.CheckConstraint(f"{column} IN ({allowed})", name=f"{column}_known")


@event.listens_for(orm.Session, "after_flush")
def _note_flush(session: orm.Session, _context: object) -> None:
    session.info[_WROTE] = True


@event.listens_for(orm.Session, "do_orm_execute")
def _note_statement(state: orm.ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        state.session.info[_WROTE] = True


@event.listens_for(orm.Session, "after_commit")
@event.listens_for(orm.Session, "after_rollback")
def _note_end(session: orm.Session) -> None:
    # The end of a SAVEPOINT is not the end of the transaction around it.
    if not session.in_nested_transaction():
        session.info[_WROTE] = False
