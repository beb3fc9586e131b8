"""Every setting of a deployment: one typed object, read from the environment at start.

It lives in `core` because every room reads it; a wrong or missing value stops the start with the
variable's name and what it should be. `docs/settings.md` describes each one, and a test compares.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app

PROJECT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A setting is missing or wrong; the message names each one and says what it should be."""


class AppEnv(StrEnum):
    DEMO = "demo"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a deployment decides. Secrets never show in `repr`."""

    app_env: AppEnv
    site_url: str
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    link_key: bytes = field(repr=False)
    vault_keys: tuple[tuple[str, bytes], ...] = field(repr=False)
    campaign_dir: Path
    mail_url: str = field(repr=False)
    stripe_secret_key: str = field(repr=False)
    stripe_webhook_secrets: tuple[str, ...] = field(repr=False)
    stripe_api_base: str
    onion_location: str = ""
    port: int = 8000

    @property
    def is_production(self) -> bool:
        return self.app_env is AppEnv.PRODUCTION

    @property
    def scheme(self) -> str:
        """`http` or `https`, from SITE_URL: never from a request's headers."""
        return urlsplit(self.site_url).scheme

    @property
    def livemode(self) -> bool:
        """Whether the configured Stripe key moves real money."""
        return "_live_" in self.stripe_secret_key


#: name, default (None: required), what it should be
_DOCUMENTED: dict[str, tuple[str | None, str]] = {
    "APP_ENV": (None, "`demo` or `production`"),
    "SITE_URL": (None, "the site's public address without a path, such as https://example.org"),
    "DATABASE_URL": (None, "a PostgreSQL address, postgresql://user:password@host/database"),
    "SECRET_KEY": (None, "at least 32 random characters"),
    "LINK_KEY": (None, "at least 32 random characters, another than SECRET_KEY"),
    "VAULT_KEYS": (None, "id:key pairs by comma, newest first; a key is 32 bytes in base64"),
    "CAMPAIGN_DIR": ("content/demo", "a folder with campaign.toml"),
    "MAIL_URL": ("file://var/mail", "file://FOLDER, smtp://… or smtps://user:password@host:port"),
    "STRIPE_SECRET_KEY": (None, "a secret or restricted key of Stripe: sk_… or rk_…"),
    "STRIPE_WEBHOOK_SECRET": (None, "whsec_…; several by comma while rotating"),
    "STRIPE_API_BASE": ("https://api.stripe.com", "Stripe's address, or the stand-in's"),
    "ONION_LOCATION": ("", "the site's onion address, http://….onion, or nothing"),
    "PORT": ("8000", "a port number from 1 to 65535"),
}


def documented_names() -> frozenset[str]:
    """The environment variables that `read_settings` looks at."""
    return frozenset(_DOCUMENTED)


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read and check every setting; raises SettingsError that lists all that is wrong at once."""
    problems: list[str] = []
    raw: dict[str, str] = {}
    for name, (default, meaning) in _DOCUMENTED.items():
        value = environ.get(name, "").strip() or default
        if value is None:
            problems.append(f"{name} is missing: it should be {meaning}")
            value = ""
        raw[name] = value

    def wrong(name: str) -> None:
        if raw[name]:
            problems.append(f"{name} is wrong: it should be {_DOCUMENTED[name][1]}")

    env = raw["APP_ENV"]
    if env not in {e.value for e in AppEnv}:
        wrong("APP_ENV")
    production = env == AppEnv.PRODUCTION
    site = urlsplit(raw["SITE_URL"])
    if site.scheme not in {"http", "https"} or not site.hostname or site.path not in {"", "/"}:
        wrong("SITE_URL")
    elif production and site.scheme != "https":
        problems.append("SITE_URL is wrong: in production it should start with https://")
    if not raw["DATABASE_URL"].startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        wrong("DATABASE_URL")
    for name in ("SECRET_KEY", "LINK_KEY"):
        if len(raw[name]) < 32 or len(set(raw[name])) < 10:
            wrong(name)
    if raw["LINK_KEY"] and raw["LINK_KEY"] == raw["SECRET_KEY"]:
        wrong("LINK_KEY")
    vault = _vault_keys(raw["VAULT_KEYS"])
    if not vault:
        wrong("VAULT_KEYS")
    campaign_dir = Path(raw["CAMPAIGN_DIR"])
    if not campaign_dir.is_absolute():
        campaign_dir = PROJECT / campaign_dir
    if not (campaign_dir / "campaign.toml").is_file():
        wrong("CAMPAIGN_DIR")
    if urlsplit(raw["MAIL_URL"]).scheme not in {"file", "smtp", "smtps"}:
        wrong("MAIL_URL")
    if not raw["STRIPE_SECRET_KEY"].startswith(("sk_", "rk_")):
        wrong("STRIPE_SECRET_KEY")
    webhook_secrets = tuple(s.strip() for s in raw["STRIPE_WEBHOOK_SECRET"].split(",") if s.strip())
    if not webhook_secrets or not all(s.startswith("whsec_") for s in webhook_secrets):
        wrong("STRIPE_WEBHOOK_SECRET")
    api = urlsplit(raw["STRIPE_API_BASE"])
    if api.scheme not in {"http", "https"} or not api.hostname:
        wrong("STRIPE_API_BASE")
    elif production and raw["STRIPE_API_BASE"] != "https://api.stripe.com":
        problems.append("STRIPE_API_BASE is wrong: in production it should be left out")
    elif "_live_" in raw["STRIPE_SECRET_KEY"] and api.scheme != "https":
        problems.append("STRIPE_API_BASE is wrong: a live key goes to Stripe alone, over https")
    onion = urlsplit(raw["ONION_LOCATION"])
    if raw["ONION_LOCATION"] and not (onion.hostname or "").endswith(".onion"):
        wrong("ONION_LOCATION")
    if not raw["PORT"].isdecimal() or not 1 <= int(raw["PORT"]) <= 65535:
        wrong("PORT")
    if problems:
        raise SettingsError("The settings are not right.\n" + "\n".join(f"  {p}" for p in problems))
    return Settings(
        app_env=AppEnv(env),
        site_url=raw["SITE_URL"].rstrip("/"),
        database_url="postgresql+psycopg://" + raw["DATABASE_URL"].split("://", 1)[1],
        secret_key=raw["SECRET_KEY"],
        link_key=raw["LINK_KEY"].encode(),
        vault_keys=vault,
        campaign_dir=campaign_dir,
        mail_url=raw["MAIL_URL"],
        stripe_secret_key=raw["STRIPE_SECRET_KEY"],
        stripe_webhook_secrets=webhook_secrets,
        stripe_api_base=raw["STRIPE_API_BASE"].rstrip("/"),
        onion_location=raw["ONION_LOCATION"].rstrip("/"),
        port=int(raw["PORT"]),
    )


def _vault_keys(text: str) -> tuple[tuple[str, bytes], ...]:
    """Pairs of key id and 32 bytes, newest first; empty when anything in it is wrong."""
    pairs: list[tuple[str, bytes]] = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        key_id, _, encoded = part.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return ()
        if not key_id.isalnum() or len(key_id) > 16 or len(key) != 32:
            return ()
        pairs.append((key_id, key))
    return tuple(pairs) if len({k for k, _ in pairs}) == len(pairs) else ()


def settings() -> Settings:
    """The settings of the running application. Needs an application context."""
    found = current_app.extensions["settings"]
    assert isinstance(found, Settings)
    return found
