"""Migrations: one at a time over all processes, and never holding the site up for long."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from flask_alembic import Alembic

from core.database import Base

#: Any fixed number: who holds this advisory lock migrates, the others wait and find it done.
_LOCK = 7_201_001


class CarefulAlembic(Alembic):
    """Flask-Alembic that migrates under an advisory lock with lock and statement time-outs."""

    def upgrade(self, target: str = "heads") -> None:  # type: ignore[override]  # the CLI's own use
        """Upgrade to `target`. Three processes that start at once end with one migration."""
        with self._alone():
            super().upgrade(target)

    def downgrade(self, target: int | str = -1) -> None:  # type: ignore[override]  # the same
        """Downgrade to `target`, with the same care."""
        with self._alone():
            super().downgrade(target)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        connection = self.migration_context.connection
        assert connection is not None
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        # A migration that cannot have its lock gives up instead of queueing every reader behind it.
        connection.execute(sa.text("SET lock_timeout = '5s'"))
        connection.execute(sa.text("SET statement_timeout = '10min'"))
        connection.commit()
        try:
            yield
        finally:
            connection.rollback()
            connection.execute(sa.text("RESET lock_timeout"))
            connection.execute(sa.text("RESET statement_timeout"))
            connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()


def is_ours(name: str | None, type_: str, _parent: object) -> bool:
    """Leave procrastinate's tables to its own schema (migration 0001)."""
    return not (type_ == "table" and (name or "").startswith("procrastinate_"))


alembic = CarefulAlembic(metadatas=Base.metadata, run_mkdir=False, command_name="db")
