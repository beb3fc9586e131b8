"""Lists: newest first, a page at a time by cursor (docs.stripe.com/api/pagination)."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import ApiError
from .store import Books, Json

_BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def page(books: Books, kind: str, params: Json, url: str, matching: Sequence[str] = ()) -> Json:
    """One page of a kind of object. `matching` names the fields that a parameter of the same name
    must equal; `created`, `limit` and the two cursors are those of every list.
    """
    where, values = ["type = ?"], [kind]
    for name in matching:
        if name in params:
            # The names come from our own route table, never from a request.
            where.append(f"json_extract(body, '$.{name}') = ?")
            values.append(params[name])
    return _paged(books, kind, params, url, where, values)


def events_page(books: Books, params: Json, types: Sequence[str], not_before: int) -> Json:
    """One page of events: the last 30 days, and only the wanted types when some are named."""
    where: list[str] = ["type = 'event'", "created >= ?"]
    values: list[object] = [not_before]
    if types:
        # Stripe takes a whole family as `charge.*`.
        where.append("(" + " OR ".join("json_extract(body, '$.type') GLOB ?" for _ in types) + ")")
        values.extend(types)
    if "delivery_success" in params:
        undelivered = "id IN (SELECT event_id FROM delivery WHERE state != 'delivered')"
        where.append(f"NOT {undelivered}" if params["delivery_success"] else undelivered)
    return _paged(books, "event", params, "/v1/events", where, values)


def _paged(
    books: Books, kind: str, params: Json, url: str, where: list[str], values: Sequence[object]
) -> Json:
    where, bound = list(where), list(values)
    created = params.get("created", {})
    for bound_name, limit in (created if isinstance(created, dict) else {}).items():
        where.append(f"created {_BOUNDS[bound_name]} ?")
        bound.append(limit)
    if isinstance(created, int):
        where.append("created = ?")
        bound.append(created)
    backwards = "ending_before" in params
    if backwards and "starting_after" in params:
        raise ApiError("You may only specify one of these: starting_after, ending_before.")
    for cursor, sign in (("starting_after", "<"), ("ending_before", ">")):
        if cursor in params:
            where.append(f"seq {sign} ?")
            bound.append(_position(books, kind, params[cursor], cursor))
    limit = params.get("limit", 10)
    rows = books.run(
        # The conditions are this module's own words; every value is bound.
        f"SELECT id FROM object WHERE {' AND '.join(where)}"  # noqa: S608
        f" ORDER BY seq {'ASC' if backwards else 'DESC'} LIMIT ?",
        (*bound, limit + 1),
    )
    ids = [row["id"] for row in rows[:limit]]
    data = [books.must(kind, object_id) for object_id in (reversed(ids) if backwards else ids)]
    return wrap(data, url, has_more=len(rows) > limit)


def wrap(data: list[Json], url: str, *, has_more: bool = False) -> Json:
    """A list object."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def _position(books: Books, kind: str, object_id: str, param: str) -> int:
    rows = books.run("SELECT seq FROM object WHERE id = ? AND type = ?", (object_id, kind))
    if not rows:
        raise ApiError(f"No such {kind}: '{object_id}'", code="resource_missing", param=param)
    return int(rows[0]["seq"])
