"""Small things that views of every room say about their page."""

from urllib.parse import urlsplit

from flask import g, request

THEMES = ("light", "dark")
THEME_COOKIE = "__Host-theme"


def allow_form_target(origin: str) -> None:
    """Let forms of this page lead to `origin`: a POST answered by 303 to it would else be blocked."""
    g.form_action = (*g.get("form_action", ()), origin)


def share_page() -> None:
    """This rendering is shown to everybody: nothing of the present request may show in it."""
    g.shared_page = True


def own_query() -> dict[str, str]:
    """The query of this request, for links that keep it; empty on a page that is shared."""
    return {} if g.get("shared_page") else request.args.to_dict()


def chosen_theme() -> str:
    """`light` or `dark` when the visitor chose one, else nothing: the device decides."""
    theme = request.cookies.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""


def is_local_path(path: str) -> bool:
    """Whether `path` leads to a page of this site and nowhere else, whatever a browser makes of it."""
    if not path.startswith("/") or path.startswith(("//", "/\\")) or "\\" in path:
        return False
    if any(ord(character) < 33 for character in path):
        return False
    parts = urlsplit(path)
    return not parts.scheme and not parts.netloc
