"""Small things that views of every room say about their page."""

from flask import g


def allow_form_target(origin: str) -> None:
    """Let forms of this page lead to `origin`: a POST answered by 303 to it would else be blocked."""
    g.form_action = (*g.get("form_action", ()), origin)
