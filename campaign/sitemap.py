"""What search engines may look at."""

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from campaign.blueprint import blueprint
from campaign.texts import PAGES
from core.access import public
from core.content import LOCALES
from core.settings import settings

_DAY = "public, max-age=86400"


def _paths() -> list[str]:
    return ["/", "/donate", "/organizations", *(f"/{name}" for name in PAGES)]


@blueprint.get("/sitemap.xml")
@public
def sitemap() -> ResponseReturnValue:
    """Every public page in each language, with its other languages."""
    xml = render_template(
        "campaign/sitemap.xml", paths=_paths(), locales=LOCALES, site=settings().site_url
    )
    return Response(xml, mimetype="application/xml", headers={"Cache-Control": _DAY})


@blueprint.get("/robots.txt")
@public
def robots() -> ResponseReturnValue:
    """Private pages are not to be looked for; the panel and the API neither."""
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /api/", "Disallow: /webhooks/"]
    for locale in LOCALES:
        lines += [f"Disallow: /{locale}/donations/", f"Disallow: /{locale}/donate/"]
    lines.append(f"Sitemap: {settings().site_url}/sitemap.xml")
    return Response("\n".join(lines) + "\n", mimetype="text/plain", headers={"Cache-Control": _DAY})
