"""Form decoding: `a[b][0]=x` becomes a tree of dicts and lists, with strings for leaves."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from .errors import ApiError
from .store import Json

_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")


def decode(raw: str) -> Json:
    """The tree of a form-encoded body or query string; raises ApiError for what cannot be one."""
    try:
        raw.encode()
        pairs = parse_qsl(raw, keep_blank_values=True, strict_parsing=bool(raw), errors="strict")
    except ValueError as wrong:
        raise ApiError("Invalid request body: it is not form-encoded UTF-8.") from wrong
    tree: Json = {}
    for name, value in pairs:
        matched = _NAME.match(name)
        if matched is None:
            raise ApiError(f"Invalid parameter name: {name}", param=name)
        _plant(tree, [matched.group(1), *_PART.findall(matched.group(2))], value, name)
    return {name: _listed(branch, name) for name, branch in tree.items()}


def _plant(tree: Json, parts: list[str], value: str, name: str) -> None:
    for part in parts[:-1]:
        below = tree.setdefault(part or str(len(tree)), {})
        if not isinstance(below, dict):
            raise ApiError(f"Invalid parameter: {name} is given as a value and as an object.")
        tree = below
    last = parts[-1] or str(len(tree))
    if last in tree:
        raise ApiError(f"Invalid parameter: {name} is given twice.", param=name)
    tree[last] = value


def _listed(branch: Any, name: str) -> Any:
    """Turn an object whose keys are 0, 1, 2 … into a list; Stripe takes them in that order."""
    if not isinstance(branch, dict):
        return branch
    below = {key: _listed(value, f"{name}[{key}]") for key, value in branch.items()}
    if below and all(key.isascii() and key.isdigit() for key in below):
        return [below[key] for key in sorted(below, key=int)]
    return below
