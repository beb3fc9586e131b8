"""Staff's routes: views declare what they ask for, and one guard enforces it before any of them.

The guard runs for every method, HEAD and OPTIONS included, which Flask would answer by itself.
"""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from flask import current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from core.access import Access, Kind, declare, declared
from core.errors import NotAllowed
from staff.errors import FromElsewhere
from staff.permissions import Permission
from staff.sessions import SignedIn, who

V = TypeVar("V", bound=Callable[..., object])

#: Pages that lead nowhere after a sign-in.
_DOORS = {"admin.sign_in", "admin.sign_in_again"}
_MAX_NEXT = 2000
#: What browsers say in `Sec-Fetch-Site` when another site leads here; old ones say nothing.
_ELSEWHERE = {"cross-site", "same-site"}

#: Any staff account may use the route.
signed_in = declare(Access(Kind.SIGNED_IN))


def requires(permission: Permission, *, fresh: bool = False) -> Callable[[V], V]:
    """The route is for accounts that hold `permission`.

    `fresh`: only within five minutes of typing the password; it is asked again otherwise. Never
    when another site leads the browser here: a link elsewhere would export by itself.
    """
    return declare(Access(Kind.PERMISSION, permission, fresh))


def enforce() -> ResponseReturnValue | None:
    """Turn away whoever may not use the route of this request. Raises NotAllowed and FromElsewhere.

    Not signed in: to the sign-in page and back. Not fresh: to the page that asks for the password.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    access = declared(view) if view is not None else None
    if access is None or access.kind not in {Kind.SIGNED_IN, Kind.PERMISSION}:
        return None
    user = who()
    if user is None:
        return redirect(url_for("admin.sign_in", next=_way_back()), code=303)
    if user.account.locale is not None:
        g.lang = user.account.locale
    if access.kind is Kind.PERMISSION and not user.may(access.permission):
        raise NotAllowed(access.permission)
    if access.fresh and request.headers.get("Sec-Fetch-Site") in _ELSEWHERE:
        raise FromElsewhere(request.endpoint)
    if access.fresh and not user.is_fresh:
        return redirect(url_for("admin.sign_in_again", next=_way_back()), code=303)
    return None


def staff() -> SignedIn:
    """Who is signed in, on a route that asks for it."""
    user = who()
    assert user is not None, "only on routes that declare signed_in or requires(…)"
    return user


def safe_next(target: str | None) -> str:
    """Where to go after a sign-in: `target` if it is a page of the panel that can be read, else home.

    Never another site: `//evil`, `/\\evil`, encoded or not, and whatever a browser might take for it.
    """
    home = url_for("admin.home")
    if not target or len(target) > _MAX_NEXT:
        return home
    plain = target
    for _round in range(3):
        plain = unquote(plain)
    path = plain.partition("?")[0]
    if "\\" in plain or not plain.isprintable() or not target.isascii():
        return home
    if "//" in path or ".." in path or not (path == "/admin" or path.startswith("/admin/")):
        return home
    adapter = current_app.url_map.bind("localhost")
    try:
        endpoint, _arguments = adapter.match(urlsplit(target).path, method="GET")
    except (HTTPException, ValueError):
        return home
    return home if endpoint in _DOORS else target


def _way_back() -> str | None:
    """The page to return to: this one if it can be read, else the one that the form was on."""
    if request.method in {"GET", "HEAD"}:
        return request.full_path.rstrip("?")
    page = urlsplit(request.headers.get("Referer", ""))
    if page.netloc != request.host:
        return None
    return page.path + (f"?{page.query}" if page.query else "")
