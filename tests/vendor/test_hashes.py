"""What we ship of others' work is exactly what its script wrote."""

from __future__ import annotations

import hashlib
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"


def listed() -> dict[str, str]:
    lines = (VENDOR / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def test_every_file_is_listed_with_its_hash_and_nothing_else_lies_there() -> None:
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if not path.is_dir() and path != VENDOR / "SHA256SUMS"
    }

    assert found == listed()


def test_nothing_is_a_link_to_somewhere_else() -> None:
    assert [path for path in VENDOR.rglob("*") if path.is_symlink()] == []


def test_every_folder_names_its_version_and_brings_its_licence() -> None:
    folders = [path for path in VENDOR.iterdir() if path.is_dir()]

    assert folders
    for folder in folders:
        assert folder.name.rsplit("-", 1)[-1][0].isdigit()
        assert any(path.name in {"OFL.txt", "LICENSE", "LICENSE.txt"} for path in folder.iterdir())
