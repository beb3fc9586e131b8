"""Products of the campaign."""

import uuid
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, state_check
from core.money import Money


class ProductState(StrEnum):
    """Whether a product is shown, and how."""

    DRAFT = "draft"
    ANNOUNCED = "announced"  # shown, orders open later


class Product(Base):
    """A product with a price for one piece; `name` and `description` hold a text per language."""

    __tablename__ = "product"
    __table_args__ = (
        state_check("state", ProductState),
        sa.CheckConstraint("price_minor > 0", name="price_positive"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_code"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    slug: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=ProductState.DRAFT)
    position: Mapped[int] = mapped_column(sa.SmallInteger(), default=0)
    name: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    sizes: Mapped[list[str]] = mapped_column(postgresql.ARRAY(sa.Text()))

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)
