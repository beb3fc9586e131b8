"""Rebuild the fonts that the project ships for its PDFs. Run by hand, by maintainers only.

    python tools/vendor_fonts.py

It needs npm on the PATH and the development requirements (fontTools with brotli). The package is
taken at the exact version and hash named below; nothing of it is executed. The same package and
the same fontTools give the same bytes.

What the package offers is a variable font cut into four alphabets for the web, none of which can
set a receipt alone: the Cyrillic file has no digits and no euro sign, and the rouble sign is only
in "latin-ext". So each is pinned to a weight, they are merged, and what a PDF does not use
(layout tables, hinting) is dropped.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Set as AbstractSet
from io import BytesIO
from pathlib import Path

from fontTools.merge import Merger  # type: ignore[import-untyped]
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]
from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fontTools.varLib.instancer import instantiateVariableFont  # type: ignore[import-untyped]

PACKAGE = "@fontsource-variable/golos-text"
VERSION = "5.3.0"
INTEGRITY = (
    "sha512-D+Evz5yqXYh6tsalc537FS+cPDWn2FTdO8j/K1ZZuFAvA7ib"
    "6WnusTiihciq7mMnm6GBo6XTlh0JXPrhBsam2g=="
)
FAMILY = "Golos Text"
# The first file that has a character gives its glyph.
ALPHABETS = ("latin", "latin-ext", "cyrillic", "cyrillic-ext")
WEIGHTS = {"Regular": 400, "Bold": 700}

VENDOR = Path(__file__).resolve().parents[1] / "static" / "vendor"
SUMS = VENDOR / "SHA256SUMS"

CHARACTERS = frozenset(
    {
        *range(0x0020, 0x007F),  # Basic Latin
        *range(0x00A0, 0x0180),  # Latin-1, Latin Extended-A
        *range(0x0218, 0x021C),  # Romanian letters with comma below
        *range(0x0300, 0x0330),  # combining marks, for what has no composed form
        *range(0x0400, 0x0530),  # Cyrillic and its supplement
        0x1E9E,  # capital sharp s
        *range(0x2000, 0x2070),  # typographic punctuation and spaces
        *range(0x20A0, 0x20D0),  # currency signs
        0x2116,  # numero
        0x2122,  # trade mark
        0x2212,  # minus
    }
)
# A character the typeface lacks, and one that looks the same. Only the glyph is borrowed: text read
# out of a PDF keeps the character. U+202F parts the thousands of an amount, and borrows the full
# space because the typeface's thin one cannot be told from none beside a "1".
STAND_INS = {
    0x2002: 0x0020,
    0x2007: 0x0020,
    0x2008: 0x0020,
    0x2009: 0x0020,
    0x200A: 0x2009,
    0x202F: 0x0020,
    0x2010: 0x002D,
    0x2011: 0x002D,
    0x2015: 0x2014,
    0x0162: 0x021A,
    0x0163: 0x021B,
    0x0400: 0x00C8,
    0x0450: 0x00E8,
}
MISSING_MARK = 0x25A1  # "□", shown in the place of what the typeface cannot set


def main() -> None:
    target = VENDOR / f"golos-text-{VERSION}"
    with tempfile.TemporaryDirectory() as directory:
        package = fetch(Path(directory))
        files = {
            f"GolosText-{style}.ttf": build(package, style, weight)
            for style, weight in WEIGHTS.items()
        }
        files["OFL.txt"] = (package / "LICENSE").read_bytes()
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name, content in files.items():
        (target / name).write_bytes(content)
        print(f"{len(content):7d}  {name}")
    write_sums(target)


def fetch(directory: Path) -> Path:
    """Return the unpacked package; raises SystemExit when it is not the one we know."""
    packed = subprocess.run(
        ["npm", "pack", "--json", f"{PACKAGE}@{VERSION}"],
        cwd=directory,
        check=True,
        stdout=subprocess.PIPE,
    )
    tarball = directory / json.loads(packed.stdout)[0]["filename"]
    digest = hashlib.sha512(tarball.read_bytes()).digest()
    if f"sha512-{base64.b64encode(digest).decode()}" != INTEGRITY:
        raise SystemExit(f"{PACKAGE}@{VERSION} is not the package this script was written for")
    with tarfile.open(tarball) as archive:
        archive.extractall(directory, filter="data")
    return directory / "package"


def build(package: Path, style: str, weight: int) -> bytes:
    """Return a static TrueType font of one weight with all the alphabets."""
    parts: list[BytesIO] = []
    taken: set[int] = set()
    for alphabet in ALPHABETS:
        source = package / "files" / f"golos-text-{alphabet}-wght-normal.woff2"
        font = TTFont(source, recalcTimestamp=False)
        created, modified = font["head"].created, font["head"].modified
        instantiateVariableFont(font, {"wght": weight}, inplace=True, static=True)
        wanted = (CHARACTERS & set(font.getBestCmap())) - taken
        taken |= wanted
        keep_only(font, wanted)
        part = BytesIO()
        font.flavor = None
        font.save(part)
        part.seek(0)
        parts.append(part)

    merged = Merger().merge(parts)
    add_missing_mark(merged)
    borrow_glyphs(merged)
    set_names(merged, style)
    merged["OS/2"].usWeightClass = weight
    merged["OS/2"].recalcUnicodeRanges(merged)
    merged["head"].macStyle = int(style == "Bold")
    merged["OS/2"].fsSelection = 0x20 if style == "Bold" else 0x40
    # The merger stamps the present time, and the bytes would differ on each run.
    merged["head"].created, merged["head"].modified = created, modified
    merged["post"].formatType = 3.0
    merged.recalcTimestamp = False
    output = BytesIO()
    merged.save(output)
    return output.getvalue()


def keep_only(font: TTFont, characters: AbstractSet[int]) -> None:
    options = Options(
        notdef_outline=True,
        hinting=False,
        layout_features=[],
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
    )
    options.drop_tables += ["GDEF", "GPOS", "GSUB", "STAT", "vhea", "vmtx", "gasp"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)


def add_missing_mark(font: TTFont) -> None:
    name, width, height, stroke = "uni25A1", 640, 640, 52
    pen = TTGlyphPen(font.getGlyphSet())
    left, right, bottom, top = 60, width - 60, 0, height
    for inset, corners in ((0, "clockwise"), (stroke, "counter")):
        box = [
            (left + inset, bottom + inset),
            (left + inset, top - inset),
            (right - inset, top - inset),
            (right - inset, bottom + inset),
        ]
        if corners == "counter":
            box.reverse()
        pen.moveTo(box[0])
        for point in box[1:]:
            pen.lineTo(point)
        pen.closePath()
    font["glyf"][name] = pen.glyph()
    font["hmtx"][name] = (width, left)
    font.setGlyphOrder(font["glyf"].glyphOrder)
    map_character(font, MISSING_MARK, name)


def borrow_glyphs(font: TTFont) -> None:
    for character, other in STAND_INS.items():
        available = font.getBestCmap()
        if character not in available and other in available:
            map_character(font, character, available[other])


def map_character(font: TTFont, character: int, glyph: str) -> None:
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[character] = glyph


def set_names(font: TTFont, style: str) -> None:
    version = font["name"].getDebugName(5)
    postscript = f"{FAMILY.replace(' ', '')}-{style}"
    texts = {
        1: FAMILY,
        2: style,
        3: f"{version};{postscript}",
        4: f"{FAMILY} {style}",
        6: postscript,
    }
    for name_id, text in texts.items():
        font["name"].setName(text, name_id, 3, 1, 0x409)


def write_sums(folder: Path) -> None:
    """Replace the lines of one folder in SHA256SUMS and keep those of the others."""
    prefix = folder.relative_to(VENDOR).as_posix() + "/"
    lines = SUMS.read_text().splitlines() if SUMS.exists() else []
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    sums = {name: digest for name, digest in sums.items() if not name.startswith(prefix)}
    for path in folder.iterdir():
        sums[prefix + path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    SUMS.write_text("".join(f"{sums[name]}  {name}\n" for name in sorted(sums)))


if __name__ == "__main__":
    main()
