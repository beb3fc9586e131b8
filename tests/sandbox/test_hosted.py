"""The hosted page as a browser without JavaScript meets it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.processor import Processor
from tests.sandbox.conftest import OURS, Create, line


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers["Accept-Language"] = "de, fr"
        yield session


def submit(browser: requests.Session, url: str, **form: str) -> requests.Response:
    form = {"card": "", "email": "", "action": "pay", **form}
    return browser.post(url, data=form, allow_redirects=False, timeout=30)


def test_the_page_says_what_it_is_and_asks_for_nothing_from_elsewhere(
    create: Create, browser: requests.Session
) -> None:
    session = create()
    page = browser.get(str(session.url), timeout=30)

    assert page.status_code == 200
    assert "stand-in for trying and testing" in page.text
    assert "No real money" in page.text
    assert "12.34 EUR" in page.text
    assert 'lang="en"' in page.text
    assert f'href="{OURS}/cancelled"' in page.text
    assert "<script" not in page.text
    assert " style=" not in page.text
    sources = re.findall(r'(?:src|href|action)="(http[^"]+)"', page.text)
    assert all(source.startswith(OURS) for source in sources)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert f"form-action 'self' {OURS}" in policy
    for name in ('name="card"', 'name="email"', 'name="action" value="pay"'):
        assert name in page.text


def test_paying_leads_to_the_success_url(
    processor: Processor, create: Create, browser: requests.Session
) -> None:
    session = create()
    url = str(session.url)
    for _ in range(2):
        answer = submit(browser, url, card="4242 4242 4242 4242", email="donor@example.org")
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"{OURS}/paid?session={session.id}"

    assert len(processor.books()["charges"]) == 1
    again = browser.get(url, allow_redirects=False, timeout=30)
    assert (again.status_code, again.headers["Location"]) == (303, answer.headers["Location"])


def test_ten_clicks_at_once_pay_once(processor: Processor, create: Create) -> None:
    url = str(create().url)

    def click(_: int) -> int:
        with requests.Session() as browser:
            return submit(browser, url, card="4242424242424242").status_code

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(click, range(10))) == [303] * 10
    assert [charge["status"] for charge in processor.books()["charges"]] == ["succeeded"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"card": ""}, "card_empty"),
        ({"card": "4111 1111 1111 1111"}, "card_unknown"),
        ({"card": "<script>"}, "card_unknown"),
        ({"card": "4242424242424242", "email": "nobody"}, "email"),
        ({"card": "4000000000000002"}, "generic_decline"),
        ({"card": "4000 0000 0000 9995"}, "insufficient_funds"),
    ],
)
@pytest.mark.parametrize("locale", ["en", "ru"])
def test_what_is_refused_is_said_beside_the_form(
    processor: Processor,
    create: Create,
    browser: requests.Session,
    form: dict[str, str],
    error: str,
    locale: str,
) -> None:
    session = create(locale=locale)
    answer = submit(browser, str(session.url), **form)

    assert answer.status_code == 422
    assert f'data-error="{error}"' in answer.text
    assert f'lang="{locale}"' in answer.text
    assert ("Не оплачено" in answer.text) == (locale == "ru")
    assert "<script" not in answer.text
    assert processor.books()["sessions"][0]["status"] == "open"
    assert submit(browser, str(session.url), card="4242424242424242").status_code == 303


@pytest.mark.parametrize(
    ("locale", "wish", "language"),
    [
        ("ru", "en", "ru"),
        ("en", "ru", "en"),
        ("de", "ru", "en"),
        ("auto", "ru, en;q=0.5", "ru"),
        (None, "ru", "ru"),
        (None, "de", "en"),
    ],
)
def test_the_language_is_the_sessions_else_the_browsers(
    create: Create, browser: requests.Session, locale: str | None, wish: str, language: str
) -> None:
    session = create(locale=locale)
    page = browser.get(str(session.url), headers={"Accept-Language": wish}, timeout=30)
    assert f'<html lang="{language}">' in page.text


@pytest.mark.parametrize(("action", "status"), [("approve", "paid"), ("refuse", "unpaid")])
def test_the_bank_asks(
    processor: Processor, create: Create, browser: requests.Session, action: str, status: str
) -> None:
    session = create()
    url = str(session.url)
    asked = submit(browser, url, card="4000 0025 0000 3155")
    assert asked.status_code == 303
    question = browser.get(requests.compat.urljoin(url, asked.headers["Location"]), timeout=30)
    assert 'value="approve"' in question.text
    assert 'value="refuse"' in question.text

    answer = browser.post(question.url, data={"action": action}, allow_redirects=False, timeout=30)

    assert processor.books()["sessions"][0]["payment_status"] == status
    assert answer.status_code == (303 if status == "paid" else 422)
    if status == "unpaid":
        assert 'data-error="payment_intent_authentication_failure"' in answer.text
        later = browser.post(
            question.url, data={"action": "approve"}, allow_redirects=False, timeout=30
        )
        assert later.headers["Location"].endswith(f"/c/pay/{session.id}")
        assert processor.books()["sessions"][0]["status"] == "open"


def test_another_try_takes_back_an_open_question(
    processor: Processor, create: Create, browser: requests.Session
) -> None:
    url = str(create().url)
    submit(browser, url, card="4000002500003155")
    submit(browser, url, card="4000000000000002")
    browser.post(
        url + "/authenticate", data={"action": "approve"}, allow_redirects=False, timeout=30
    )
    assert processor.books()["sessions"][0]["status"] == "open"


def test_an_expired_page_says_so_and_leads_back(
    processor: Processor, create: Create, browser: requests.Session
) -> None:
    session = create()
    processor.advance(3700)
    for page in (
        browser.get(str(session.url), timeout=30),
        submit(browser, str(session.url), card="4242424242424242"),
    ):
        assert page.status_code == 410
        assert "has expired" in page.text
        assert f'href="{OURS}/cancelled"' in page.text
    assert processor.books()["charges"] == []


def test_an_unknown_page_says_so(processor: Processor, browser: requests.Session) -> None:
    page = browser.get(f"{processor.url}/c/pay/cs_test_none", timeout=30)
    assert page.status_code == 404
    assert "No such payment page" in page.text


def test_only_cards_that_can_be_used_are_listed(create: Create, browser: requests.Session) -> None:
    yen = browser.get(str(create(line_items=[line(5000, "jpy")]).url), timeout=30).text
    euro = browser.get(str(create().url), timeout=30).text
    assert "5,000 JPY" in yen
    assert 'data-card="4242424242424242"' in yen
    assert 'data-card="DE89370400440532013000"' not in yen
    assert 'data-card="DE89370400440532013000"' in euro


def test_the_words_are_the_same_in_both_languages() -> None:
    from sandbox.words import EN, RU

    assert EN.keys() == RU.keys()
    assert {name for name, text in EN.items() if "{amount}" in text} == {
        name for name, text in RU.items() if "{amount}" in text
    }
