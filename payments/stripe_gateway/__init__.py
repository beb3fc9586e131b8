"""Stripe over Checkout Sessions: the hosted page, so that no card data and no foreign script comes here.

The only package that imports `stripe`. Written against stripe 16.1.0 and its pinned API version.
"""

from payments.stripe_gateway.gateway import StripeGateway

__all__ = ["StripeGateway"]
