"""Fixtures for all tests. A test that can be written without one should be."""

from tests.database import (
    _maintenance,
    database_url,
    empty_database_url,
    maintenance_url,
    template_database,
)

__all__ = [
    "_maintenance",
    "database_url",
    "empty_database_url",
    "maintenance_url",
    "template_database",
]
