"""The campaign's own pages: Markdown and TOML below CAMPAIGN_DIR, one folder per language."""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.content import LOCALES, ContentError, Section, content

PAGES = ("petition", "privacy", "terms", "imprint", "contact")

_TAGS = {"h2", "h3", "p", "ul", "ol", "li", "strong", "em", "a", "blockquote", "br", "table"}
_TAGS |= {"thead", "tbody", "tr", "th", "td", "hr"}


@dataclass(frozen=True, slots=True)
class TextPage:
    """A page's title, its HTML without the title, and its sections as (anchor, heading)."""

    title: str
    html: str
    sections: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One tile: what is wrong, with a figure or without."""

    title: str
    text: str
    figure: str
    figure_label: str


@dataclass(frozen=True, slots=True)
class LandingText:
    """The words of the start page in one language."""

    lead: str
    problems: tuple[Problem, ...]
    demands: tuple[tuple[str, str], ...]
    spending: tuple[tuple[str, int], ...]
    questions: tuple[tuple[str, str], ...]
    words: dict[str, str]


_WORDS = (
    "petition_title",
    "petition_teaser",
    "support_title",
    "support_text",
    "spending_note",
    "merch_title",
    "merch_text",
    "founder_title",
    "founder_text",
    "organizations_title",
    "organizations_text",
)


def text_page(name: str, locale: str) -> TextPage:
    """A page of PAGES in a language. Raises ContentError when its file is missing."""
    return _read_page(content().directory / locale / f"{name}.md")


def landing_text(locale: str) -> LandingText:
    """The start page's words in a language. Raises ContentError."""
    return _read_landing(content().directory / locale / "landing.toml")


def check_texts(directory: Path) -> None:
    """Read every page once, so that a missing or broken one stops the start. Raises ContentError."""
    for locale in LOCALES:
        _read_landing(directory / locale / "landing.toml")
        for name in PAGES:
            _read_page(directory / locale / f"{name}.md")


@lru_cache(maxsize=64)
def _read_page(path: Path) -> TextPage:
    source = _read(path)
    # `html` is off: what a file holds besides Markdown is shown as text.
    parser = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
    tokens = parser.parse(source)
    if len(tokens) < 3 or tokens[0].tag != "h1":
        raise ContentError(f"{path} should begin with a title: # Title")
    title = tokens[1].content
    body = tokens[3:]
    sections = tuple(_anchor(body))
    html = parser.renderer.render(body, parser.options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"h2": {"id"}, "a": {"href"}},
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener noreferrer",
    )
    return TextPage(title, clean, sections)


def _anchor(tokens: list[Token]) -> list[tuple[str, str]]:
    """Give each second-level heading an anchor; the list of them in order."""
    found: list[tuple[str, str]] = []
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h2":
            anchor = f"section-{len(found) + 1}"
            opening.attrSet("id", anchor)
            found.append((anchor, re.sub(r"[*_`]", "", inline.content)))
    return found


@lru_cache(maxsize=16)
def _read_landing(path: Path) -> LandingText:
    try:
        values = tomllib.loads(_read(path))
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"{path} cannot be read: {error}") from error
    root = Section(values, path.name)
    spending = tuple((s.text("label"), s.integer("share")) for s in root.sections("spending"))
    if sum(share for _, share in spending) != 100:
        raise ContentError(f"{path}: the shares of [[spending]] should add up to 100")
    return LandingText(
        lead=root.text("lead"),
        problems=tuple(
            Problem(
                p.text("title"),
                p.text("text"),
                str(p.values.get("figure", "")),
                str(p.values.get("figure_label", "")),
            )
            for p in root.sections("problems")
        ),
        demands=tuple((d.text("title"), d.text("text")) for d in root.sections("demands")),
        spending=spending,
        questions=tuple((q.text("question"), q.text("answer")) for q in root.sections("questions")),
        words={key: root.text(key) for key in _WORDS},
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"{path} cannot be read: {error}") from error
