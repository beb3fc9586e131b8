"""The receipt as a PDF: one A4 page that prints well, in black on white.

Nothing here knows a donation, a language or a number format: the caller brings finished strings.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from fpdf import FPDF, ViewerPreferences
from fpdf.fonts import TTFFont

_FONTS = Path(__file__).resolve().parents[1] / "static" / "vendor" / "golos-text-5.3.0"
_REGULAR = _FONTS / "GolosText-Regular.ttf"
_BOLD = _FONTS / "GolosText-Bold.ttf"

# Millimetres, but for font sizes, which are points.
_LEFT, _TOP, _WIDTH, _BOTTOM = 22.0, 16.0, 166.0, 283.0
_FLOW_TOP = _TOP + 12.0  # on a second page, below its running head
_TOLERANCE = 0.001  # for sums of heights
_LABEL_WIDTH, _GUTTER = 52.0, 6.0
_RULE, _HAIRLINE, _SHADOW = 0.53, 0.15, 1.6
_POINT = 25.4 / 72
_HALF_CAP = _POINT * 0.7 / 2  # half the height of Golos Text's capitals, for each point of size

_INK, _MUTED, _PALE = 0, 85, 150  # grey levels, so that a black-only printer mixes nothing

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


@dataclass(frozen=True, kw_only=True)
class ReceiptDocument:
    """What a receipt says, translated and formatted already.

    Every string is plain text: markup is shown as it stands. Line breaks count in ``legal_label``,
    row values and notes, and are spaces elsewhere. ``issued_on`` is the only date the file carries.
    """

    language: str
    title: str
    organization_name: str
    organization_lines: tuple[str, ...]
    legal_label: str | None
    reference: str
    rows: tuple[tuple[str, str], ...]
    amount_label: str
    amount: str
    note_lines: tuple[str, ...]
    footer: str
    issued_on: date


def render_receipt(document: ReceiptDocument) -> bytes:
    """Return the PDF; the same document gives the same bytes.

    Never refuses a text: what the typeface cannot set becomes "□" (or the ISO 4217 code, for a
    currency sign), control characters are left out, and what is too long goes on to another page.
    Safe to call from several threads.
    """
    sheet = _Sheet(document)
    _draw_head(sheet, document)
    _draw_amount(sheet, document)
    _draw_rows(sheet, document.rows)
    _draw_notes(sheet, document)
    _draw_footer(sheet, document)
    return bytes(sheet.output())


@dataclass(frozen=True)
class _Style:
    size: float
    leading: float
    bold: bool = False
    grey: int = _INK


_Column = tuple[float, Sequence[str], _Style]

_ORGANIZATION = _Style(12.5, 6.0, bold=True)
_ADDRESS = _Style(9, 4.4, grey=_MUTED)
_LEGAL = _Style(10, 4.9, bold=True)
_TITLE = _Style(26, 11.0, bold=True)
_REFERENCE = _Style(10.5, 5.2, grey=_MUTED)
_AMOUNT_LABEL = _Style(10, 5.0)
_ROW_LABEL = _Style(9.5, 4.9, grey=_MUTED)
_ROW_VALUE = _Style(10.5, 4.9)
_NOTE = _Style(9.5, 4.9)
_FOOTER = _Style(8, 4.0, grey=_MUTED)
_RUNNING_HEAD = _Style(8, 4.0, grey=_MUTED)


class _Sheet(FPDF):
    """Pages on which text only ever flows downwards, from one to the next."""

    def __init__(self, document: ReceiptDocument) -> None:
        super().__init__(format="A4", unit="mm")
        self.add_font("golos", "", _REGULAR)
        self.add_font("golos", "B", _BOLD)
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                # Else fontTools unpacks and packs every glyph again: nearly half of the time.
                font.ttfont.recalcBBoxes = False
        self.set_auto_page_break(False)
        self.set_title(_one_line(document.title))
        self.set_author(_one_line(document.organization_name))
        self.set_lang(document.language)
        self.set_producer("")
        self.set_creation_date(datetime.combine(document.issued_on, time(), UTC))
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self._running_head = " · ".join(
            _one_line(text) for text in (document.title, document.reference) if text
        )
        self.add_page()
        self.top = _TOP

    @property
    def room(self) -> float:
        return _BOTTOM - self.top

    def next_page(self) -> None:
        self.add_page()
        self.top = _TOP
        style = _RUNNING_HEAD
        first, *_ = _wrap(f"{self.page_no()} · {self._running_head}", style, _WIDTH)
        with self._artifact():
            self._line(0, self.top + style.leading / 2 + style.size * _HALF_CAP, first, style)
        self.top += style.leading + 2
        self.rule(_RULE)
        self.top = _FLOW_TOP

    def gap(self, height: float) -> None:
        self.top = min(self.top + height, _BOTTOM)

    def rule(self, thickness: float, grey: int = _INK) -> None:
        with self._artifact():
            self.set_line_width(thickness)
            self.set_draw_color(grey)
            self.line(_LEFT, self.top, _LEFT + _WIDTH, self.top)

    def paragraph(self, text: str, style: _Style, tag: str = "P") -> None:
        self.columns([(0.0, _wrap(text, style, _WIDTH), style)], tag=tag)

    def columns(self, columns: Sequence[_Column], tag: str = "P") -> None:
        """Set lines side by side, each column from its own offset.

        What fits on one page stays together; what does not is parted between two lines.
        """
        leading = max(style.leading for _, _, style in columns)
        baseline = leading / 2 + max(style.size for _, _, style in columns) * _HALF_CAP
        total = max(len(lines) for _, lines, _ in columns)
        self.keep(total * leading)
        start = 0
        while start < total:
            count = min(int((self.room + _TOLERANCE) // leading), total - start)
            if count < 1:
                self.next_page()
                continue
            for left, lines, style in columns:
                with self._tagged(tag):
                    for index, line in enumerate(lines[start : start + count]):
                        self._line(left, self.top + index * leading + baseline, line, style)
            self.top += count * leading
            start += count

    def framed(
        self, parts: Sequence[tuple[Sequence[str], _Style]], padding: float, shadow: float = 0
    ) -> None:
        """Set parts below one another in a box; one that is longer than a page goes unboxed."""
        height = sum(len(lines) * style.leading for lines, style in parts) + 2 * padding
        self.keep(height + shadow)
        if height + shadow <= self.room + _TOLERANCE:
            self._frame(height, shadow)
            bottom = self.top + height + shadow
            self.top += padding
            for lines, style in parts:
                self.columns([(padding, lines, style)])
            self.top = bottom
        else:
            for lines, style in parts:
                self.columns([(0.0, lines, style)])

    def keep(self, height: float) -> None:
        """Begin a new page when ``height`` fits on a whole one but not on what is left here."""
        if self.room + _TOLERANCE < height <= _BOTTOM - _FLOW_TOP:
            self.next_page()

    def settle(self, height: float) -> None:
        """Go down to where ``height`` ends at the foot of the page, if it is not too high."""
        self.keep(height)
        self.top = max(self.top, _BOTTOM - height)

    def _line(self, left: float, baseline: float, text: str, style: _Style) -> None:
        if text:
            self.set_font("golos", "B" if style.bold else "", style.size)
            self.set_text_color(style.grey)
            # Software that takes the text out joins what stands side by side, or wrapped.
            self.text(_LEFT + left, baseline, f"{text} ")

    def _frame(self, height: float, shadow: float) -> None:
        with self._artifact():
            if shadow:
                self.set_fill_color(_INK)
                self.rect(_LEFT + shadow, self.top + shadow, _WIDTH - shadow, height, "F")
            self.set_line_width(_RULE)
            self.set_draw_color(_INK)
            self.set_fill_color(255)
            self.rect(_LEFT, self.top, _WIDTH - shadow, height, "DF")

    @contextmanager
    def _tagged(self, tag: str) -> Iterator[None]:
        """Mark what is drawn as one element of the structure that screen readers follow.

        fpdf2 keeps the structure tree but offers no public way to write a paragraph into it.
        """
        mcid = self.struct_builder.next_mcid_for_page(self.page)
        _, parents = self.struct_builder.add_marked_content(
            page_number=self.page, struct_type=f"/{tag}", mcid=mcid
        )
        self.pages[self.page].struct_parents = parents
        self._out(f"/{tag} <</MCID {mcid}>> BDC")
        yield
        self._out("EMC")

    @contextmanager
    def _artifact(self) -> Iterator[None]:
        self._out("/Artifact BMC")
        yield
        self._out("EMC")


def _draw_head(sheet: _Sheet, document: ReceiptDocument) -> None:
    if document.legal_label:
        padding = 4.0
        lines = _wrap(_clean(document.legal_label), _LEGAL, _WIDTH - 2 * padding)
        sheet.framed([(lines, _LEGAL)], padding)
        sheet.gap(8)
    sheet.paragraph(_one_line(document.organization_name), _ORGANIZATION)
    sheet.gap(0.8)
    for line in document.organization_lines:
        sheet.paragraph(_one_line(line), _ADDRESS)
    sheet.gap(4)
    sheet.rule(_RULE)
    sheet.gap(10)
    sheet.paragraph(_one_line(document.title), _TITLE, tag="H1")
    sheet.gap(1.5)
    sheet.paragraph(_one_line(document.reference), _REFERENCE)
    sheet.gap(8)


def _draw_amount(sheet: _Sheet, document: ReceiptDocument) -> None:
    padding = 5.5
    width = _WIDTH - 2 * padding - _SHADOW
    amount = _one_line(document.amount)
    label = _wrap(_one_line(document.amount_label), _AMOUNT_LABEL, width)
    for size in (44, 36, 28, 20):
        style = _Style(size, size * 0.4, bold=True)
        lines = _wrap(amount, style, width)
        if len(lines) == 1:
            break
    sheet.framed([(label, _AMOUNT_LABEL), (lines, style)], padding=padding, shadow=_SHADOW)
    sheet.gap(6)


def _draw_rows(sheet: _Sheet, rows: Sequence[tuple[str, str]]) -> None:
    value_left = _LABEL_WIDTH + _GUTTER
    for index, (label, value) in enumerate(rows, start=1):
        sheet.gap(2.1)
        sheet.columns(
            [
                (0.0, _wrap(_one_line(label), _ROW_LABEL, _LABEL_WIDTH), _ROW_LABEL),
                (
                    value_left,
                    _wrap(_clean(value), _ROW_VALUE, _WIDTH - value_left),
                    _ROW_VALUE,
                ),
            ]
        )
        sheet.gap(2.1)
        if index < len(rows):
            sheet.rule(_HAIRLINE, _PALE)
        else:
            sheet.rule(_RULE)


def _draw_notes(sheet: _Sheet, document: ReceiptDocument) -> None:
    sheet.gap(6)
    for note in document.note_lines:
        sheet.paragraph(_clean(note), _NOTE)
        sheet.gap(2)


def _draw_footer(sheet: _Sheet, document: ReceiptDocument) -> None:
    """Draw the last lines at the foot of the page, or where the text ends when they are many."""
    lines = _wrap(_clean(document.footer), _FOOTER, _WIDTH)
    sheet.settle(len(lines) * _FOOTER.leading + 3)
    sheet.rule(_RULE)
    sheet.gap(3)
    sheet.columns([(0.0, lines, _FOOTER)])


def _wrap(text: str, style: _Style, width: float) -> list[str]:
    """Return lines no wider than ``width``; a longer word is cut where the line ends."""
    scale = style.size * _POINT / 1000
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


def _one_line(text: str) -> str:
    return " ".join(_clean(text).split("\n"))


def _clean(text: str) -> str:
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
    regular, bold = (_advances_of(path) for path in (_REGULAR, _BOLD))
    return regular, bold


def _advances_of(path: Path) -> Mapping[str, int]:
    with TTFont(path) as font:
        widths = font["hmtx"].metrics
        return {chr(code): widths[glyph][0] for code, glyph in font.getBestCmap().items()}
