"""The public face in a real browser: accessible, narrow enough, light enough, in every colour."""

import re
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

from app.seed.public_face import seed_public_face
from campaign.texts import PAGES
from core.database import transaction
from tests.browser.pages import PageMaker
from tests.site import LiveSite

_PATHS = ["/", "/organizations", "/styleguide", "/nope", *(f"/{name}" for name in PAGES)]


@pytest.fixture
def site(live_site: LiveSite) -> LiveSite:
    """The site with its organizations and products."""
    with live_site.app.app_context(), transaction():
        seed_public_face()
    return live_site


@pytest.fixture
def allowed_origins(live_site: LiveSite) -> frozenset[str]:
    """The site alone."""
    return frozenset({live_site.url})


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_axe_finds_nothing(
    site: LiveSite,
    new_page: PageMaker,
    axe: Axe,
    lang: str,
    scheme: Literal["light", "dark"],
) -> None:
    page = new_page(color_scheme=scheme, block_scripts=True)
    for path in _PATHS:
        page.goto(f"{site.url}/{lang}{path}")
        result = axe.run(page)
        assert result.violations_count == 0, f"{path}: {result.generate_report()}"


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_nothing_overflows_a_small_phone(site: LiveSite, new_page: PageMaker, lang: str) -> None:
    page = new_page(viewport=(320, 640))
    for path in _PATHS:
        page.goto(f"{site.url}/{lang}{path}", wait_until="networkidle")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320, f"{path} is {wide} px wide"


@pytest.mark.parametrize(("lang", "most"), [("en", 150_000), ("ru", 180_000)])
def test_the_landing_weighs_little(
    site: LiveSite, new_page: PageMaker, lang: str, most: int
) -> None:
    """Everything that comes over the wire for the whole page, fonts and all pictures included."""
    page = new_page()
    answers: list[Response] = []

    def note(answer: Response) -> None:
        answers.append(answer)

    page.on("response", note)
    page.goto(f"{site.url}/{lang}/", wait_until="networkidle")
    # Pictures further down come when they are scrolled to.
    for picture in page.locator("main img").all():
        picture.scroll_into_view_if_needed()
    page.wait_for_function("Array.from(document.images).every(picture => picture.complete)")
    page.wait_for_load_state("networkidle")
    sizes = [answer.request.sizes()["responseBodySize"] for answer in answers]
    assert len(sizes) > 20
    assert min(sizes) > 0
    assert sum(sizes) <= most


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_the_theme_switch_wins_over_the_device(site: LiveSite, new_page: PageMaker) -> None:
    page = new_page(javascript=True, color_scheme="light")
    page.goto(f"{site.url}/en/petition")
    light = background(page)
    page.click("button[name=theme][value=dark]")
    page.wait_for_url(re.compile("/en/petition$"))
    dark = background(page)
    assert dark != light
    page.goto(f"{site.url}/ru/")
    assert background(page) == dark
    assert page.locator("button[name=theme][value=dark]").get_attribute("aria-pressed") == "true"
    page.click("button[name=theme][value=auto]")
    assert background(page) == light


def test_the_keyboard_is_enough(site: LiveSite, new_page: PageMaker) -> None:
    """Skip link first; then every stop shows where it is."""
    page = new_page()
    page.goto(f"{site.url}/en/donate")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(25):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const at = document.activeElement;
                const shown = at.type === 'radio' ? at.nextElementSibling : at;
                const style = getComputedStyle(shown);
                return [at.tagName, at.id, style.outlineStyle, parseFloat(style.outlineWidth)];
            }"""
        )
        assert seen[2] != "none", seen
        assert seen[3] >= 3, seen


def test_enter_in_a_field_goes_on_to_the_review(site: LiveSite, new_page: PageMaker) -> None:
    page = new_page(javascript=False)
    page.goto(f"{site.url}/en/donate")
    page.fill("[name=other_amount]", "12")
    page.press("[name=other_amount]", "Enter")
    page.wait_for_url(re.compile("/donate/review$"))
