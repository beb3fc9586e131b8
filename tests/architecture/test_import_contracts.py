"""Who may import whom: the tree keeps the contracts, and each contract can be seen to break.

The rules are in pyproject.toml under [tool.importlinter].
"""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
LINT = "from importlinter.cli import lint_imports_command as lint; lint()"

#: Folders with Python in them that are no rooms of the application.
NO_ROOMS = {"bench", "migrations", "tests", "tools"}

#: What is planted where, and what the linter says of it.
PLANTS = [
    # a room to the left, a room beside
    ("core/planted.py", "import payments", "core is not allowed to import payments:"),
    ("donations/planted.py", "import partners", "donations is not allowed to import partners:"),
    ("campaign/planted.py", "import admin", "campaign is not allowed to import admin:"),
    # inside a feature, upwards
    ("shop/models.py", "import shop.views", "shop.models is not allowed to import shop.views:"),
    ("shop/errors.py", "import shop.models", "shop.errors is not allowed to import shop.models:"),
    # HTTP in services, also nested ones, and in models
    ("shop/services/orders.py", "import flask", "shop.services is not allowed to import flask"),
    ("shop/models.py", "import wtforms", "shop.models is not allowed to import wtforms"),
    # money in and out
    ("payments/planted.py", "import stripe", "payments is not allowed to import stripe:"),
    ("shop/views.py", "from stripe import Charge", "shop is not allowed to import stripe:"),
    # the stand-in, either way
    ("sandbox/planted.py", "import core.planted", "sandbox is not allowed to import core:"),
    ("core/planted_too.py", "import sandbox", "core is not allowed to import sandbox:"),
    # the ends
    ("admin/planted.py", "import wsgi", "admin is not allowed to import wsgi:"),
    ("app/supervisor/planted.py", "import flask", "app.supervisor is not allowed to import flask:"),
]


def _rooms() -> set[str]:
    return {init.parent.name for init in PROJECT.glob("*/__init__.py")} - NO_ROOMS


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The rooms' Python files and the contracts, in a folder where they may be spoiled."""
    for room in _rooms():
        for file in (PROJECT / room).rglob("*.py"):
            target = tmp_path / file.relative_to(PROJECT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    for name in ("pyproject.toml", "wsgi.py"):
        shutil.copyfile(PROJECT / name, tmp_path / name)
    return tmp_path


def _lint(tree: Path) -> tuple[int, str]:
    result = subprocess.run(
        [sys.executable, "-c", LINT, "--no-logo", "--no-cache"],
        cwd=tree,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    return result.returncode, f"{result.stdout}{result.stderr}"


def test_the_tree_keeps_every_contract(copy: Path) -> None:
    code, output = _lint(copy)
    assert code == 0, output
    assert " 0 broken" in output


def test_every_planted_import_is_found(copy: Path) -> None:
    shutil.rmtree(copy / "shop")
    for path, line, _ in PLANTS:
        file = copy / path
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent / "__init__.py").touch()
        (copy / path.split("/", 1)[0] / "__init__.py").touch()
        with file.open("a", encoding="utf-8") as out:
            out.write(f"{line}\n")
    code, output = _lint(copy)
    assert code == 1, output
    missing = [said for _, _, said in PLANTS if said not in output]
    assert missing == [], output
    assert " 0 kept" in output


def test_the_contracts_know_every_room() -> None:
    """The linter cannot be told to refuse an unknown top-level package, so this does."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    contracts = {contract["id"]: contract for contract in settings["contracts"]}
    layers = {room.strip() for layer in contracts["layers"]["layers"] for room in layer.split("|")}
    assert set(settings["root_packages"]) == _rooms()
    assert layers == _rooms() - {"sandbox"}
    for name in ("stripe", "no-wsgi"):
        assert set(contracts[name]["source_modules"]) == _rooms()
    for contract, key in (("sandbox-alone", "forbidden_modules"), ("no-sandbox", "source_modules")):
        assert set(contracts[contract][key]) == _rooms() - {"sandbox"}
