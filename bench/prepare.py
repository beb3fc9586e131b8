"""`python -m bench.prepare NUMBER`: the demo's public face, its staff account, NUMBER donations.

A program of its own, so that the one that measures holds nothing of the application.
"""

import os
import sys

import sqlalchemy as sa

from app.factory import create_app
from app.seed.public_face import seed_public_face
from app.supervisor.demo_env import STAFF_NAME
from bench import floors
from core.database import transaction
from staff.services.accounts import ensure_demo_account
from tests.admin.books import add_many


def main(number: int) -> None:
    """Fill an empty, migrated database."""
    app = create_app()
    with app.app_context(), transaction() as session:
        password = os.environ["DEMO_STAFF_PASSWORD"]
        ensure_demo_account(email=STAFF_NAME, name="Demo", password=password)
        seed_public_face()
        session.execute(sa.text(floors.TABLE))
        session.execute(sa.text("INSERT INTO bench_note (text) VALUES (:t)"), {"t": floors.TEXT})
    add_many(app, number)


if __name__ == "__main__":
    main(int(sys.argv[1]))
