"""The products that are shown."""

import uuid

import sqlalchemy as sa

from core.database import db
from shop.models import Product, ProductState


def announced_products() -> list[Product]:
    """Announced products in their order. One statement."""
    return list(
        db.session.scalars(
            sa.select(Product)
            .where(Product.state == ProductState.ANNOUNCED)
            .order_by(Product.position, Product.slug)
        )
    )


def is_announced(product_id: uuid.UUID) -> bool:
    """Whether an announced product has this id."""
    found = db.session.scalar(
        sa.select(Product.id).where(
            Product.id == product_id, Product.state == ProductState.ANNOUNCED
        )
    )
    return found is not None
