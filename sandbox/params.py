"""Parameter rules: what an endpoint takes, of which type, and Stripe's words when it is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from .errors import ApiError, missing_parameter, unknown_parameter
from .store import Json

Rule = Callable[[Any, str], Any]
"""Takes a decoded value and its name as the client wrote it; gives back the typed value."""


def text(longest: int = 5000) -> Rule:
    """A string of at most `longest` characters."""

    def rule(value: Any, name: str) -> str:
        if not isinstance(value, str):
            raise ApiError(f"Invalid string: {value}", param=name)
        if len(value) > longest:
            raise ApiError(f"Invalid string: must be at most {longest} characters", param=name)
        return value

    return rule


def integer(lowest: int | None = None, highest: int | None = None) -> Rule:
    """A whole number within bounds."""

    def rule(value: Any, name: str) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise ApiError(
                f"Invalid integer: {value}", code="parameter_invalid_integer", param=name
            )
        number = int(value)
        if lowest is not None and number < lowest:
            raise ApiError(
                f"This value must be greater than or equal to {lowest}.",
                code="parameter_invalid_integer",
                param=name,
            )
        if highest is not None and number > highest:
            raise ApiError(f"This value must be less than or equal to {highest}.", param=name)
        return number

    return rule


def boolean(value: Any, name: str) -> bool:
    """`true` or `false`."""
    if value not in ("true", "false"):
        raise ApiError(f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def one_of(*allowed: str) -> Rule:
    """One of a few words."""

    def rule(value: Any, name: str) -> str:
        if value not in allowed:
            raise ApiError(f"Invalid {name}: must be one of {', '.join(allowed)}", param=name)
        return str(value)

    return rule


def url(value: Any, name: str) -> str:
    """An absolute http(s) address."""
    address: str = text()(value, name)
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ApiError("Not a valid URL", code="url_invalid", param=name)
    return address


def email(value: Any, name: str) -> str:
    """Something with one @ and a dot behind it; Stripe's own test is stricter."""
    address: str = text(800)(value, name)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", address):
        raise ApiError(f"Invalid email address: {address}", code="email_invalid", param=name)
    return address


def list_of(item: Rule, most: int = 100) -> Rule:
    """A list, written with indices."""

    def rule(value: Any, name: str) -> list[Any]:
        if not isinstance(value, list):
            raise ApiError("Invalid array", param=name)
        if len(value) > most:
            raise ApiError(f"Array too long: at most {most} entries", param=name)
        return [item(one, f"{name}[{index}]") for index, one in enumerate(value)]

    return rule


def fields(known: dict[str, Rule], required: tuple[str, ...] = ()) -> Rule:
    """An object with these names and no others."""

    def rule(value: Any, name: str) -> Json:
        if not isinstance(value, dict):
            raise ApiError("Invalid object", param=name)
        return check(value, known, required, within=name)

    return rule


def either(*rules: Rule) -> Rule:
    """The first rule that holds; the last one's complaint when none does."""

    def rule(value: Any, name: str) -> Any:
        for candidate in rules[:-1]:
            try:
                return candidate(value, name)
            except ApiError:
                continue
        return rules[-1](value, name)

    return rule


def metadata(value: Any, name: str) -> dict[str, str]:
    """At most 50 keys of 40 characters with values of 500 (docs.stripe.com/api/metadata)."""
    if value == "":
        return {}
    # Keys such as "0" decode as a list, and Stripe takes them as keys all the same.
    pairs = dict(enumerate(value)) if isinstance(value, list) else value
    if not isinstance(pairs, dict):
        raise ApiError("Invalid object", param=name)
    if len(pairs) > 50:
        raise ApiError("Metadata can have at most 50 keys.", param=name)
    kept: dict[str, str] = {}
    for key, entry in pairs.items():
        if len(str(key)) > 40:
            raise ApiError("Metadata keys can be at most 40 characters.", param=name)
        word = text(500)(entry, f"{name}[{key}]")
        if word:
            kept[str(key)] = word
    return kept


def check(
    given: Json, known: dict[str, Rule], required: tuple[str, ...] = (), within: str | None = None
) -> Json:
    """Typed values of `given`; raises ApiError for an unknown, missing or wrongly typed one."""

    def full(name: str) -> str:
        return name if within is None else f"{within}[{name}]"

    for name in given:
        if name not in known:
            raise unknown_parameter(full(name))
    for name in required:
        if name not in given:
            raise missing_parameter(full(name))
    return {name: known[name](value, full(name)) for name, value in given.items()}


CREATED: Rule = either(integer(), fields({name: integer() for name in ("gt", "gte", "lt", "lte")}))
EXPAND: Rule = list_of(text())
PAGING: dict[str, Rule] = {
    "limit": integer(1, 100),
    "starting_after": text(),
    "ending_before": text(),
    "expand": EXPAND,
    "created": CREATED,
}
