"""The public face: pages, cache, theme, what search engines and previews are told."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app.seed.public_face import seed_public_face
from campaign.landing_cache import landing_cache
from campaign.texts import PAGES, check_texts, text_page
from core.content import LOCALES, ContentError
from core.database import transaction
from tests.site import SITE

_PATHS = ["/", "/donate", "/organizations", *(f"/{name}" for name in PAGES)]


@pytest.mark.parametrize("lang", LOCALES)
@pytest.mark.parametrize("path", _PATHS)
def test_every_public_page_names_itself_and_its_other_language(
    client: FlaskClient, lang: str, path: str
) -> None:
    page = client.get(f"/{lang}{path}").text
    assert f'<html lang="{lang}"' in page
    assert f'<link rel="canonical" href="{SITE}/{lang}{path}">' in page
    for other in LOCALES:
        assert f'hreflang="{other}" href="{SITE}/{other}{path}"' in page
    assert f"/pictures/share-{lang}.png" in page
    assert len(re.findall("<h1", page)) == 1


def test_the_first_page_goes_by_the_browsers_language(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.5"})
    assert answer.location == "/ru/"
    assert "Accept-Language" in answer.headers["Vary"]
    assert client.get("/", headers={"Accept-Language": "de"}).location == "/en/"


def test_the_landing_is_full(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction():
        seed_public_face()
    page = client.get("/en/").text
    assert page.count('class="tile') == 7  # six, and the grid around them
    assert page.count("<details>") >= 6
    assert "Fictional Digital Rights Society" in page
    assert page.count("/marks/") == 2 * (13 + 3)  # each in the colours of light and dark
    assert "iностранный" not in page
    assert "foreign agent" in page
    assert "18+" in page


def test_the_landing_is_shown_whole_from_the_cache(app: Flask, client: FlaskClient) -> None:
    first = client.get("/en/")
    assert first.headers["ETag"]
    again = client.get("/en/", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert not again.data
    with app.app_context(), transaction():
        seed_public_face()
    assert client.get("/en/").data == first.data
    with app.app_context():
        landing_cache().forget()
    assert client.get("/en/").data != first.data


def test_the_landing_is_compressed_for_who_can_read_that(client: FlaskClient) -> None:
    plain = client.get("/ru/")
    packed = client.get("/ru/", headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_nobody_writes_into_the_page_of_others(client: FlaskClient) -> None:
    client.get("/en/?utm=canary-of-somebody", headers={"Referer": "https://canary.example"})
    assert "canary" not in client.get("/en/").text
    assert "csrf" not in client.get("/en/").text


def test_the_theme_is_a_form_and_a_cookie(client: FlaskClient) -> None:
    assert "data-theme" not in client.get("/en/donate").text
    answer = client.post("/en/theme", data={"theme": "dark", "page": "/en/donate?amount=15"})
    assert answer.status_code == 303
    assert answer.location == "/en/donate?amount=15"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-theme=dark;")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    for path in ("/en/", "/ru/donate", "/en/nope"):
        assert 'data-theme="dark"' in client.get(path).text
    client.post("/en/theme", data={"theme": "auto", "page": "/en/"})
    assert "data-theme" not in client.get("/en/").text


@pytest.mark.parametrize(
    "page",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "",
        "javascript:alert(1)",
        "/\t/e",
    ],
)
def test_the_theme_form_leads_nowhere_else(client: FlaskClient, page: str) -> None:
    answer = client.post("/ru/theme", data={"theme": "dark", "page": page})
    assert answer.location == "/ru/"


def test_the_sitemap_lists_each_page_in_each_language(client: FlaskClient) -> None:
    answer = client.get("/sitemap.xml")
    tree = ET.fromstring(answer.data)  # noqa: S314  our own answer
    places = [e.text for e in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert sorted(filter(None, places)) == sorted(
        f"{SITE}/{lang}{path}" for lang in LOCALES for path in _PATHS
    )
    assert "Disallow: /en/donations/" in client.get("/robots.txt").text


@pytest.mark.parametrize(
    ("name", "size", "most"),
    [
        ("hero", (648, 810), 25_000),
        ("icon", (48, 48), 3_000),
        ("lost", (288, 288), 12_000),
        ("share-en", (1200, 630), 80_000),
        ("share-ru", (1200, 630), 80_000),
    ],
)
def test_pictures_are_right_small_and_kept(
    client: FlaskClient, tmp_path: Path, name: str, size: tuple[int, int], most: int
) -> None:
    answer = client.get(f"/pictures/{name}.png?v=1")
    assert answer.mimetype == "image/png"
    assert "immutable" in answer.headers["Cache-Control"]
    file = tmp_path / "picture.png"
    file.write_bytes(answer.data)
    with Image.open(file) as image:
        assert image.size == size
    assert len(answer.data) <= most


@pytest.mark.parametrize(
    "path", ["/pictures/nope.png", "/pictures/share-de.png", "/marks/1/mark.png", "/en/nope"]
)
def test_what_is_not_there_is_404(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_petition_has_contents_that_lead_somewhere(app: Flask, client: FlaskClient) -> None:
    for lang in LOCALES:
        page = client.get(f"/{lang}/petition").text
        anchors = re.findall(r'<a href="#(section-\d+)"', page)
        assert len(anchors) >= 6
        for anchor in anchors:
            assert f'id="{anchor}"' in page


def test_texts_hold_no_html_of_their_own(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    folder = tmp_path / "en"
    folder.mkdir()
    (folder / "petition.md").write_text(
        "# Title\n\n## One *more*\n\n<script>x()</script> [a](javascript:x) [b](https://e.example)\n"
    )
    app = make_app()
    from dataclasses import replace

    app.extensions["content"] = replace(app.extensions["content"], directory=tmp_path)
    with app.app_context():
        page = text_page("petition", "en")
    assert page.title == "Title"
    assert page.sections == (("section-1", "One more"),)
    assert "<script" not in page.html
    assert "javascript:" not in page.html.replace("](javascript:x)", "")
    assert 'href="https://e.example"' in page.html


def test_a_campaign_without_its_words_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"landing\.toml"):
        check_texts(tmp_path)


@pytest.mark.parametrize("lang", LOCALES)
def test_a_missing_page_speaks_the_language_of_its_path(client: FlaskClient, lang: str) -> None:
    page = client.get(f"/{lang}/nowhere", headers={"Accept-Language": "en, ru;q=0.5"})
    assert page.status_code == 404
    assert f'<html lang="{lang}"' in page.text
