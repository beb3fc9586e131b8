"""Settings: each one that is missing or wrong stops the start and says what it should be."""

import base64
from pathlib import Path

import pytest

from core.settings import Settings, SettingsError, documented_names, read_settings
from tests.site import test_environ

REQUIRED = (
    "APP_ENV", "SITE_URL", "DATABASE_URL", "SECRET_KEY", "LINK_KEY", "VAULT_KEYS",
    "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET",
)  # fmt: skip
SECRETS = ("SECRET_KEY", "LINK_KEY", "VAULT_KEYS", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")
KEY = base64.b64encode(b"vault key of the tests, 32 bytes").decode()
SHORT = base64.b64encode(b"too short").decode()
FLAT = base64.b64encode(bytes(32)).decode()
PRODUCTION = {
    "APP_ENV": "production",
    "SITE_URL": "https://example.org",
    "MAIL_URL": "smtps://user:password@mail.example.org",
    "STRIPE_API_BASE": "",
}


def read(**changes: str) -> Settings:
    return read_settings(test_environ("postgresql://localhost/x", Path("/var"), "") | changes)


def complaint(**changes: str) -> str:
    with pytest.raises(SettingsError) as error:
        read(**changes)
    return str(error.value)


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", ["", "   "])
def test_a_missing_one_is_named(name: str, value: str) -> None:
    said = complaint(**{name: value})
    assert f"{name} is missing: it should be " in said
    assert len(said.splitlines()) == 2, "and nothing else is complained of"


WRONG = [
    ("APP_ENV", "staging", "`demo` or `production`"),
    ("APP_ENV", "Production", "`demo` or `production`"),
    ("SITE_URL", "example.org", "public address without a path"),
    ("SITE_URL", "https://example.org/shop", "public address without a path"),
    ("SITE_URL", "https://example.org?x=1", "public address without a path"),
    ("SITE_URL", "https://example.org:port", "public address without a path"),
    ("SITE_URL", "ftp://example.org", "public address without a path"),
    ("SITE_URL", "https://[", "public address without a path"),
    ("SITE_URL", "https://", "public address without a path"),
    ("DATABASE_URL", "sqlite:///x.db", "a PostgreSQL address"),
    ("DATABASE_URL", "localhost", "a PostgreSQL address"),
    ("SECRET_KEY", "short", "at least 32 random characters"),
    ("SECRET_KEY", "a" * 64, "at least 32 random characters"),
    ("LINK_KEY", "changeme" * 4, "at least 32 random characters"),
    ("VAULT_KEYS", KEY, "id:key pairs"),
    ("VAULT_KEYS", f"a:{SHORT}", "32 random bytes"),
    ("VAULT_KEYS", f"a:{FLAT}", "32 random bytes"),
    ("VAULT_KEYS", f"a:{KEY},a:{KEY}", "id:key pairs"),
    ("VAULT_KEYS", f"a:{KEY},b:", "id:key pairs"),
    ("VAULT_KEYS", f"a-b:{KEY}", "id:key pairs"),
    ("VAULT_KEYS", f"ключ:{KEY}", "id:key pairs"),
    ("CAMPAIGN_DIR", "no/such/folder", "a folder with campaign.toml"),
    ("MAIL_URL", "mail.example.org:25", "file://FOLDER, smtp://"),
    ("MAIL_URL", "http://mail.example.org", "file://FOLDER, smtp://"),
    ("MAIL_URL", "smtp://", "file://FOLDER, smtp://"),
    ("MAIL_URL", "smtps://mail.example.org:many", "file://FOLDER, smtp://"),
    ("STRIPE_SECRET_KEY", "pk_test_1", "sk_… or rk_…"),
    ("STRIPE_WEBHOOK_SECRET", "secret", "whsec_…"),
    ("STRIPE_WEBHOOK_SECRET", "whsec_1,secret", "whsec_…"),
    ("STRIPE_API_BASE", "api.stripe.com", "Stripe's address"),
    ("STRIPE_API_BASE", "file:///etc", "Stripe's address"),
    ("ONION_LOCATION", "https://example.org", "onion address"),
    ("PORT", "0", "1 to 65535"),
    ("PORT", "65536", "1 to 65535"),
    ("PORT", "web", "1 to 65535"),
    ("PORT", "８０００", "1 to 65535"),
]


@pytest.mark.parametrize(("name", "value", "should_be"), WRONG)
def test_a_wrong_one_is_named_with_what_it_should_be(name: str, value: str, should_be: str) -> None:
    said = complaint(**{name: value})
    assert f"{name} is wrong: it should be " in said
    assert should_be in said
    if name in SECRETS:
        assert value not in said, "a secret is not repeated"


def test_every_setting_has_a_wrong_value_here() -> None:
    assert {name for name, *_ in WRONG} == documented_names()


def test_all_that_is_wrong_is_said_at_once() -> None:
    said = complaint(PORT="x", SITE_URL="", SECRET_KEY="short")
    assert len(said.splitlines()) == 4


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SITE_URL": "http://example.org"}, "SITE_URL"),
        ({"SITE_URL": "HTTP://example.org"}, "SITE_URL"),
        ({"MAIL_URL": "file:///var/mail"}, "MAIL_URL"),
        ({"MAIL_URL": "FILE:///var/mail"}, "MAIL_URL"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:8010"}, "STRIPE_API_BASE"),
        ({"STRIPE_API_BASE": "https://api.stripe.com.example.org"}, "STRIPE_API_BASE"),
        ({"SECRET_KEY": "secret"}, "SECRET_KEY"),
    ],
)
def test_production_takes_nothing_weak(changes: dict[str, str], named: str) -> None:
    assert read(**PRODUCTION).is_production
    said = complaint(**(PRODUCTION | changes))
    assert f"{named} is wrong" in said


def test_keys_must_differ() -> None:
    same = "one-key-for-both-0123456789abcdefghijkl"
    assert "LINK_KEY is wrong" in complaint(SECRET_KEY=same, LINK_KEY=same)


def test_a_live_key_moves_money_in_production_only() -> None:
    live = "sk_live_0123456789"
    assert "STRIPE_SECRET_KEY is wrong" in complaint(STRIPE_SECRET_KEY=live, STRIPE_API_BASE="")
    assert "STRIPE_API_BASE is wrong" in complaint(STRIPE_SECRET_KEY=live)
    assert read(**PRODUCTION, STRIPE_SECRET_KEY=live).livemode
    assert not read(**PRODUCTION).livemode


def test_nothing_secret_is_shown() -> None:
    shown = repr(read(DATABASE_URL="postgresql://user:pass-word@host/x"))
    environ = test_environ("", Path("/var"), "")
    for secret in (*(environ[name] for name in SECRETS), KEY, "pass-word", "vault key"):
        assert secret not in shown


def test_values_are_brought_to_one_form() -> None:
    found = read(SITE_URL="https://example.org/", DATABASE_URL="postgres://u@h/d", PORT=" 9000 ")
    assert found.site_url == "https://example.org"
    assert found.scheme == "https"
    assert found.database_url == "postgresql+psycopg://u@h/d"
    assert found.port == 9000
