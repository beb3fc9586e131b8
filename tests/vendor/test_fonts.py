"""The fonts can set every word that we ship, are small, and are where the stylesheet says."""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from babel.numbers import get_currency_symbol
from fontTools.ttLib import TTFont

from core.content import LOCALES
from core.settings import PROJECT

STATIC = PROJECT / "static"
CSS = (STATIC / "fonts.css").read_text(encoding="utf-8")
FACES = re.findall(
    r'@font-face \{ font-family: "(?P<family>[^"]+)";[^}]*?'
    r'url\("(?P<file>[^"?]+)\?v=(?P<digest>[0-9a-f]+)"\)[^}]*?unicode-range: (?P<ranges>[^;}]+)',
    CSS,
)
FAMILIES = sorted({family for family, *_ in FACES})
PDF_FONTS = sorted(STATIC.glob("vendor/golos-text-*/*.ttf"))
#: In bytes. An English page needs one Cyrillic word, in the link that leads to the Russian one.
BUDGETS = {
    "en": (45_000, ["GolosText-latin", "GolosText-cyrillic", "Unbounded-latin"]),
    "ru": (
        75_000,
        ["GolosText-latin", "GolosText-cyrillic", "Unbounded-latin", "Unbounded-cyrillic"],
    ),
}


def characters_in(ranges: str) -> set[int]:
    """What a `unicode-range` says."""
    found: set[int] = set()
    for first, last in re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", ranges):
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return found


def characters_of(path: Path) -> set[int]:
    """What a font file has."""
    return set(TTFont(path).getBestCmap())


def shipped_texts() -> Iterator[tuple[str, str]]:
    """Name and text of everything whose words come to a page, and the signs of the currencies."""
    paths = [
        *PROJECT.glob("translations/**/*.po*"),
        *PROJECT.glob("content/demo/**/*"),
        *PROJECT.glob("templates/**/*"),
    ]
    assert len(paths) > 10
    for path in filter(Path.is_file, paths):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        yield str(path.relative_to(PROJECT)), unescape(text)
    campaign = tomllib.loads((PROJECT / "content/demo/campaign.toml").read_text(encoding="utf-8"))
    for locale in LOCALES:
        for code in campaign["donations"]["currencies"]:
            yield f"{code} in {locale}", get_currency_symbol(code, locale)
    yield (
        "amounts and their kind",
        "1\u00a0234\u202f567,50\u2009€ £ $ ¥ ₽ №\u00a07 „“”«»–—…′″\u2011−",
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_has_every_character_that_we_ship(family: str) -> None:
    has: set[int] = set()
    for name, file, _, _ in FACES:
        if name == family:
            has |= characters_of(STATIC / file)
    missing = {
        name: lacking
        for name, text in shipped_texts()
        if (lacking := "".join(sorted({c for c in text if ord(c) >= 0x20 and ord(c) not in has})))
    }
    assert missing == {}


def test_russian_amounts_need_no_rare_file() -> None:
    for family in FAMILIES:
        file = next(file for name, file, _, _ in FACES if name == family and "latin." in file)
        assert {*map(ord, "0123456789,\u00a0\u202f€₽")} <= characters_of(STATIC / file)


def test_the_stylesheet_says_what_the_files_have() -> None:
    assert FAMILIES == ["Golos Text", "Unbounded"]
    for _, file, digest, ranges in FACES:
        content = (STATIC / file).read_bytes()
        assert hashlib.sha256(content).hexdigest().startswith(digest)
        assert characters_in(ranges) == characters_of(STATIC / file), file


def test_no_character_is_in_two_files_of_a_family() -> None:
    for family in FAMILIES:
        ranges = [characters_in(ranges) for name, _, _, ranges in FACES if name == family]
        assert sum(map(len, ranges)) == len(set().union(*ranges))


def test_the_stylesheet_and_the_folders_name_the_same_files() -> None:
    named = set(re.findall(r'url\("([^"?]+)', CSS))
    assert named == {path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.woff2")}
    assert "//" not in re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)


def test_every_name_in_a_stack_is_declared() -> None:
    stacks = re.findall(r"--font-(?:text|display): ([^;]+);", CSS)
    assert len(stacks) == 2
    declared = set(re.findall(r'font-family: "([^"]+)"', CSS))
    assert {name for stack in stacks for name in re.findall(r'"([^"]+)"', stack)} == declared


@pytest.mark.parametrize("lang", BUDGETS)
def test_the_fonts_of_a_page_keep_to_their_budget(lang: str) -> None:
    budget, names = BUDGETS[lang]
    sizes = [next(STATIC.rglob(f"{name}.woff2")).stat().st_size for name in names]
    assert sum(sizes) <= budget


def test_text_has_all_weights_from_regular_to_bold() -> None:
    for family, file, _, _ in FACES:
        font = TTFont(STATIC / file)
        if family == "Golos Text":
            (axis,) = font["fvar"].axes
            assert (axis.axisTag, axis.minValue, axis.maxValue) == ("wght", 400, 700)
        else:
            assert "fvar" not in font
            assert font["OS/2"].usWeightClass == 800


@pytest.mark.parametrize("path", PDF_FONTS, ids=lambda path: path.name)
def test_the_fonts_of_pdfs_have_the_signs_of_money(path: Path) -> None:
    has = characters_of(path)
    assert {*map(ord, "€£$¥₽₴₸0123456789.,−\u00a0\u202f")} <= has
    signs = {c for name, text in shipped_texts() if " in " in name for c in text}
    assert {*map(ord, signs)} <= has
