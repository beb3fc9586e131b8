"""The application without a database, for what needs only its settings."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from app.factory import create_app
from tests.site import test_environ

NOWHERE = "postgresql://nobody@127.0.0.1:9/nothing"
MakeOffline = Callable[..., Flask]


@pytest.fixture
def make_offline(tmp_path: Path) -> MakeOffline:
    """`make_offline(**environ)`: an application that cannot reach any database."""

    def make(**environ: str) -> Flask:
        app = create_app(test_environ(NOWHERE, tmp_path, "") | environ)
        app.testing = True
        return app

    return make


@pytest.fixture
def offline(make_offline: MakeOffline) -> Flask:
    """An application that cannot reach any database."""
    return make_offline()
