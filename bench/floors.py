"""The floors: what a bare route, one SELECT and one INSERT with COMMIT cost in Flask on this machine.

As lean as they can be written: no template, no session cookie, no header, no log line.
"""

import os

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import orm

#: Also the statement that makes the table, for whoever prepares the database.
TABLE = "CREATE TABLE bench_note (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL)"
TEXT = "What a small row of the site holds, give or take: two hundred bytes. " * 3


class _Base(orm.DeclarativeBase):
    pass


class _Note(_Base):
    __tablename__ = "bench_note"

    id: orm.Mapped[int] = orm.mapped_column(sa.BigInteger(), sa.Identity(), primary_key=True)
    text: orm.Mapped[str] = orm.mapped_column(sa.Text())


app = Flask("floors", static_folder=None)
_engine = sa.create_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
)
_Session = orm.sessionmaker(_engine)


@app.get("/bare")
def bare() -> str:
    """Nothing but an answer."""
    return "<p>Here.</p>"


@app.get("/select")
def select() -> str:
    """A page with one row of the database."""
    with _Session() as session:
        text = session.scalars(sa.select(_Note.text).where(_Note.id == 1)).one()
    return f"<p>{text}</p>"


@app.post("/commit")
def commit() -> str:
    """One row written, and safe on the disk before the answer."""
    with _Session() as session:
        session.add(_Note(text=TEXT))
        session.commit()
    return "<p>Kept.</p>"
