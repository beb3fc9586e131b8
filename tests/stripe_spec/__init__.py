"""Checks against Stripe's own OpenAPI description; see checker.py."""
