"""The products that are shown."""

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
