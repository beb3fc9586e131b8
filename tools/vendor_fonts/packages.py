"""The npm packages that the fonts come from, and the list of what was made of them."""

import base64
import hashlib
import json
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
SUMS = VENDOR / "SHA256SUMS"


@dataclass(frozen=True)
class Package:
    """An exact version of a package of fonts; `name` begins the names of its files."""

    name: str
    source: str
    version: str
    integrity: str

    @property
    def folder(self) -> Path:
        """Where what is made of it lies."""
        return VENDOR / f"{self.name}-{self.version}"

    def fetch(self, directory: Path) -> Path:
        """Unpack it; returns its folder. Raises SystemExit when it is not the one we know."""
        exact = f"{self.source}@{self.version}"
        packed = subprocess.run(
            ["npm", "pack", "--json", exact], cwd=directory, check=True, stdout=subprocess.PIPE
        )
        tarball = directory / json.loads(packed.stdout)[0]["filename"]
        digest = hashlib.sha512(tarball.read_bytes()).digest()
        if f"sha512-{base64.b64encode(digest).decode()}" != self.integrity:
            raise SystemExit(f"{exact} is not the package this script was written for")
        target = directory / self.name
        with tarfile.open(tarball) as archive:
            archive.extractall(target, filter="data")
        return target / "package"


GOLOS_TEXT = Package(
    "golos-text",
    "@fontsource-variable/golos-text",
    "5.3.0",
    "sha512-D+Evz5yqXYh6tsalc537FS+cPDWn2FTdO8j/K1ZZuFAvA7ib"
    "6WnusTiihciq7mMnm6GBo6XTlh0JXPrhBsam2g==",
)
UNBOUNDED = Package(
    "unbounded",
    "@fontsource-variable/unbounded",
    "5.3.0",
    "sha512-ea565Ncn4r7gPdBEHcmaF31V11hDfkL7b/JCklLobQbMfbu2"
    "ZZQrVWNgdeEFWFLqNh36yhieZWOgxdAnMTzrLg==",
)
# Only measured, not shipped. Arimo is as wide as Arial and Liberation Sans, letter by letter.
ARIMO = Package(
    "arimo",
    "@fontsource/arimo",
    "5.3.0",
    "sha512-nhxZ2sTVZYX8DJBgLuyX360B5vE4mxqpmjlKTRfucIqfcWRV"
    "x9vOYzWBc1IgEX0ist48VMC10PRKbFyH+4QFvQ==",
)
ROBOTO = Package(
    "roboto",
    "@fontsource/roboto",
    "5.3.0",
    "sha512-BapRJOWYP+LZ21zp+wBQjfpPYKRoxc4LspJ/RLuI+HSMBD5u"
    "/X4O+ESDrSvEqDSy0rAl7GwBJ+09mdc16cVQ1Q==",
)
DEJAVU_SANS = Package(
    "dejavu-sans",
    "@fontsource/dejavu-sans",
    "5.3.0",
    "sha512-F/tV+7S31Mo8jtGUhj857XfUzcDCl9JJC8bzMtZ0wcTuOm89"
    "dG4FPjAOHOesMfmoChYVQ3eg5fHafdhxFrQIxQ==",
)
ALL = (GOLOS_TEXT, UNBOUNDED, ARIMO, ROBOTO, DEJAVU_SANS)


def write_sums(folder: Path) -> None:
    """Replace the lines of one folder in SHA256SUMS and keep those of the others."""
    prefix = folder.relative_to(VENDOR).as_posix() + "/"
    lines = SUMS.read_text().splitlines() if SUMS.exists() else []
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    sums = {name: digest for name, digest in sums.items() if not name.startswith(prefix)}
    for path in folder.iterdir():
        sums[prefix + path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    SUMS.write_text("".join(f"{sums[name]}  {name}\n" for name in sorted(sums)))
