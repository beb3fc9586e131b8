"""Structured logs without people in them: the route's template instead of the path, no address, no
user agent, no query.
"""

import logging
import sys
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request


def configure_logs() -> None:
    """JSON lines on standard error, for our own events and those of libraries alike."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    # Flask-Alembic brings a handler of its own: one line is enough.
    logging.getLogger("alembic").handlers.clear()
    logging.getLogger("sqlalchemy").handlers.clear()
    # These log full addresses with tokens, or what was sent: not even at a lower level.
    for name in ("urllib3", "stripe", "werkzeug"):
        logging.getLogger(name).setLevel(logging.ERROR)


def init_request_log(app: Flask) -> None:
    """One line per request: method, route's template, status, milliseconds."""
    log = structlog.get_logger("request")

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        rule = request.url_rule.rule if request.url_rule else "-"
        if rule not in {"/healthz", "/readyz"}:
            started = g.get("started", time.perf_counter())
            log.info(
                "request",
                method=request.method if request.url_rule else "-",
                route=rule,
                status=response.status_code,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )
        return response
