"""Pages on which text flows downwards, tagged for screen readers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from fpdf import FPDF, ViewerPreferences
from fpdf.fonts import TTFFont

from core.dazzle import Form, grey_shapes, make_mask
from donations.receipt_pdf.text import (
    BOLD,
    BOTTOM,
    FLOW_TOP,
    HALF_CAP,
    INK,
    LEFT,
    MUTED,
    REGULAR,
    RULE,
    TOLERANCE,
    TOP,
    WIDTH,
    Style,
    one_line,
    wrap,
)

if TYPE_CHECKING:
    from donations.receipt_pdf.document import ReceiptDocument

RUNNING_HEAD = Style(8, 4.0, grey=MUTED)
_MASK_HEIGHT = 18.0

Column = tuple[float, Sequence[str], Style]


class Sheet(FPDF):
    """Pages on which text only ever flows downwards, from one to the next."""

    def __init__(self, document: ReceiptDocument) -> None:
        super().__init__(format="A4", unit="mm")
        self.add_font("golos", "", REGULAR)
        self.add_font("golos", "B", BOLD)
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                # Else fontTools unpacks and packs every glyph again: nearly half of the time.
                font.ttfont.recalcBBoxes = False
        self.set_auto_page_break(False)
        self.set_title(one_line(document.title))
        self.set_author(one_line(document.organization_name))
        self.set_lang(document.language)
        self.set_producer("")
        self.set_creation_date(datetime.combine(document.issued_on, time(), UTC))
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self._running_head = " · ".join(
            one_line(text) for text in (document.title, document.reference) if text
        )
        self.add_page()
        self.top = TOP

    @property
    def room(self) -> float:
        return BOTTOM - self.top

    def next_page(self) -> None:
        self.add_page()
        self.top = TOP
        style = RUNNING_HEAD
        first, *_ = wrap(f"{self.page_no()} · {self._running_head}", style, WIDTH)
        with self._artifact():
            self._line(0, self.top + style.leading / 2 + style.size * HALF_CAP, first, style)
        self.top += style.leading + 2
        self.rule(RULE)
        self.top = FLOW_TOP

    def gap(self, height: float) -> None:
        self.top = min(self.top + height, BOTTOM)

    def rule(self, thickness: float, grey: int = INK) -> None:
        with self._artifact():
            self.set_line_width(thickness)
            self.set_draw_color(grey)
            self.line(LEFT, self.top, LEFT + WIDTH, self.top)

    def mask(self, seed: str) -> None:
        """Draw the mask of `seed` at the right edge, its head at the present line. Decoration."""
        mask = make_mask(seed, form=Form.MARK)
        left = LEFT + WIDTH - mask.width * _MASK_HEIGHT
        with self._artifact():
            for polygon, grey in grey_shapes(mask):
                self.set_fill_color(round(grey * 255))
                corners = [
                    (left + x * _MASK_HEIGHT, self.top + y * _MASK_HEIGHT) for x, y in polygon
                ]
                self.polygon(corners, style="F")

    def paragraph(self, text: str, style: Style, tag: str = "P") -> None:
        self.columns([(0.0, wrap(text, style, WIDTH), style)], tag=tag)

    def columns(self, columns: Sequence[Column], tag: str = "P") -> None:
        """Set lines side by side, each column from its own offset.

        What fits on one page stays together; what does not is parted between two lines.
        """
        leading = max(style.leading for _, _, style in columns)
        baseline = leading / 2 + max(style.size for _, _, style in columns) * HALF_CAP
        total = max(len(lines) for _, lines, _ in columns)
        self.keep(total * leading)
        start = 0
        while start < total:
            count = min(int((self.room + TOLERANCE) // leading), total - start)
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
        self, parts: Sequence[tuple[Sequence[str], Style]], padding: float, shadow: float = 0
    ) -> None:
        """Set parts below one another in a box; one that is longer than a page goes unboxed."""
        height = sum(len(lines) * style.leading for lines, style in parts) + 2 * padding
        self.keep(height + shadow)
        if height + shadow <= self.room + TOLERANCE:
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
        if self.room + TOLERANCE < height <= BOTTOM - FLOW_TOP:
            self.next_page()

    def settle(self, height: float) -> None:
        """Go down to where ``height`` ends at the foot of the page, if it is not too high."""
        self.keep(height)
        self.top = max(self.top, BOTTOM - height)

    def _line(self, left: float, baseline: float, text: str, style: Style) -> None:
        if text:
            self.set_font("golos", "B" if style.bold else "", style.size)
            self.set_text_color(style.grey)
            # Software that takes the text out joins what stands side by side, or wrapped.
            self.text(LEFT + left, baseline, f"{text} ")

    def _frame(self, height: float, shadow: float) -> None:
        with self._artifact():
            if shadow:
                self.set_fill_color(INK)
                self.rect(LEFT + shadow, self.top + shadow, WIDTH - shadow, height, "F")
            self.set_line_width(RULE)
            self.set_draw_color(INK)
            self.set_fill_color(255)
            self.rect(LEFT, self.top, WIDTH - shadow, height, "DF")

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
