"""The demo's environment: secrets are made once, kept private, and given values win."""

import re
import stat
from pathlib import Path

import pytest

from app.supervisor.demo_env import demo_environment
from app.supervisor.errors import SupervisorError


def test_secrets_are_made_once_and_only_we_may_read_them(tmp_path: Path) -> None:
    file = tmp_path / "demo.env"
    first = demo_environment({}, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert demo_environment({}, file) == first
    assert demo_environment({}, tmp_path / "other.env")["SECRET_KEY"] != first["SECRET_KEY"]
    assert len(first["DEMO_STAFF_PASSWORD"]) >= 20
    assert len(first["DEMO_STAFF_PASSWORD"].split("-")) >= 4
    assert re.fullmatch(r"demo1:[A-Za-z0-9+/]{43}=", first["VAULT_KEYS"])


def test_a_secret_that_is_new_is_added_and_the_others_stay(tmp_path: Path) -> None:
    file = tmp_path / "demo.env"
    file.write_text("SECRET_KEY=of-an-earlier-version\n")
    environment = demo_environment({}, file)
    assert environment["SECRET_KEY"] == "of-an-earlier-version"
    assert "LINK_KEY=" in file.read_text()


def test_what_is_given_wins(tmp_path: Path) -> None:
    given = {"PORT": "8123", "LINK_KEY": "mine", "SITE_URL": "", "HOME": "/nowhere"}
    environment = demo_environment(given, tmp_path / "demo.env")
    assert environment["SITE_URL"] == "http://localhost:8123"
    assert environment["LINK_KEY"] == "mine"
    assert environment["HOME"] == "/nowhere"
    assert "127.0.0.1" in environment["NO_PROXY"]


def test_a_wrong_port_is_named(tmp_path: Path) -> None:
    with pytest.raises(SupervisorError, match="SANDBOX_PORT=seventy"):
        demo_environment({"SANDBOX_PORT": "seventy"}, tmp_path / "demo.env")
