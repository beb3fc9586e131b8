"""Every setting of a deployment: one typed object, read from the environment at start.

It lives in `core` because every room reads it; a wrong or missing value stops the start with the
variable's name and what it should be. `docs/settings.md` describes each one, and a test compares.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
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


def _has_host(value: str, *schemes: str) -> bool:
    address = urlsplit(value)
    return address.scheme in schemes and bool(address.hostname) and address.port != 0


def _is_site(value: str) -> bool:
    site = urlsplit(value)
    alone = site.path in {"", "/"} and not site.query and not site.fragment
    return _has_host(value, "http", "https") and alone and "@" not in site.netloc


def _is_database(value: str) -> bool:
    return value.startswith(("postgresql://", "postgres://", "postgresql+psycopg://"))


def _is_secret(value: str) -> bool:
    return len(value) >= 32 and len(set(value)) >= 10


def _is_campaign(value: str) -> bool:
    return (_below_project(value) / "campaign.toml").is_file()


def _is_mail(value: str) -> bool:
    return urlsplit(value).scheme == "file" or _has_host(value, "smtp", "smtps")


def _is_webhook_secrets(value: str) -> bool:
    secrets = _by_comma(value)
    return bool(secrets) and all(secret.startswith("whsec_") for secret in secrets)


def _is_http(value: str) -> bool:
    return _has_host(value, "http", "https")


def _is_onion(value: str) -> bool:
    return (urlsplit(value).hostname or "").endswith(".onion")


def _is_port(value: str) -> bool:
    return value.isascii() and value.isdecimal() and 1 <= int(value) <= 65535


@dataclass(frozen=True, slots=True)
class _Setting:
    """`default` is None for one that must be set; `meaning` completes "it should be …"."""

    default: str | None
    meaning: str
    is_right: Callable[[str], bool]


_STRIPE = "https://api.stripe.com"

_SETTINGS = {
    "APP_ENV": _Setting(None, "`demo` or `production`", lambda v: v in set(AppEnv)),
    "SITE_URL": _Setting(
        None, "the site's public address without a path, such as https://example.org", _is_site
    ),
    "DATABASE_URL": _Setting(
        None, "a PostgreSQL address, postgresql://user:password@host/database", _is_database
    ),
    "SECRET_KEY": _Setting(None, "at least 32 random characters", _is_secret),
    "LINK_KEY": _Setting(None, "at least 32 random characters, not SECRET_KEY's", _is_secret),
    "VAULT_KEYS": _Setting(
        None,
        "id:key pairs by comma, newest first; a key is 32 random bytes in base64",
        lambda v: bool(_vault_keys(v)),
    ),
    "CAMPAIGN_DIR": _Setting("content/demo", "a folder with campaign.toml", _is_campaign),
    "MAIL_URL": _Setting(
        "file://var/mail", "file://FOLDER, smtp://… or smtps://user:password@host:port", _is_mail
    ),
    "STRIPE_SECRET_KEY": _Setting(
        None,
        "a secret or restricted key of Stripe: sk_… or rk_…",
        lambda v: v.startswith(("sk_", "rk_")),
    ),
    "STRIPE_WEBHOOK_SECRET": _Setting(
        None, "whsec_…; several by comma while rotating", _is_webhook_secrets
    ),
    "STRIPE_API_BASE": _Setting(_STRIPE, "Stripe's address, or the stand-in's", _is_http),
    "ONION_LOCATION": _Setting("", "the site's onion address, http://….onion", _is_onion),
    "PORT": _Setting("8000", "a port number from 1 to 65535", _is_port),
}


def documented_names() -> frozenset[str]:
    """The environment variables that `read_settings` looks at."""
    return frozenset(_SETTINGS)


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read and check every setting; raises SettingsError that lists all that is wrong at once."""
    raw: dict[str, str] = {}
    problems: list[str] = []
    for name, setting in _SETTINGS.items():
        raw[name] = environ.get(name, "").strip() or setting.default or ""
        if not raw[name] and setting.default is None:
            problems.append(f"{name} is missing: it should be {setting.meaning}")
        elif raw[name] and not _is_right(setting, raw[name]):
            problems.append(f"{name} is wrong: it should be {setting.meaning}")
    problems += _problems_together(raw)
    if problems:
        raise SettingsError("The settings are not right.\n" + "\n".join(f"  {p}" for p in problems))
    return Settings(
        app_env=AppEnv(raw["APP_ENV"]),
        site_url=raw["SITE_URL"].rstrip("/"),
        database_url="postgresql+psycopg://" + raw["DATABASE_URL"].split("://", 1)[1],
        secret_key=raw["SECRET_KEY"],
        link_key=raw["LINK_KEY"].encode(),
        vault_keys=_vault_keys(raw["VAULT_KEYS"]),
        campaign_dir=_below_project(raw["CAMPAIGN_DIR"]),
        mail_url=raw["MAIL_URL"],
        stripe_secret_key=raw["STRIPE_SECRET_KEY"],
        stripe_webhook_secrets=_by_comma(raw["STRIPE_WEBHOOK_SECRET"]),
        stripe_api_base=raw["STRIPE_API_BASE"].rstrip("/"),
        onion_location=raw["ONION_LOCATION"].rstrip("/"),
        port=int(raw["PORT"]),
    )


def _is_right(setting: _Setting, value: str) -> bool:
    try:
        return setting.is_right(value)
    except ValueError:
        # An address that cannot be taken apart, or whose port is none.
        return False


def _problems_together(raw: Mapping[str, str]) -> list[str]:
    """What is wrong with settings that are each right alone."""
    problems = []
    production = raw["APP_ENV"] == AppEnv.PRODUCTION
    live = "_live_" in raw["STRIPE_SECRET_KEY"]
    if raw["LINK_KEY"] and raw["LINK_KEY"] == raw["SECRET_KEY"]:
        problems.append("LINK_KEY is wrong: it should be another than SECRET_KEY")
    if production and raw["SITE_URL"].lower().startswith("http:"):
        problems.append("SITE_URL is wrong: in production it should start with https://")
    if (production or live) and raw["STRIPE_API_BASE"] != _STRIPE:
        problems.append(
            "STRIPE_API_BASE is wrong: in production, or with a live key, it should be left out"
        )
    if live and not production:
        problems.append("STRIPE_SECRET_KEY is wrong: a live key belongs to APP_ENV=production only")
    if production and raw["MAIL_URL"].lower().startswith("file:"):
        problems.append("MAIL_URL is wrong: in production it should be smtp://… or smtps://…")
    return problems


def _below_project(path: str) -> Path:
    return PROJECT / path


def _by_comma(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _vault_keys(text: str) -> tuple[tuple[str, bytes], ...]:
    """Pairs of key id and 32 bytes, newest first; empty when anything in it is wrong."""
    pairs: list[tuple[str, bytes]] = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        key_id, _, encoded = part.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return ()
        named = key_id.isascii() and key_id.isalnum() and len(key_id) <= 16
        # A random key has about 30 different bytes; fewer than 10 is a placeholder.
        if not named or len(key) != 32 or len(set(key)) < 10:
            return ()
        pairs.append((key_id, key))
    return tuple(pairs) if len({k for k, _ in pairs}) == len(pairs) else ()


def settings() -> Settings:
    """The settings of the running application. Needs an application context."""
    found = current_app.extensions["settings"]
    assert isinstance(found, Settings)
    return found
