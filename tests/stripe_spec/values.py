"""Is a JSON value what a schema of the description says? Unknown properties are problems too."""

from __future__ import annotations

import re
from typing import Any

from tests.stripe_spec.description import Schema, resolve


def problems(value: Any, schema: Schema, where: str) -> list[str]:
    """What is wrong with `value`, one line each with its place; nothing when it is right."""
    schema = resolve(schema)
    if value is None:
        return [] if schema.get("nullable") else [f"{where}: null is not allowed"]
    if "anyOf" in schema:
        return _any_of(value, schema["anyOf"], where)
    kind = schema.get("type", "object" if "properties" in schema else None)
    if kind is None:
        return [f"{where}: the description does not say what this is"]
    if not _is(value, kind):
        return [f"{where}: {value!r} is not of type {kind}"]
    found = _limits(value, schema, where)
    if kind == "array":
        for index, one in enumerate(value):
            found += problems(one, schema["items"], f"{where}[{index}]")
    if kind == "object":
        found += _members(value, schema, where)
    return found


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "number":
        return isinstance(value, int | float)
    types = {"string": str, "integer": int, "array": list, "object": dict, "boolean": bool}
    return isinstance(value, types[kind])


def _limits(value: Any, schema: Schema, where: str) -> list[str]:
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: {value!r} is none of {', '.join(map(str, schema['enum']))}")
    if isinstance(value, str):
        if len(value) > schema.get("maxLength", len(value)):
            found.append(f"{where}: longer than {schema['maxLength']}")
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{where}: {value!r} does not match {schema['pattern']}")
        if schema.get("format") == "currency" and not re.fullmatch("[a-z]{3}", value):
            found.append(f"{where}: {value!r} is no currency in lower case")
        if schema.get("format") == "decimal" and not re.fullmatch(r"-?\d+(\.\d+)?", value):
            found.append(f"{where}: {value!r} is no decimal number")
    if schema.get("format") == "unix-time" and not 10**8 < value < 10**11:
        found.append(f"{where}: {value!r} is no Unix time in seconds")
    return found


def _members(value: dict[str, Any], schema: Schema, where: str) -> list[str]:
    known, others = schema.get("properties"), schema.get("additionalProperties")
    if known is None and others is None:
        return []  # an object of which the description says nothing, such as an event's data
    found = [f"{where}.{name}: missing" for name in schema.get("required", []) if name not in value]
    for name, one in value.items():
        if known and name in known:
            found += problems(one, known[name], f"{where}.{name}")
        elif isinstance(others, dict):
            found += problems(one, others, f"{where}.{name}")
        else:
            found.append(f"{where}.{name}: unknown property")
    return found


def _any_of(value: Any, choices: list[Schema], where: str) -> list[str]:
    """No problem when one choice fits; else the problems of the choice that was meant."""
    if isinstance(value, dict) and "object" in value:
        named = [one for one in choices if value["object"] in _kinds(one)]
        choices = named or choices
    tried = [problems(value, one, where) for one in choices]
    return min(tried, key=len)


def _kinds(schema: Schema) -> list[str]:
    kinds: list[str] = resolve(schema).get("properties", {}).get("object", {}).get("enum", [])
    return kinds
