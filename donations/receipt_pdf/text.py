"""Type on a receipt: the fonts, what they can set, and where lines break."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parents[2] / "static" / "vendor" / "golos-text-5.3.0"
REGULAR = FONTS / "GolosText-Regular.ttf"
BOLD = FONTS / "GolosText-Bold.ttf"

# Millimetres, but for font sizes, which are points.
LEFT, TOP, WIDTH, BOTTOM = 22.0, 16.0, 166.0, 283.0
FLOW_TOP = TOP + 12.0  # on a second page, below its running head
TOLERANCE = 0.001  # for sums of heights
LABEL_WIDTH, GUTTER = 52.0, 6.0
RULE, HAIRLINE, SHADOW = 0.53, 0.15, 1.6
POINT = 25.4 / 72
HALF_CAP = POINT * 0.7 / 2  # half the height of Golos Text's capitals, for each point of size

INK, MUTED, PALE = 0, 85, 150  # grey levels, so that a black-only printer mixes nothing

_MISSING = "□"
# Signs that the typeface does not have. An amount must not lose its currency.
_CURRENCY_CODES = {
    "฿": "THB",
    "₡": "CRC",
    "₦": "NGN",
    "₩": "KRW",
    "₪": "ILS",
    "₫": "VND",
    "₭": "LAK",
    "₮": "MNT",
    "₱": "PHP",
    "₲": "PYG",
    "₵": "GHS",
    "₹": "INR",
    "₺": "TRY",
    "₼": "AZN",
    "₾": "GEL",
}


@dataclass(frozen=True)
class Style:
    size: float
    leading: float
    bold: bool = False
    grey: int = INK


def wrap(text: str, style: Style, width: float) -> list[str]:
    """Return lines no wider than ``width``; a longer word is cut where the line ends."""
    scale = style.size * POINT / 1000
    advances = _advances()[style.bold]
    space = advances[" "] * scale
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, used = "", 0.0
        for word in paragraph.split(" "):
            needed = sum(advances[character] for character in word) * scale
            if line and used + space + needed <= width:
                line, used = f"{line} {word}", used + space + needed
                continue
            if line:
                lines.append(line)
            line, used = word, needed
            while used > width and len(line) > 1:
                head = _head(line, advances, width / scale)
                lines.append(head)
                line = line[len(head) :]
                used -= sum(advances[character] for character in head) * scale
        lines.append(line)
    return lines


def _head(word: str, advances: Mapping[str, int], width: float) -> str:
    """Return the beginning that fits, and at least one character."""
    used = 0
    for position, character in enumerate(word):
        used += advances[character]
        if used > width:
            return word[: max(position, 1)]
    return word


def one_line(text: str) -> str:
    return " ".join(clean(text).split("\n"))


def clean(text: str) -> str:
    """Return what the typeface can set, with "\\n" as the only control character."""
    typeface, _ = _advances()
    characters: list[str] = []
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    for position, character in enumerate(composed):
        if _is_invisible(character):
            continue
        if character == "\n" or character in typeface:
            characters.append(character)
        elif character in "\t\u2028\u2029" or unicodedata.category(character) == "Zs":
            characters.append(" ")
        elif character in _CURRENCY_CODES:
            characters.append(_CURRENCY_CODES[character])
            if composed[position + 1 : position + 2].isdigit():
                characters.append("\u00a0")
        else:
            characters.append(_MISSING)
    return "".join(characters)


def _is_invisible(character: str) -> bool:
    """Whether leaving the character out loses nothing that could be seen (soft hyphens too)."""
    if character in "\n\t":
        return False
    is_variation_selector = "\ufe00" <= character <= "\ufe0f"
    return is_variation_selector or unicodedata.category(character) in ("Cc", "Cf")


@cache
def _advances() -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Return how far each character goes, in thousandths of the size, in regular and in bold."""
    regular, bold = (_advances_of(path) for path in (REGULAR, BOLD))
    return regular, bold


def _advances_of(path: Path) -> Mapping[str, int]:
    with TTFont(path) as font:
        widths = font["hmtx"].metrics
        return {chr(code): widths[glyph][0] for code, glyph in font.getBestCmap().items()}
