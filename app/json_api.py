"""The JSON API: `/api/v1`, described by its own OpenAPI document."""

from flask import Flask
from flask_smorest import Api
from flask_wtf import CSRFProtect

from core.access import public


def init_api(app: Flask, csrf: CSRFProtect) -> None:
    """Register the API's blueprints and its description."""
    app.config.update(
        API_TITLE="Moratorium",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    Api(app)
    description = app.view_functions["api-docs.openapi_json"]
    # A bound method takes no mark, so it is wrapped.
    app.view_functions["api-docs.openapi_json"] = public(lambda: description())
