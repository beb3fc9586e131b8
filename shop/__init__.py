"""Catalogue, preorder batches, cart, checkout, orders and parcels. Empty until merch is built."""
