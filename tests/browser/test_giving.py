"""A supporter gives, in a real browser: with and without JavaScript, in both languages, on a phone."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.pages import PageMaker
from tests.site import LiveSite


@pytest.fixture
def allowed_origins(live_site: LiveSite) -> frozenset[str]:
    """The site and the stand-in, and nobody else."""
    return frozenset({live_site.url, live_site.processor.url})


def fill_in(page: Page, amount: str = "19.99") -> None:
    """Type an amount of one's own and an e-mail, and go on to the review."""
    page.get_by_label(re.compile("^(Other amount|Другая сумма)$")).last.fill(amount)
    page.locator("#email").fill("vera@example.org")
    page.locator("button.primary").click()
    page.wait_for_url(re.compile("/donate/review$"))


def pay(page: Page, card: str = "4242424242424242") -> None:
    """Go on to the processor's page and pay there."""
    page.locator("button.primary").click()
    page.wait_for_url(re.compile("/c/pay/"))
    page.fill("[name=card]", card)
    page.click("button[name=action][value=pay]")


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize(
    ("lang", "amount", "shown"), [("en", "19.99", "€19.99"), ("ru", "1 234,50", "1 234,50 €")]
)
def test_a_gift_from_start_to_receipt(
    live_site: LiveSite,
    new_page: PageMaker,
    javascript: bool,
    lang: str,
    amount: str,
    shown: str,
) -> None:
    page = new_page(javascript=javascript)
    page.goto(f"{live_site.url}/{lang}/")
    page.locator("header nav a").first.click()
    fill_in(page, amount)
    assert shown in page.locator(".total").inner_text().replace("\u00a0", " ")
    pay(page)
    page.wait_for_url(re.compile("/donations/"))
    main = page.locator("main")
    assert main.get_attribute("data-status") == "paid"
    assert shown in main.inner_text().replace("\u00a0", " ")
    reference = main.get_attribute("data-reference") or ""
    assert re.fullmatch(r"D-[0-9A-Z]{4}-[0-9A-Z]{4}", reference)
    receipt = page.request.get(page.url + "/receipt.pdf")
    assert receipt.headers["content-type"] == "application/pdf"


def test_a_declined_card_then_another(live_site: LiveSite, new_page: PageMaker) -> None:
    page = new_page(javascript=False)
    page.goto(f"{live_site.url}/en/donate")
    fill_in(page)
    pay(page, "4000000000000002")
    page.locator("a.back").click()
    page.wait_for_url(re.compile("/donations/"))
    assert page.locator("main").get_attribute("data-status") == "declined"
    pay(page)
    page.wait_for_url(re.compile("/donations/"))
    assert page.locator("main").get_attribute("data-status") == "paid"


def test_a_double_click_pays_once(live_site: LiveSite, new_page: PageMaker) -> None:
    page = new_page()
    page.goto(f"{live_site.url}/en/donate")
    fill_in(page)
    page.locator("button.primary").dblclick()
    page.wait_for_url(re.compile("/c/pay/"))
    assert len(live_site.processor.books()["sessions"]) == 1


def test_the_back_button_is_safe(live_site: LiveSite, new_page: PageMaker) -> None:
    page = new_page(javascript=False)
    page.goto(f"{live_site.url}/en/donate")
    fill_in(page)
    page.locator("button.primary").click()
    page.wait_for_url(re.compile("/c/pay/"))
    page.go_back()
    page.wait_for_url(re.compile("/donate/review$"))
    page.locator("button.primary").click()
    page.wait_for_url(re.compile("/c/pay/"))
    assert len(live_site.processor.books()["sessions"]) == 1


def test_the_language_switch_keeps_page_and_query(live_site: LiveSite, new_page: PageMaker) -> None:
    page = new_page(javascript=False)
    page.goto(f"{live_site.url}/en/donate?amount=50&fund=legal")
    page.locator(".languages a[lang=ru]").click()
    page.wait_for_url(re.compile(r"/ru/donate\?"))
    assert page.locator("html").get_attribute("lang") == "ru"
    assert page.locator("input[name=amount][value='50.00']").is_checked()
    assert page.locator("input[name=fund][value=legal]").is_checked()


def pages_of_a_gift(live_site: LiveSite, page: Page, lang: str) -> Iterator[str]:
    """Every page of the flow, one after the other; yields a name for each."""
    for path in ("/", "/donate", "/privacy", "/nope"):
        page.goto(f"{live_site.url}/{lang}{path}")
        yield path
    page.goto(f"{live_site.url}/{lang}/donate")
    page.locator("[name=other_amount]").fill("abc")
    page.locator("[name=email]").fill("vera")
    page.locator("button.primary").click()
    page.wait_for_selector("[data-error]")
    yield "form with errors"
    page.locator("[name=other_amount]").fill("1234.50")
    page.locator("[name=email]").fill("a.rather.long.address.of.a.supporter@subdomain.example.org")
    page.locator("[name=public_name]").fill("Anna-Magdalena von Hohenstaufen-Wittelsbach")
    page.locator("[name=message]").fill("Donaudampfschifffahrtsgesellschaftskapitänsmütze " * 5)
    page.locator("[name=cover_fees]").check()
    page.locator("button.primary").click()
    page.wait_for_url(re.compile("/donate/review$"))
    yield "review"
    pay(page)
    page.wait_for_url(re.compile("/donations/"))
    yield "paid"


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    live_site: LiveSite,
    new_page: PageMaker,
    axe: Axe,
    lang: str,
    scheme: Literal["light", "dark"],
) -> None:
    page = new_page(color_scheme=scheme, block_scripts=True)
    for name in pages_of_a_gift(live_site, page, lang):
        result = axe.run(page)
        assert result.violations_count == 0, f"{name}: {result.generate_report()}"


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_nothing_overflows_a_small_phone(
    live_site: LiveSite, new_page: PageMaker, lang: str
) -> None:
    page = new_page(viewport=(320, 640))
    for name in pages_of_a_gift(live_site, page, lang):
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320, f"{name} is {wide} px wide"


def test_targets_are_large_enough(live_site: LiveSite, new_page: PageMaker) -> None:
    """WCAG 2.5.8: 24 px; calls to action 48 px."""
    page = new_page(viewport=(320, 640))
    page.goto(f"{live_site.url}/en/donate")
    assert (page.locator("button.primary").bounding_box() or {"height": 0})["height"] >= 48
    for label in page.locator(".choice label").all():
        assert (label.bounding_box() or {"height": 0})["height"] >= 44
