"""Structured logs without people in them: the route's template instead of the path, no address, no
user agent, no query.
"""

import logging
import re
import sys
import time
import traceback
from collections.abc import Iterator
from typing import Any

import psycopg
import sqlalchemy.exc
import structlog
from flask import Flask, Response, g, request
from structlog.typing import ExcInfo


def format_error(exc_info: ExcInfo) -> str:
    """The traceback of an error and of what caused it, without what databases say about rows:
    "Failing row contains (…)" would name people.
    """
    return "".join(_lines(exc_info[1]))


def _lines(error: BaseException) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _lines(before)
        yield "\nthen:\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}: {_words(error)}\n"
    if isinstance(error, BaseExceptionGroup):
        for number, one in enumerate(error.exceptions, 1):
            yield f"\n{number} of {error.message}:\n"
            yield from _lines(one)


def _words(error: BaseException) -> str:
    if isinstance(error, sqlalchemy.exc.StatementError):
        return "" if error.orig is None else _words(error.orig)
    if isinstance(error, psycopg.Error):
        told = (error.sqlstate, error.diag.table_name, error.diag.constraint_name)
        return " ".join(filter(None, told))
    return str(error)


class _WithoutPeople(logging.Filter):
    """Takes the sender's address and the path out of what gunicorn says of bad requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.WARNING or record.args:
            text = str(record.msg)
            if "request" in text.lower():
                # "Invalid request from ip=…", "Error handling request %s": the first words suffice.
                record.msg = re.split(r"%| from ", text, maxsplit=1)[0].strip()
                record.args = ()
        return True


def configure_logs() -> None:
    """JSON lines on standard error, for our own events and those of libraries alike."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.ExceptionRenderer(format_error),
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
                structlog.processors.ExceptionRenderer(format_error),
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
    server = logging.getLogger("gunicorn.error")
    if not any(isinstance(f, _WithoutPeople) for f in server.filters):
        server.addFilter(_WithoutPeople())
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
