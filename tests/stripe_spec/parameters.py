"""Is a form-encoded request what the description says? A decoder of its own, written from Stripe's
conventions and not from the stand-in's, so that one does not excuse the other.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from tests.stripe_spec.description import Schema, resolve

Tree = dict[str, Any]


def decode(raw: str) -> tuple[Tree, list[str]]:
    """`a[b][0]=x` as nested dicts with string leaves, and what could not be decoded."""
    tree: Tree = {}
    wrong = []
    for name, value in parse_qsl(raw, keep_blank_values=True):
        if not re.fullmatch(r"[^\[\]]+(\[[^\[\]]*\])*", name):
            wrong.append(f"{name}: not a parameter name")
            continue
        parts = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        branch: Any = tree
        for part in parts[:-1]:
            branch = branch.setdefault(part or str(len(branch)), {})
            if not isinstance(branch, dict):
                wrong.append(f"{name}: both a value and an object")
                break
        else:
            last = parts[-1] or str(len(branch))
            if last in branch:
                wrong.append(f"{name}: given twice")
            branch[last] = value
    return tree, wrong


def problems(value: Any, schema: Schema, where: str) -> list[str]:
    """What is wrong with a decoded value; `where` is the parameter's name as it was sent."""
    schema = resolve(schema)
    if "anyOf" in schema:
        return min((problems(value, one, where) for one in schema["anyOf"]), key=len)
    kind = schema["type"]
    if kind == "object":
        return _object(value, schema, where)
    if kind == "array":
        return _array(value, schema, where)
    return _leaf(value, schema, where)


_SHAPES = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "boolean": "true|false"}


def _leaf(value: Any, schema: Schema, where: str) -> list[str]:
    kind = schema["type"]
    if not isinstance(value, str):
        return [f"{where}: an object, where a {kind} is expected"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is none of the choices"]
    if kind in _SHAPES and not re.fullmatch(_SHAPES[kind], value):
        return [f"{where}: {value!r} is no {kind}"]
    if len(value) > schema.get("maxLength", len(value)):
        return [f"{where}: longer than {schema['maxLength']}"]
    if schema.get("format") == "currency" and not re.fullmatch("[a-zA-Z]{3}", value):
        return [f"{where}: {value!r} is no currency"]
    return []


def _object(value: Any, schema: Schema, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no object"]
    known, others = schema.get("properties", {}), schema.get("additionalProperties")

    def name_of(name: str) -> str:
        return f"{where}[{name}]" if where else name

    found = [
        f"{name_of(name)}: missing" for name in schema.get("required", []) if name not in value
    ]
    for name, one in value.items():
        if name in known:
            found += problems(one, known[name], name_of(name))
        elif isinstance(others, dict):
            found += problems(one, others, name_of(name))
        else:
            found.append(f"{name_of(name)}: unknown parameter")
    return found


def _array(value: Any, schema: Schema, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no list"]
    if sorted(value) != sorted(map(str, range(len(value)))):
        return [f"{where}: indices {', '.join(value)} do not count from 0"]
    found: list[str] = []
    for index, one in value.items():
        found += problems(one, schema["items"], f"{where}[{index}]")
    return found
