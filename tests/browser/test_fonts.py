"""Web fonts come late, or never: the page is there at once, and does not jump when they do."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route

from tests.browser.pages import PageMaker
from tests.site import LiveSite

#: 0.1 is held to be good. One line of text that wraps otherwise on a phone is 0.013; most pages have
#: less than 0.001.
MOST_SHIFT = 0.02
#: In bytes, of all the fonts that a page loads. An English page has the word "Русский" in it.
BUDGET = {"en": 45_000, "ru": 75_000}

WATCH = """
window.shifts = [];
new PerformanceObserver(list => shifts.push(...list.getEntries().map(entry => entry.value)))
  .observe({type: "layout-shift", buffered: true});
window.painted = new Promise(resolve =>
  new PerformanceObserver(list => list.getEntriesByName("first-contentful-paint").length && resolve())
    .observe({type: "paint", buffered: true}));
"""
FAMILIES = """
[...document.fonts].filter(face => face.status === "loaded" && !face.family.includes(" as "))
  .map(face => face.family.replaceAll('"', ""))
"""


@pytest.fixture
def allowed_origins(live_site: LiveSite) -> frozenset[str]:
    """The site, and nobody else."""
    return frozenset({live_site.url})


def open_without_fonts(page: Page, address: str) -> list[Route]:
    """Open a page while its fonts are held back; returns what they asked for, once it is painted."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/*.woff2*", hold)
    page.add_init_script(WATCH)
    page.goto(address, wait_until="domcontentloaded")
    page.evaluate("painted")
    page.wait_for_timeout(300)
    return held


def let_fonts_come(page: Page, held: list[Route]) -> int:
    """Answer what was held back and wait until it is shown; returns the sum of the files' sizes."""
    answers = [route.fetch() for route in held]
    for route, answer in zip(held, answers, strict=True):
        assert answer.ok
        route.fulfill(response=answer)
    page.evaluate("document.fonts.ready.then(() => null)")
    page.wait_for_timeout(300)
    return sum(len(answer.body()) for answer in answers)


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("path", ["", "donate"])
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_nothing_jumps_when_fonts_come(
    live_site: LiveSite, new_page: PageMaker, lang: str, path: str, width: int
) -> None:
    page = new_page(viewport=(width, 900), locale=lang)
    held = open_without_fonts(page, f"{live_site.url}/{lang}/{path}")
    assert held
    size = let_fonts_come(page, held)
    assert {"Golos Text", "Unbounded"} <= set(page.evaluate(FAMILIES))
    shift = sum(page.evaluate("shifts"))
    assert shift <= MOST_SHIFT
    assert size <= BUDGET[lang]
    assert len({urlsplit(route.request.url).path for route in held}) == len(held)


def test_fonts_are_served_to_be_kept(live_site: LiveSite, new_page: PageMaker) -> None:
    page = new_page()
    with page.expect_response("**/*.woff2*") as found:
        page.goto(f"{live_site.url}/ru/")
    headers = found.value.headers
    assert headers["content-type"] == "font/woff2"
    assert "immutable" in headers["cache-control"]
    assert headers["cross-origin-resource-policy"] == "same-origin"
