"""The receipt as a PDF, read back the way a reader's software does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from pypdf import PageObject, PdfReader

from donations.receipt_pdf import ReceiptDocument, render_receipt

RIGHT_MARGIN = (210 - 22) / 25.4 * 72 + 0.1  # points, with what rounding takes
NBSP, NARROW = "\u00a0", "\u202f"

RECEIPT = ReceiptDocument(
    language="ru",
    title="Квитанция о пожертвовании",
    organization_name="Мораторий",
    organization_lines=("Musterstraße 12, 10115 Берлин", "Рег. № VR 12345 B"),
    legal_label="Материал организации, признанной нежелательной. 18+",
    reference="M-2025-7F3K-Q9",
    rows=(
        ("Дата", "12 марта 2025 г."),
        ("Фонд", "Юридическая помощь"),
        ("Комиссия", f"30,00{NBSP}₽"),
    ),
    amount_label="Получено",
    amount=f"1{NARROW}234,50{NBSP}₽",
    note_lines=("Взамен ничего не передавалось.",),
    footer="receipts@example.org",
    issued_on=date(2025, 3, 12),
    mask_seed="b0f3c1de-0000-4000-8000-000000000000",
)


def read(document: ReceiptDocument) -> PdfReader:
    return PdfReader(BytesIO(render_receipt(document)))


def text_of(document: ReceiptDocument) -> str:
    return "\n".join(page.extract_text() for page in read(document).pages)


def with_value(value: str) -> ReceiptDocument:
    return replace(RECEIPT, rows=(("Message", value),))


def joined(text: str) -> str:
    """Take out every space and line end: how a text is wrapped is not what it says."""
    return "".join(text.split())


@pytest.mark.parametrize(
    "amount",
    [
        f"19,99{NBSP}€",
        f"500{NBSP}¥",
        "¥500",
        f"1{NARROW}234,50{NBSP}€",
        f"1{NBSP}234,50{NBSP}€",
        f"1{NARROW}234,50{NBSP}₽",
        f"1{NARROW}234{NARROW}567,00{NBSP}₽",
        "£1,234.50",
        "$0.50",
        f"12,00{NBSP}zł",
        f"90{NBSP}₴",
        f"\u2212450{NBSP}₸",
    ],
)
def test_amounts_are_read_back_exactly_from_the_box_and_from_a_row(amount: str) -> None:
    text = text_of(replace(RECEIPT, amount=amount, rows=(("Сумма", amount),)))

    lines = [line.strip(" ") for line in text.splitlines()]
    assert lines.count(amount) == 1
    assert lines.count(f"Сумма {amount}") == 1


def test_a_currency_sign_that_the_typeface_lacks_becomes_its_code() -> None:
    text = text_of(replace(RECEIPT, amount=f"1{NBSP}500{NBSP}₺", rows=(("Amount", "₹500"),)))

    assert "1500TRY" in joined(text)
    assert "INR500" in joined(text)
    assert "□" not in text


def test_everything_said_is_there_in_reading_order() -> None:
    text = joined(text_of(RECEIPT))

    said = [RECEIPT.legal_label or "", RECEIPT.organization_name, *RECEIPT.organization_lines]
    said += [RECEIPT.title, RECEIPT.reference, RECEIPT.amount_label, RECEIPT.amount]
    said += [part for row in RECEIPT.rows for part in row]
    said += [*RECEIPT.note_lines, RECEIPT.footer]
    positions = [text.find(joined(part)) for part in said]
    assert -1 not in positions
    assert positions == sorted(positions)


@pytest.mark.parametrize(
    "markup",
    [
        "<b>x</b>",
        "**bold** __u__ --s-- ~~t~~",
        "[link](https://example.org)",
        "{nb}",
        "&amp;",
        "(a) \\ ) (",
        "</P> BDC EMC Tj ET",
    ],
)
def test_markup_is_plain_text_everywhere(markup: str) -> None:
    document = replace(
        RECEIPT, title=markup, amount=markup, footer=markup, rows=((markup, markup),)
    )

    assert joined(text_of(document)).count(joined(markup)) == 5
    metadata = read(document).metadata
    assert metadata is not None
    assert metadata.title == markup


def test_a_message_of_500_characters_fits_on_the_page_and_wraps_between_words() -> None:
    message = ("Пусть этот год будет лучше прошлого, спасибо. " * 11)[:500].rstrip()
    document = with_value(message)

    assert len(read(document).pages) == 1
    assert joined(message) in joined(text_of(document))
    words = set(message.split())
    wrapped = text_of(document).split()
    assert words <= set(wrapped)


def test_a_very_long_word_is_cut_at_the_margin() -> None:
    word = "щЖ" * 400

    page = read(with_value(word)).pages[0]

    assert word in joined(page.extract_text())
    assert 500 < rightmost(render_receipt(with_value(word))) <= RIGHT_MARGIN


def rightmost(pdf: bytes) -> float:
    """Return the greatest x, in points, at which a line of text ends."""
    ends: list[float] = []

    def visit(text: str, _cm: object, matrix: list[float], font: object, size: float) -> None:
        if text.strip() and isinstance(font, dict):
            ends.append(matrix[4] + advance(font, text.rstrip()) * size / 1000)

    for page in PdfReader(BytesIO(pdf)).pages:
        page.extract_text(visitor_text=visit)
    return max(ends)


def advance(font: dict[str, object], text: str) -> float:
    """Return the width of a text in thousandths of its size, from the font files themselves."""
    glyphs, widths = faces()["Bold" if "Bold" in str(font["/BaseFont"]) else "Regular"]
    return sum(widths[glyphs[ord(character)]] for character in text if ord(character) in glyphs)


@cache
def faces() -> dict[str, tuple[dict[int, str], dict[str, int]]]:
    (folder,) = (Path(__file__).resolve().parents[2] / "static" / "vendor").glob("golos-text-*")
    found = {}
    for style in ("Regular", "Bold"):
        font = TTFont(folder / f"GolosText-{style}.ttf")
        widths = {name: width for name, (width, _) in font["hmtx"].metrics.items()}
        found[style] = (font.getBestCmap(), widths)
    return found


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("thanks 💛!", "thanks □!"),
        ("👩\u200d💻 \u2764\ufe0f", "□□ □"),
        ("漢字 ok", "□□ ok"),
        ("a\x00b\x07c\x1b[31m\u202e\u200b\ufeffd\u00ade", "abc[31mde"),
        ("tab\there", "tab here"),
        ("lone \ud83d half", "lone □ half"),
        ("e\u0301 и\u0306", "é й"),
        ("em\u2003space", "em space"),
        ("non\u2011breaking", "non\u2011breaking"),
    ],
)
def test_what_cannot_be_set_is_seen_to_be_missing_and_never_fails(value: str, shown: str) -> None:
    lines = [line.strip() for line in text_of(with_value(value)).splitlines()]

    assert f"Message {shown}" in lines


def test_line_breaks_count_in_a_value_and_are_spaces_in_a_name() -> None:
    document = replace(
        RECEIPT, organization_name="Two\r\nlines", rows=(("Message", "first\r\nsecond\rthird"),)
    )

    lines = [line.strip() for line in text_of(document).splitlines()]

    assert "Two lines" in lines
    start = lines.index("Message first")
    assert lines[start : start + 3] == ["Message first", "second", "third"]


def test_the_same_document_gives_the_same_bytes_in_any_thread() -> None:
    others = [replace(RECEIPT, amount=f"{number}{NBSP}€") for number in range(12)]
    alone = [render_receipt(document) for document in others]

    with ThreadPoolExecutor(max_workers=6) as pool:
        together = list(pool.map(render_receipt, others))

    assert together == alone
    assert len(set(alone)) == len(alone)


def test_the_file_tells_its_title_language_and_day_and_nothing_more() -> None:
    reader = read(RECEIPT)

    assert {key: str(value) for key, value in (reader.metadata or {}).items()} == {
        "/Title": RECEIPT.title,
        "/Author": RECEIPT.organization_name,
        "/CreationDate": "D:20250312000000Z",
    }
    assert str(reader.root_object["/Lang"]) == "ru"
    assert b"fpdf" not in render_receipt(RECEIPT).lower()


def test_the_structure_names_one_heading_and_covers_all_text() -> None:
    reader = read(RECEIPT)
    root: Any = reader.root_object

    assert root["/MarkInfo"]["/Marked"]
    elements = [kid.get_object() for kid in root["/StructTreeRoot"]["/K"][0].get_object()["/K"]]
    assert [element["/S"] for element in elements].count("/H1") == 1
    contents = reader.pages[0].get_contents()
    assert contents is not None
    stream = contents.get_data()
    assert stream.count(b" BDC") == len(elements)
    depth = 0
    for line in stream.splitlines():
        depth += line.endswith((b" BDC", b" BMC")) - line.endswith(b"EMC")
        assert depth in (0, 1)
        assert depth or not line.startswith(b"BT ")


def test_an_ordinary_receipt_is_one_page() -> None:
    assert len(read(RECEIPT).pages) == 1
    bare = replace(RECEIPT, legal_label=None, organization_lines=(), rows=(), note_lines=())
    assert len(read(bare).pages) == 1
    assert len(read(replace(bare, footer="", reference="", amount_label="")).pages) == 1


def test_what_is_too_long_goes_on_to_further_pages_and_loses_nothing() -> None:
    rows = tuple((f"Row {number}", f"value {number} " * 40) for number in range(40))
    document = replace(
        RECEIPT,
        legal_label="Длинная пометка. " * 600,
        organization_name="Имя " * 200,
        title="Title " * 100,
        reference="R" * 400,
        rows=(*rows, ("Word", "W" * 9000)),
        amount="9" * 400,
        footer="foot " * 3000,
    )

    reader = read(document)

    text = joined("".join(page.extract_text() for page in reader.pages))
    assert len(reader.pages) > 5
    assert text.count("пометка.") == 600
    assert text.count("foot") == 3000
    assert text.count("W") >= 9000
    for label, value in rows:
        assert joined(label) in text
        assert joined(value)[:20] in text
    for page in reader.pages:
        baselines = baselines_of(page)
        assert min(baselines) >= 14 / 25.4 * 72
        assert max(baselines) <= (297 - 16) / 25.4 * 72
    assert 500 < rightmost(render_receipt(document)) <= RIGHT_MARGIN


def baselines_of(page: PageObject) -> list[float]:
    found: list[float] = []

    def visit(text: str, _cm: object, matrix: list[float], _font: object, _size: float) -> None:
        if text.strip():
            found.append(matrix[5])

    page.extract_text(visitor_text=visit)
    return found
