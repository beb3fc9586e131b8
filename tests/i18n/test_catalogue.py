"""The Russian catalogue: nothing missing, nothing broken, set as Russian is set."""

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog, Message

from tests.i18n.catalogue import (
    PLACEHOLDER,
    RUSSIAN,
    extract,
    renderings,
    russian,
    sources,
    words_of,
)

NO_BREAK = "\u00a0"


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What the source says now."""
    return extract(tmp_path_factory.mktemp("words") / "messages.pot")


@pytest.fixture(scope="module")
def translated() -> Catalog:
    return russian()


def sentences(catalogue: Catalog) -> Iterator[tuple[Message, str]]:
    """Every Russian sentence with its message."""
    for message in words_of(catalogue):
        for text in renderings(message):
            yield message, text


def test_every_word_is_translated(words: Catalog, translated: Catalog) -> None:
    assert len(words_of(words)) > 300
    missing = [
        message.id
        for message in words_of(words)
        if message.id not in translated or not all(renderings(translated[message.id]))
    ]
    assert not missing, "run `make i18n`, then translate"


def test_the_catalogue_says_nothing_that_nobody_asks_for(
    words: Catalog, translated: Catalog
) -> None:
    assert [m.id for m in words_of(translated) if m.id not in words] == [], "run `make i18n`"


def test_nothing_is_guessed(translated: Catalog) -> None:
    assert not translated.fuzzy
    assert [message.id for message in words_of(translated) if message.fuzzy] == []


def test_placeholders_are_the_same(translated: Catalog) -> None:
    for message in words_of(translated):
        # The plural names what all forms may name; English leaves nothing out of the singular here.
        expected = sorted(PLACEHOLDER.findall(sources(message)[-1]))
        for text in renderings(message):
            assert sorted(PLACEHOLDER.findall(text)) == expected, text
            # With placeholders, a lone percent sign would be read as one more.
            assert not expected or "%" not in PLACEHOLDER.sub("", text), text


def test_babel_finds_nothing_wrong(translated: Catalog) -> None:
    assert [error for _message, errors in translated.check() for error in errors] == []


def test_plurals_have_the_three_forms_of_russian(translated: Catalog) -> None:
    assert translated.num_plurals == 3
    for message in words_of(translated):
        if message.pluralizable:
            assert len(renderings(message)) == 3, message.id
            assert len(set(renderings(message))) == 3, message.id


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"[\"'“”„]", "quotation marks are «ёлочки»"),
        (r"--|\s-\s|–", "a dash is —"),
        (r"(?<!\u00a0)—", "a dash does not begin a line: a no-break space before it"),
        (r"—(?! )", "a blank follows a dash"),
        (r"\.\.\.", "an ellipsis is one character"),
        (
            r"\d (?!до |или |и )[а-яё]|\)d [^\W\d_]",
            "a number keeps to its unit by a no-break space",
        ),
        (r"[^\S\u00a0]%%|\w%%", "a percent sign keeps its distance by a no-break space"),
        (r"\s{2,}|^\s|\s$", "no blank too many"),
        (r"\s[,.:;!?]", "no blank before a mark"),
        (r"[A-Za-z][А-Яа-яЁё]|[А-Яа-яЁё][A-Za-z]", "no letters of two alphabets in one word"),
        (
            r"(?i)\b(ее|еще|платеж|счет|учет|дает|ждет|идет|прошел|истек|отклонен|завершен)\b",
            "ё is written",
        ),
    ],
)
def test_set_as_russian_is_set(translated: Catalog, pattern: str, why: str) -> None:
    wrong = [text for _message, text in sentences(translated) if re.search(pattern, text)]
    assert not wrong, why


def test_ends_as_the_english_ends(translated: Catalog) -> None:
    for message, text in sentences(translated):
        english = sources(message)[0]
        for mark in ":?!":
            assert text.endswith(mark) == english.endswith(mark), text
        if " " in english:
            assert text.endswith(".") == english.endswith("."), text


def test_subjects_of_mails_name_no_topic(translated: Catalog) -> None:
    """They show on locked screens, and to whoever looks over a shoulder."""
    subjects = [
        (message, text)
        for message, text in sentences(translated)
        if any("subject.txt" in path for path, _line in message.locations)
    ]
    assert subjects
    topic = re.compile(r"(?i)морат|распозна|слеж|кампан|пожертв|moratori|recogni|campaign|donat")
    for message, text in subjects:
        assert not topic.search(text), text
        assert not topic.search(sources(message)[0])


def test_the_file_names_no_person() -> None:
    head = RUSSIAN.read_text(encoding="utf-8").partition("\n\n")[0]
    assert "EMAIL@ADDRESS" not in head
    assert "@" not in head
