"""The fonts of the PDFs: two weights of Golos Text, each with all its alphabets in one file.

What the package offers is a variable font cut into four alphabets for the web, none of which can
set a receipt alone: the Cyrillic file has no digits and no euro sign, and the rouble sign is only
in "latin-ext". So each is pinned to a weight, they are merged, and what a PDF does not use
(layout tables, hinting) is dropped.
"""

from collections.abc import Set as AbstractSet
from io import BytesIO
from pathlib import Path

from fontTools.merge import Merger
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FAMILY = "Golos Text"
# The first file that has a character gives its glyph.
ALPHABETS = ("latin", "latin-ext", "cyrillic", "cyrillic-ext")
WEIGHTS = {"Regular": 400, "Bold": 700}

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


def build_all(package: Path) -> dict[str, bytes]:
    """Return the fonts by file name, made of the unpacked package."""
    return {
        f"GolosText-{style}.ttf": build(package, style, weight) for style, weight in WEIGHTS.items()
    }


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
