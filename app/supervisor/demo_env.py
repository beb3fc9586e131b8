"""The environment of the demo: secrets made once and kept, everything else derived."""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from app.supervisor.errors import SupervisorError
from app.supervisor.ports import LOOPBACK, read_port
from app.supervisor.processes import PROJECT

#: The demo's staff member, as `flask seed` makes it.
STAFF_NAME = "demo@moratorium.example"

_HEAD = """\
# Made by the first `make run`, for the demo on this machine only. Keep it with var/postgres:
# without these keys its sealed fields and private links cannot be opened.
"""


def demo_environment(environ: Mapping[str, str], file: Path) -> dict[str, str]:
    """The environment for the demo's processes; what `environ` has already wins.

    Makes `file` (mode 0600) with random secrets if it is missing, or adds those it lacks.
    Raises SupervisorError if a port is not one, or the file cannot be read.
    """
    site = read_port("PORT", environ.get("PORT") or "8000")
    sandbox = read_port("SANDBOX_PORT", environ.get("SANDBOX_PORT") or "8010")
    derived = {
        "APP_ENV": "demo",
        "PORT": str(site),
        "SANDBOX_PORT": str(sandbox),
        "SITE_URL": f"http://localhost:{site}",
        "STRIPE_API_BASE": f"http://{LOOPBACK}:{sandbox}",
        "CAMPAIGN_DIR": "content/demo",
        "MAIL_URL": f"file://{PROJECT / 'var' / 'mail'}",
    }
    given = {name: value for name, value in environ.items() if value or name not in derived}
    # A proxy for the outside world is no way to this machine.
    proxies = [environ.get("NO_PROXY") or environ.get("no_proxy"), LOOPBACK, "localhost"]
    direct = ",".join(filter(None, proxies))
    always = {"PYTHONUNBUFFERED": "1", "NO_PROXY": direct, "no_proxy": direct}
    return derived | _kept_secrets(file) | given | always


def _kept_secrets(file: Path) -> dict[str, str]:
    kept = _read(file)
    made = {name: make() for name, make in _MAKERS.items() if not kept.get(name)}
    if made:
        kept |= made
        _write(file, kept)
    return kept


def _read(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SupervisorError(f"{file} cannot be read: {error}") from error
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _write(file: Path, values: Mapping[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    # Private from its first byte on, and whole or not there at all.
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(_HEAD)
        out.writelines(f"{name}={value}\n" for name, value in values.items())
        out.flush()
        os.fsync(out.fileno())
    draft.rename(file)


def _vault_keys() -> str:
    return f"demo1:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _passphrase() -> str:
    """Five pronounceable words: over 80 bits, and no hard-to-tell letters."""

    def word() -> str:
        consonants, vowels = "bdfgkmnprstvzlhj", "aeiou"
        return "".join(secrets.choice(consonants if n % 2 == 0 else vowels) for n in range(5))

    return "-".join(word() for _ in range(5))


_MAKERS = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "LINK_KEY": lambda: secrets.token_urlsafe(48),
    "VAULT_KEYS": _vault_keys,
    "STRIPE_SECRET_KEY": lambda: f"sk_test_{secrets.token_hex(24)}",
    "STRIPE_WEBHOOK_SECRET": lambda: f"whsec_{secrets.token_hex(24)}",
    "DEMO_STAFF_PASSWORD": _passphrase,
}
