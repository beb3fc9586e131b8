"""The fonts of the pages: for each family one file for Latin and one for Cyrillic, and rarer letters.

A page in Russian needs both (digits and spaces are in the Latin file), so the rouble sign lies in
the Latin one. A variable font keeps just its two outermost weights and what lies between on a
straight line: that is 40 % smaller than with the masters in between, and close to them.
"""

from dataclasses import dataclass
from io import BytesIO
from itertools import compress
from pathlib import Path
from typing import Any

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import GlyphCoordinates
from fontTools.ttLib.tables.otTables import VarStore
from fontTools.ttLib.tables.ttProgram import Program
from fontTools.ttLib.tables.TupleVariation import TupleVariation
from fontTools.varLib.instancer import instantiateVariableFont

from tools.vendor_fonts.fallbacks import Measures
from tools.vendor_fonts.pdf import STAND_INS, map_character


@dataclass(frozen=True)
class Wish:
    """What to make of a package: `weights` are one, or the two ends of a range."""

    family: str
    prefix: str
    weights: tuple[int, ...]
    characters: dict[str, frozenset[int]]
    features: tuple[str, ...]


@dataclass(frozen=True)
class Face:
    """One file, and the characters that it has."""

    file: str
    content: bytes
    characters: frozenset[int]


@dataclass(frozen=True)
class Font:
    """What a family became: its files, and at each weight the measures that fallbacks imitate."""

    wish: Wish
    folder: str
    faces: list[Face]
    measures: dict[int, Measures]

    def files(self) -> dict[str, bytes]:
        """Its fonts by file name."""
        return {face.file: face.content for face in self.faces}


LATIN = frozenset(
    {
        *range(0x0020, 0x007F),  # Basic Latin
        *range(0x00A0, 0x0100),  # Latin-1 with its no-break space, « » £ ¥ § ©
        *map(ord, "ŒœŸ"),
        *map(ord, "‐‑–—‘’‚“”„†•…‹›′″™−"),
        *map(ord, "←↑→↓"),
        *map(ord, "€₽₴₸"),
        0x2009,  # spaces: thin, and the narrow one that parts the thousands of an amount
        0x202F,
    }
)
CYRILLIC = frozenset(
    {
        *range(0x0410, 0x0450),
        *map(ord, "ЁёЄєІіЇїЎўҐґ№"),  # Russian, Ukrainian, Belarusian
    }
)
# Names have more letters than sentences; these files load only where one of them is.
LATIN_MORE = frozenset({*range(0x0100, 0x0180), *range(0x0218, 0x021C), 0x1E9E}) - LATIN
CYRILLIC_MORE = frozenset(map(ord, "ӘәҒғҚқҢңӨөҰұҮүҺһ"))  # Kazakh, Tatar; none in Unbounded
# An accent tells stressed vowels apart and must come from the letter's own file.
ACUTE = frozenset({0x0301})

TEXT = Wish(
    family="Golos Text",
    prefix="golos-text",
    weights=(400, 700),
    characters={
        "latin": LATIN,
        "cyrillic": CYRILLIC | ACUTE,
        "latin-ext": LATIN_MORE,
        "cyrillic-ext": CYRILLIC_MORE,
    },
    features=("kern", "tnum", "lnum", "liga", "case", "mark"),
)
DISPLAY = Wish(
    family="Unbounded",
    prefix="unbounded",
    weights=(800,),
    characters={"latin": LATIN, "cyrillic": CYRILLIC, "latin-ext": LATIN_MORE},
    features=("kern", "tnum", "lnum", "case"),  # its ligatures are of "f" and "t", and ornamental
)
# Where a character may be that the file of its own alphabet lacks.
ELSEWHERE = {"latin": "latin-ext", "cyrillic-ext": "cyrillic"}
# Without HVAR, browsers take the widths between the weights from the outlines.
UNUSED_TABLES = frozenset({"HVAR", "MVAR", "STAT", "VVAR", "gasp", "prep", "vhea", "vmtx"})
PRIMES = {0x2032: 0x0027, 0x2033: 0x0022}
# Each arrow is the upward one after so many quarter turns to the right.
TURNS = {0x2192: 1, 0x2190: 3}
UP_ARROW = 0x2191


def build(package: Path, wish: Wish) -> Font:
    faces: list[Face] = []
    measures: dict[int, Measures] = {}
    for alphabet, characters in wish.characters.items():
        masters = [_load(package, wish, alphabet, (weight,)) for weight in wish.weights]
        font = masters[0]
        if len(masters) > 1:
            font = _load(package, wish, alphabet, wish.weights)
            _vary(font, masters)
        for weight, master in zip(wish.weights, masters, strict=True):
            of_alphabet = Measures.of(master)
            measures[weight] = measures.get(weight, of_alphabet) | of_alphabet
        face = _subset(font, wish, alphabet, characters)
        faces.append(face)
    return Font(wish, package.parent.name, faces, measures)


