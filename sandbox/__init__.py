"""The stand-in payment processor: Stripe-shaped, for trying and testing, never for real money.

It is a process of its own with its own port and its own store, and knows nothing of the rest of the
project; the rest knows nothing of it. See README.md for what it proves and what it does not.
"""
