"""Fonts that people have, stretched to take the room of ours, so that nothing moves when ours come.

Letters differ in width from typeface to typeface, and not all alike: what makes English as wide
makes Russian too narrow, and digits are another matter still. So each group has a stretch of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTFont

# The Universal Declaration of Human Rights, articles 12, 19 and 20, and words of a page.
ENGLISH = (
    "No one shall be subjected to arbitrary interference with his privacy, family, home or "
    "correspondence, nor to attacks upon his honour and reputation. Everyone has the right to the "
    "protection of the law against such interference or attacks. Everyone has the right to freedom "
    "of opinion and expression; this right includes freedom to hold opinions without interference "
    "and to seek, receive and impart information and ideas through any media and regardless of "
    "frontiers. Everyone has the right to freedom of peaceful assembly and association. No one may "
    "be compelled to belong to an association. Donate. Stop mass facial recognition. Where the "
    "money goes. Who signed the petition. Add your organization. Check your answers. Privacy."
)
RUSSIAN = (
    "Никто не может подвергаться произвольному вмешательству в его личную и семейную жизнь, "
    "произвольным посягательствам на неприкосновенность его жилища, тайну его корреспонденции или "
    "на его честь и репутацию. Каждый человек имеет право на защиту закона от такого "
    "вмешательства или таких посягательств. Каждый человек имеет право на свободу убеждений и на "
    "свободное выражение их; это право включает свободу беспрепятственно придерживаться своих "
    "убеждений и свободу искать, получать и распространять информацию и идеи любыми средствами и "
    "независимо от государственных границ. Каждый человек имеет право на свободу мирных собраний и "
    "ассоциаций. Никто не может быть принуждаем вступать в какую-либо ассоциацию. Пожертвовать. "
    "Остановить массовое распознавание лиц. Куда идут деньги. Кто подписал петицию."
)
DIGITS = "0123456789"
DIGIT_RANGE = "U+30-39"
CYRILLIC_RANGE = "U+301, U+400-52F, U+2116"


@dataclass(frozen=True)
class Measures:
    """In parts of the font's size: height above and below the line, and widths by character."""

    ascent: float
    descent: float
    widths: dict[int, float]

    @classmethod
    def of(cls, font: TTFont) -> "Measures":
        """As the font's own tables say."""
        size = font["head"].unitsPerEm
        widths = {
            character: font["hmtx"][glyph][0] / size
            for character, glyph in font.getBestCmap().items()
        }
        return cls(font["hhea"].ascent / size, -font["hhea"].descent / size, widths)

    def __or__(self, other: "Measures") -> "Measures":
        """These, with the characters of `other` that are not here yet."""
        return Measures(self.ascent, self.descent, other.widths | self.widths)

    def width(self, text: str) -> float:
        return sum(self.widths[ord(character)] for character in text)


@dataclass(frozen=True)
class Fallback:
    """A font that people may have: by weight, its names in their systems and files to measure."""

    name: str
    package: str
    names: dict[int, tuple[str, ...]]
    files: dict[int, tuple[str, ...]]

    def measures(self, package: Path, weight: int) -> Measures:
        """Of one weight, from the unpacked package."""
        first, *others = (
            Measures.of(TTFont(package / "files" / file)) for file in self.files[weight]
        )
        for other in others:
            first |= other
        return first


def _files(package: str, *alphabets: str) -> dict[int, tuple[str, ...]]:
    return {
        weight: tuple(f"{package}-{alphabet}-{weight}-normal.woff2" for alphabet in alphabets)
        for weight in (400, 700)
    }


#: In the order in which a page tries them: most systems, Android, plain Linux.
FALLBACKS = (
    Fallback(
        "Arial",
        "arimo",
        {
            400: ("Arial", "ArialMT", "Liberation Sans", "Arimo"),
            700: ("Arial Bold", "Arial-BoldMT", "Liberation Sans Bold", "Arimo Bold"),
        },
        _files("arimo", "latin", "cyrillic"),
    ),
    Fallback(
        "Roboto",
        "roboto",
        {400: ("Roboto", "Roboto-Regular"), 700: ("Roboto Bold", "Roboto-Bold")},
        _files("roboto", "latin", "cyrillic"),
    ),
    Fallback(
        "DejaVu Sans",
        "dejavu-sans",
        {400: ("DejaVu Sans", "DejaVuSans"), 700: ("DejaVu Sans Bold", "DejaVuSans-Bold")},
        _files("dejavu-sans", "latin"),
    ),
)


def stretches(ours: Measures, theirs: Measures) -> Iterator[tuple[str, float]]:
    """How much to stretch `theirs`, by range of characters; the first, unnamed, is for the rest."""
    latin = ours.width(ENGLISH) / theirs.width(ENGLISH)
    yield "", latin
    letters = "".join(filter(_is_cyrillic, RUSSIAN))
    others = "".join(character for character in RUSSIAN if not _is_cyrillic(character))
    # Spaces and commas in Russian text are stretched with the Latin letters: make up for them.
    room = ours.width(RUSSIAN) - latin * theirs.width(others)
    yield CYRILLIC_RANGE, room / theirs.width(letters)
    yield DIGIT_RANGE, ours.width(DIGITS) / theirs.width(DIGITS)


def _is_cyrillic(character: str) -> bool:
    return 0x400 <= ord(character) < 0x530
