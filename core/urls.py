"""Addresses of our own pages outside a request: in mails, jobs and what a processor is given."""

from urllib.parse import urlsplit

from flask import current_app

from core.settings import settings


def site_url_for(endpoint: str, **values: object) -> str:
    """The full address of a page under SITE_URL; the same in a request and in a job."""
    site = urlsplit(settings().site_url)
    adapter = current_app.url_map.bind(site.netloc, url_scheme=site.scheme)
    return adapter.build(endpoint, values, force_external=True)
