"""Requests, objects, events and whole exchanges against Stripe's OpenAPI description.

Every function gives back a list of problems in words, empty when all is well. What this proves is
that names and types are Stripe's; not that Stripe would do the same with them.
"""

from __future__ import annotations

from typing import Any

from tests.stripe_spec import parameters, values
from tests.stripe_spec.description import by_object, operation, schemas

__all__ = ["check_event", "check_exchanges", "check_object", "check_request", "check_response"]


def check_request(method: str, path: str, raw: str) -> list[str]:
    """A request: `raw` is its form-encoded body, or its query string for GET and DELETE."""
    known = operation(method, path)
    if known is None:
        return [f"{method} {path}: no such operation"]
    tree, found = parameters.decode(raw)
    schema = known.body if method.upper() == "POST" else known.query
    return [f"{known.name}: {one}" for one in found + parameters.problems(tree, schema, "")]


def check_object(body: dict[str, Any]) -> list[str]:
    """An object, by the type that it gives itself."""
    kind = body.get("object")
    if kind == "list":
        found = [
            f"list.{name}: missing" for name in ("data", "has_more", "url") if name not in body
        ]
        for one in body.get("data", []):
            found += check_object(one)
        return found
    if not isinstance(kind, str) or kind not in by_object():
        return [f"object: {kind!r} is no type of object that the description knows"]
    found = values.problems(body, schemas()[by_object()[kind]], kind)
    if kind == "event":
        found += _event_data(body)
    return found


def check_event(event: dict[str, Any]) -> list[str]:
    """An event, its snapshot included. The type must be one that Stripe documents."""
    if event.get("object") != "event":
        return [f"event: the object is {event.get('object')!r}"]
    return check_object(event)


def _event_data(event: dict[str, Any]) -> list[str]:
    """The description has no list of event types, but each begins with the object it is about."""
    kind, data = str(event.get("type")), event.get("data")
    about = data.get("object") if isinstance(data, dict) else None
    if not isinstance(about, dict):
        return ["event.data.object: missing"]
    found = [f"{kind}: {one}" for one in check_object(about)]
    if not kind.startswith(f"{about.get('object')}."):
        found.append(f"event.type: {kind} is about a {about.get('object')}")
    return found


def check_response(method: str, path: str, status: int, body: Any) -> list[str]:
    """An answer: 200 by the operation's own schema, anything else by that of errors."""
    known = operation(method, path)
    if known is None:
        # A path that does not exist is still refused in the shape of an error.
        return [] if status == 404 else [f"{method} {path}: no such operation"]
    told = known.responses.get(str(status), known.responses["default"])
    schema = told["content"]["application/json"]["schema"]
    found = [f"{known.name}: {one}" for one in values.problems(body, schema, str(status))]
    for event in _events_in(body):
        found += _event_data(event)
    return found


def _events_in(body: Any) -> list[dict[str, Any]]:
    """Events in an answer: their data is free-form in the description, so it is checked apart."""
    if not isinstance(body, dict):
        return []
    listed = body.get("data") if body.get("object") == "list" else [body]
    return [one for one in listed or [] if isinstance(one, dict) and one.get("object") == "event"]


def check_exchanges(exchanges: list[dict[str, Any]]) -> list[str]:
    """Recorded exchanges, as GET /control/requests gives them: request and answer of each."""
    found: list[str] = []
    for one in exchanges:
        method, path = one["method"], one["path"]
        # What was refused may be wrong; the refusal itself must have the right shape. But a
        # request that we should not have sent stays our problem, whatever the answer was.
        wrong = check_request(method, path, one["raw"])
        wrong += check_response(method, path, one["status"], one["body"])
        found += [f"#{one['id']} {problem}" for problem in wrong]
    return found
