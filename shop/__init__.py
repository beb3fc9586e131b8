"""Merch: so far the products that are announced. Nothing can be ordered yet."""
