"""What the stand-in is told when it starts, and when it must refuse to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

API_VERSION = "2026-05-27.dahlia"
"""The version whose shapes the stand-in gives out, and that its events carry."""

ACCEPTED_VERSIONS = (API_VERSION, "2026-10-28.endive")
"""Stripe-Version headers taken without complaint; the second is what stripe 16.1.0 is pinned to."""


class RefusedToStart(Exception):
    """The settings are wrong, or those of a real shop; the text says which and what to do."""


@dataclass(frozen=True)
class Settings:
    """Everything chosen from outside; times are in seconds."""

    api_key: str
    webhook_secret: str
    webhook_url: str | None
    store: Path
    retry_base: float = 2.0
    retry_cap: float = 300.0
    retry_attempts: int = 16
    sweep_interval: float = 1.0


def check_harmless(*, app_env: str, api_key: str, webhook_secret: str) -> None:
    """Raise RefusedToStart beside production settings, with a live key, or without a secret."""
    if app_env.strip().lower() == "production":
        raise RefusedToStart(
            "APP_ENV is production: the stand-in moves no real money and must not run there."
        )
    if not api_key:
        raise RefusedToStart(
            "STRIPE_SECRET_KEY is not set: give the test key to take (sk_test_...)."
        )
    if re.search(r"(^|_)live_", api_key):
        raise RefusedToStart("STRIPE_SECRET_KEY looks like a live key. Use a test key.")
    if not webhook_secret:
        raise RefusedToStart(
            "STRIPE_WEBHOOK_SECRET is not set: give the secret that signs webhooks (whsec_...)."
        )