def _load(package: Path, wish: Wish, alphabet: str, weights: tuple[int, ...]) -> TTFont:
    """The font of one alphabet, held to these weights, with what it borrows."""

    def read(name: str) -> TTFont:
        path = package / "files" / f"{wish.prefix}-{name}-wght-normal.woff2"
        font = TTFont(path, recalcTimestamp=False)
        limits = weights[0] if len(weights) == 1 else weights
        instantiateVariableFont(font, {"wght": limits}, inplace=True, static=len(weights) == 1)
        for table in UNUSED_TABLES & set(font.keys()):
            del font[table]
        return font

    font = read(alphabet)
    missing = wish.characters[alphabet] - set(font.getBestCmap())
    if alphabet in ELSEWHERE:
        other = read(ELSEWHERE[alphabet])
        for character in sorted(missing & set(other.getBestCmap())):
            _adopt(font, other, character)
    for character, turns in TURNS.items():
        if character in missing:
            _turn_arrow(font, character, turns)
    for character, like in (STAND_INS | PRIMES).items():
        available = font.getBestCmap()
        if character in missing and character not in available and like in available:
            map_character(font, character, available[like])
    return font


def _adopt(font: TTFont, other: TTFont, character: int) -> None:
    source = other.getBestCmap()[character]
    glyph = other["glyf"][source]
    if glyph.isComposite():  # its parts may be missing here
        coordinates, ends, flags = glyph.getCoordinates(other["glyf"])
        glyph.numberOfContours, glyph.coordinates = len(ends), coordinates
        glyph.endPtsOfContours, glyph.flags, glyph.program = ends, flags, Program()
        glyph.program.fromBytecode(b"")
        del glyph.components
    _add(font, character, glyph, other["hmtx"][source][0])


def _turn_arrow(font: TTFont, character: int, turns: int) -> None:
    name = font.getBestCmap()[UP_ARROW]
    up, advance = font["glyf"][name], font["hmtx"][name][0]
    middle_x, middle_y = (up.xMin + up.xMax) / 2, (up.yMin + up.yMax) / 2
    # As much air at its ends as the upward one has at its sides.
    width = up.yMax - up.yMin + advance - (up.xMax - up.xMin)
    points = [(x - middle_x, y - middle_y) for x, y in up.coordinates]
    for _ in range(turns):
        points = [(y, -x) for x, y in points]
    glyph = type(up)()
    glyph.numberOfContours, glyph.flags = up.numberOfContours, up.flags[:]
    glyph.endPtsOfContours, glyph.program = up.endPtsOfContours[:], up.program
    glyph.coordinates = GlyphCoordinates(
        (round(x + width / 2), round(y + middle_y)) for x, y in points
    )
    _add(font, character, glyph, width)


def _add(font: TTFont, character: int, glyph: object, advance: int) -> None:
    name = f"uni{character:04X}.added"
    table = font["glyf"]
    table[name] = glyph
    table[name].recalcBounds(table)
    font["hmtx"][name] = (advance, table[name].xMin)
    font.setGlyphOrder(table.glyphOrder)
    if "gvar" in font:
        font["gvar"].variations[name] = []
    map_character(font, character, name)


def _vary(font: TTFont, masters: list[TTFont]) -> None:
    """Make the outlines of `font` go straight from the first of the masters to the last."""
    first, last = masters[0], masters[-1]
    for name in font.getGlyphOrder():
        start, controls = _outline(first, name)
        end, _ = _outline(last, name)
        deltas = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(start, end, strict=True)]
        font["gvar"].variations[name] = variations = []
        if any(x or y for x, y in deltas):
            variation = TupleVariation({"wght": (0, 1, 1)}, deltas)
            composite = first["glyf"][name].isComposite()
            variation.optimize(start, controls.endPts, tolerance=0.5, isComposite=composite)
            variations.append(variation)
    if "GDEF" in font and getattr(font["GDEF"].table, "VarStore", None):
        _straighten(font["GDEF"].table.VarStore)


def _straighten(store: VarStore) -> None:
    """The same for the kerning: what is added at the far end, and nothing said in between."""
    regions = [region.VarRegionAxis[0] for region in store.VarRegionList.Region]
    # At the far end a master either counts whole or not at all.
    whole = [axis.PeakCoord == 1 for axis in regions]
    for data in store.VarData:
        counted = [whole[index] for index in data.VarRegionIndex]
        data.Item = [[sum(compress(deltas, counted))] for deltas in data.Item]
        data.VarRegionIndex, data.VarRegionCount = [0], 1
        data.calculateNumShorts()
    axis = regions[0]
    axis.StartCoord, axis.PeakCoord, axis.EndCoord = 0, 1, 1
    del store.VarRegionList.Region[1:]
    store.VarRegionList.RegionCount = 1


def _outline(font: TTFont, glyph: str) -> tuple[GlyphCoordinates, Any]:
    # The points and the four that carry the widths, in the order of gvar.
    outline = font["glyf"]._getCoordinatesAndControls(glyph, font["hmtx"].metrics)
    return outline[0], outline[1]


def _subset(font: TTFont, wish: Wish, alphabet: str, characters: frozenset[int]) -> Face:
    options = Options(
        layout_features=list(wish.features), hinting=False, notdef_outline=True, name_IDs=[0, 1, 2]
    )
    if "fvar" in font:
        font["fvar"].instances = []
    font = _reload(font)  # the subsetter takes only what was compiled
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font["post"].formatType = 3.0
    font.flavor = "woff2"
    output = BytesIO()
    font.save(output)
    name = f"{wish.family.replace(' ', '')}-{alphabet}.woff2"
    return Face(name, output.getvalue(), frozenset(font.getBestCmap()))


def _reload(font: TTFont) -> TTFont:
    buffer = BytesIO()
    font.flavor = None
    font.save(buffer)
    buffer.seek(0)
    return TTFont(buffer, recalcTimestamp=False)
