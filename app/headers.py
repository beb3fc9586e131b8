"""Response headers of every page: what a browser may do for us, which is little.

Twenty lines instead of Flask-Talisman, which is unmaintained since 2023.
"""

from urllib.parse import quote

from flask import Flask, Response, g, request

from core.settings import Settings

#: One policy for all pages; `form-action` grows on the routes whose answer sends on to a processor.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action {form_action}; frame-ancestors 'none'; "
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_PERMISSIONS = (
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=(), "
    "interest-cohort=()"
)
#: Set on everything, static files included.
STATIC_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}


def init_headers(app: Flask, settings: Settings) -> None:
    """Add the headers to every response. HSTS only where SITE_URL is https."""
    fixed = {
        **STATIC_HEADERS,
        "X-Frame-Options": "DENY",
        "Origin-Agent-Cluster": "?1",
        "Permissions-Policy": _PERMISSIONS,
    }
    if settings.scheme == "https":
        fixed["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in fixed.items():
            response.headers.setdefault(name, value)
        form_action = " ".join(["'self'", *g.get("form_action", ())])
        response.headers.setdefault(
            "Content-Security-Policy", _POLICY.format(form_action=form_action)
        )
        # What is not said to be public is personal, or may become so.
        response.headers.setdefault("Cache-Control", "no-store")
        if settings.onion_location and request.endpoint and response.mimetype == "text/html":
            # As it was sent, with its escapes: what they stand for may be no header's text.
            query = request.query_string.decode("latin-1")
            place = quote(request.path) + (f"?{query}" if query else "")
            response.headers["Onion-Location"] = settings.onion_location + place
        return response
