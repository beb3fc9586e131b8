"""Fixtures for all tests. A test that can be written without one should be."""

from tests.database import (
    _maintenance,
    database_url,
    empty_database_url,
    maintenance_url,
    template_database,
)
from tests.site import (
    _processor,
    app,
    client,
    live_site,
    mail_dir,
    make_app,
    processor,
    run_jobs,
)

__all__ = [
    "_maintenance",
    "_processor",
    "app",
    "client",
    "database_url",
    "empty_database_url",
    "live_site",
    "mail_dir",
    "maintenance_url",
    "make_app",
    "processor",
    "run_jobs",
    "template_database",
]
