"""Assembling the stand-in: store, threads, routes, and a quiet threaded server."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from . import api, control, hosted, payments
from .request_log import RequestLog
from .settings import Settings
from .store import Store
from .webhooks import Deliverer


class _Quiet(WSGIRequestHandler):
    """Requests are on record under /control/requests; the terminal is for what goes wrong."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class Sweeper(threading.Thread):
    """Lets time pass: expires sessions and settles debits when the clock has passed their time."""

    def __init__(self, settings: Settings, store: Store) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._interval = settings.sweep_interval
        self._store = store
        self._stopping = threading.Event()

    def run(self) -> None:
        """Sweep until stopped."""
        while not self._stopping.wait(self._interval):
            with self._store.transaction() as books:
                payments.sweep(books)

    def stop(self) -> None:
        """Finish the sweep under way and end."""
        self._stopping.set()
        self.join(5)


def create_app(settings: Settings, store: Store, log: RequestLog) -> Flask:
    """The three faces over one store: the API, the hosted page, the control API."""
    app = Flask("sandbox", static_folder=None)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    app.extensions["standin.store"] = store
    app.extensions["standin.log"] = log
    app.extensions["standin.api"] = api.Api(settings, store, log)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(hosted.blueprint)
    app.register_blueprint(control.blueprint)
    return app


@dataclass
class Running:
    """A stand-in that listens; `stop()` may be called from any other thread."""

    server: BaseWSGIServer
    store: Store
    log: RequestLog
    deliverer: Deliverer
    sweeper: Sweeper

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.port}"

    def serve(self) -> None:
        """Answer until `stop()`, then put everything away."""
        self.deliverer.start()
        self.sweeper.start()
        try:
            self.server.serve_forever(poll_interval=0.1)
        finally:
            self.server.server_close()
            self.sweeper.stop()
            self.deliverer.stop()
            self.store.close()
            self.log.close()

    def stop(self) -> None:
        """Let `serve()` return."""
        self.server.shutdown()


def listen(settings: Settings, port: int) -> Running:
    """Open the books and the port (0 chooses a free one) on 127.0.0.1; OSError if it is taken."""
    # Bound here, since werkzeug ends the whole process when the port is taken.
    listening = socket.create_server(("127.0.0.1", port))
    store = Store(settings.store, settings.webhook_url)
    log = RequestLog(settings.store.with_name(settings.store.stem + "-requests.sqlite3"))
    server = make_server(
        "127.0.0.1",
        port,
        create_app(settings, store, log),
        threaded=True,
        request_handler=_Quiet,
        fd=listening.detach(),
    )
    return Running(server, store, log, Deliverer(settings, store), Sweeper(settings, store))
