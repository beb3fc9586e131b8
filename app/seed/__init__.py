"""Demo content for `make run`: `flask seed`. Doing it again changes nothing."""

from app.seed.donations import SIZES, seed_donations
from app.seed.public_face import seed_public_face
from core.database import transaction
from core.settings import settings
from staff.services.accounts import ensure_demo_account

__all__ = ["SIZES", "NotForProduction", "seed"]


class NotForProduction(RuntimeError):
    """Demo content was asked for where real money moves."""


def seed(*, size: str, staff_email: str, staff_password: str) -> int:
    """Make the demo's staff account, organizations, products and donations.

    Returns how many donations were made. Raises NotForProduction, and requests' errors when the
    stand-in does not answer.
    """
    if settings().is_production or settings().livemode:
        raise NotForProduction("demo content is for APP_ENV=demo only")
    with transaction():
        ensure_demo_account(email=staff_email, name="Demo", password=staff_password)
        seed_public_face()
    return seed_donations(size)
