"""What a receipt says, and in which order it is set: one A4 page that prints well, in black on white.

Nothing here knows a donation, a language or a number format: the caller brings finished strings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from donations.receipt_pdf.sheet import Sheet
from donations.receipt_pdf.text import (
    GUTTER,
    HAIRLINE,
    LABEL_WIDTH,
    MUTED,
    PALE,
    RULE,
    SHADOW,
    WIDTH,
    Style,
    clean,
    one_line,
    wrap,
)


@dataclass(frozen=True, kw_only=True)
class ReceiptDocument:
    """What a receipt says, translated and formatted already.

    Every string is plain text: markup is shown as it stands. Line breaks count in ``legal_label``,
    row values, notes and ``footer``, and are spaces elsewhere. ``issued_on`` is the only date the
    file carries. ``mask_seed`` is a random public id, whose mask decorates the page.
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
    mask_seed: str


def render_receipt(document: ReceiptDocument) -> bytes:
    """Return the PDF; the same document gives the same bytes.

    Never refuses a text: what the typeface cannot set becomes "□" (or the ISO 4217 code, for a
    currency sign), control characters are left out, and what is too long goes on to another page.
    Safe to call from several threads.
    """
    sheet = Sheet(document)
    _draw_head(sheet, document)
    _draw_amount(sheet, document)
    _draw_rows(sheet, document.rows)
    _draw_notes(sheet, document)
    _draw_footer(sheet, document)
    return bytes(sheet.output())


_ORGANIZATION = Style(12.5, 6.0, bold=True)
_ADDRESS = Style(9, 4.4, grey=MUTED)
_LEGAL = Style(10, 4.9, bold=True)
_TITLE = Style(26, 11.0, bold=True)
_REFERENCE = Style(10.5, 5.2, grey=MUTED)
_AMOUNT_LABEL = Style(10, 5.0)
_ROW_LABEL = Style(9.5, 4.9, grey=MUTED)
_ROW_VALUE = Style(10.5, 4.9)
_NOTE = Style(9.5, 4.9)
_FOOTER = Style(8, 4.0, grey=MUTED)


def _draw_head(sheet: Sheet, document: ReceiptDocument) -> None:
    if document.legal_label:
        padding = 4.0
        lines = wrap(clean(document.legal_label), _LEGAL, WIDTH - 2 * padding)
        sheet.framed([(lines, _LEGAL)], padding)
        sheet.gap(8)
    sheet.mask(document.mask_seed)
    sheet.paragraph(one_line(document.organization_name), _ORGANIZATION)
    sheet.gap(0.8)
    for line in document.organization_lines:
        sheet.paragraph(one_line(line), _ADDRESS)
    sheet.gap(4)
    sheet.rule(RULE)
    sheet.gap(10)
    sheet.paragraph(one_line(document.title), _TITLE, tag="H1")
    sheet.gap(1.5)
    sheet.paragraph(one_line(document.reference), _REFERENCE)
    sheet.gap(8)


def _draw_amount(sheet: Sheet, document: ReceiptDocument) -> None:
    padding = 5.5
    width = WIDTH - 2 * padding - SHADOW
    amount = one_line(document.amount)
    label = wrap(one_line(document.amount_label), _AMOUNT_LABEL, width)
    for size in (44, 36, 28, 20):
        style = Style(size, size * 0.4, bold=True)
        lines = wrap(amount, style, width)
        if len(lines) == 1:
            break
    sheet.framed([(label, _AMOUNT_LABEL), (lines, style)], padding=padding, shadow=SHADOW)
    sheet.gap(6)


def _draw_rows(sheet: Sheet, rows: Sequence[tuple[str, str]]) -> None:
    value_left = LABEL_WIDTH + GUTTER
    for index, (label, value) in enumerate(rows, start=1):
        sheet.gap(2.1)
        sheet.columns(
            [
                (0.0, wrap(one_line(label), _ROW_LABEL, LABEL_WIDTH), _ROW_LABEL),
                (
                    value_left,
                    wrap(clean(value), _ROW_VALUE, WIDTH - value_left),
                    _ROW_VALUE,
                ),
            ]
        )
        sheet.gap(2.1)
        if index < len(rows):
            sheet.rule(HAIRLINE, PALE)
        else:
            sheet.rule(RULE)


def _draw_notes(sheet: Sheet, document: ReceiptDocument) -> None:
    sheet.gap(6)
    for note in document.note_lines:
        sheet.paragraph(clean(note), _NOTE)
        sheet.gap(2)


def _draw_footer(sheet: Sheet, document: ReceiptDocument) -> None:
    """Draw the last lines at the foot of the page, or where the text ends when they are many."""
    lines = wrap(clean(document.footer), _FOOTER, WIDTH)
    sheet.settle(len(lines) * _FOOTER.leading + 3)
    sheet.rule(RULE)
    sheet.gap(3)
    sheet.columns([(0.0, lines, _FOOTER)])
