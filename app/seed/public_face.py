"""The demo's organizations and products, from `organizations.toml` of the campaign's folder."""

import tomllib
import uuid
from datetime import date

from sqlalchemy.dialects.postgresql import insert

from core.content import ContentError, Section, content
from core.database import db
from core.money import AmountError, parse_amount
from partners.models import MemberRole, Organization, OrganizationState
from shop.models import Product, ProductState

#: The demo's ids are drawn from its slugs, so that its masks look the same on every machine.
_NAMESPACE = uuid.UUID("6f1d2f0e-5d0b-4b8e-9c52-0f7f1c3b7a10")


def seed_public_face() -> None:
    """Add what is in the file and not in the tables; a folder without the file adds nothing.

    Raises ContentError.
    """
    path = content().directory / "organizations.toml"
    if not path.is_file():
        return
    try:
        root = Section(tomllib.loads(path.read_text(encoding="utf-8")), "")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContentError(f"{path} cannot be read: {error}") from error
    for section in root.sections("organizations"):
        _add(Organization, _organization(section))
    for position, section in enumerate(root.sections("products")):
        _add(Product, _product(section, position))


def _add(table: type[Organization] | type[Product], values: dict[str, object]) -> None:
    statement = insert(table).values(values).on_conflict_do_nothing(index_elements=["slug"])
    db.session.execute(statement)


def _organization(section: Section) -> dict[str, object]:
    joined = section.values.get("joined_on")
    role = section.text("role")
    if not isinstance(joined, date) or role not in set(MemberRole):
        raise ContentError(f"organizations.toml: {section.place}: role or joined_on is not right")
    slug = section.text("id")
    return {
        "id": uuid.uuid5(_NAMESPACE, slug),
        "slug": slug,
        "role": role,
        "state": OrganizationState.ACTIVE,
        "name": section.localized("name"),
        "description": section.localized("description"),
        "country": section.text("country"),
        "city": section.localized("city"),
        "kind": section.text("kind"),
        "website": section.text("website"),
        "joined_on": joined,
    }


def _product(section: Section, position: int) -> dict[str, object]:
    slug = section.text("id")
    try:
        price = parse_amount(section.text("price"), "EUR")
    except AmountError as error:
        raise ContentError(f"organizations.toml: {section.place}.price: {error}") from error
    return {
        "id": uuid.uuid5(_NAMESPACE, f"product {slug}"),
        "slug": slug,
        "state": ProductState.ANNOUNCED,
        "position": position,
        "name": section.localized("name"),
        "description": section.localized("description"),
        "price_minor": price.minor,
        "currency": price.currency,
        "sizes": list(section.texts("sizes")) if section.values.get("sizes") else [],
    }
