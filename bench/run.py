"""One whole benchmark on a database server that runs already."""

import os
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

from app.supervisor.demo_env import demo_environment
from app.supervisor.processes import say
from bench.client import LOOPBACK, http_request
from bench.second_opinion import Turn, compare
from bench.series import Round, Series, Spread, go_round, spread
from bench.servers import Program, free_ports, proportional_memory, web
from bench.visitors import Visitors


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of it. The defaults take about two minutes."""

    rounds: int = 6
    seconds: float = 1.0
    #: Made beforehand for each round; a round that uses them up ends there.
    submits: int = 330
    webhooks: int = 1500
    donations: int = 10_000
    starts: int = 3
    turns: int = 3
    longest: float = 210.0


@dataclass(slots=True)
class Result:
    """All that was measured."""

    plan: Plan
    rounds: list[Round] = field(default_factory=list)
    #: Bytes of master and workers after the load (PSS).
    memory: list[int] = field(default_factory=list)
    floors_memory: list[int] = field(default_factory=list)
    #: Seconds from start to first 200.
    start: Spread = field(default_factory=lambda: spread([0]))
    floors_start: Spread = field(default_factory=lambda: spread([0]))
    turns: list[Turn] = field(default_factory=list)
    seconds: float = 0.0


def run(database_url: str, folder: Path, plan: Plan) -> Result:
    """Fill the empty database at `database_url`, start everything, measure, stop everything.

    `folder` gets logs, secrets and books. Raises BenchError.
    """
    begun = time.monotonic()
    result = Result(plan)
    folder.mkdir(parents=True, exist_ok=True)
    site_port, floors_port, processor_port = free_ports(3)
    environ = _environment(database_url, folder, site_port, processor_port)
    say("Filling the database …")
    Program("migrate", _python("flask", "--app", "wsgi", "db", "upgrade"), environ, folder).run()
    Program("prepare", _python("bench.prepare", str(plan.donations)), environ, folder).run()
    with ExitStack() as stack:
        processor = stack.enter_context(_processor(environ, folder))
        processor.wait_until_ready(processor_port, "/control/clock", f"{LOOPBACK}:{processor_port}")
        site = web("web", "bench.watched:app", site_port, environ, folder)
        floors = web("floors", "bench.floors:app", floors_port, environ, folder)
        stack.callback(site.stop)
        stack.callback(floors.stop)
        say("Starting the servers, some times over …")
        result.floors_start = _starts(floors, floors_port, "/bare", plan.starts)
        result.start = _starts(site, site_port, "/en/", plan.starts)
        say("Preparing the visitors …")
        visitors = Visitors(
            site_port,
            secret=environ["STRIPE_WEBHOOK_SECRET"],
            password=environ["DEMO_STAFF_PASSWORD"],
            processor=environ["STRIPE_API_BASE"],
        )
        series = [*_floors(floors_port), *_figures(visitors, site_port, plan)]
        say(f"Measuring {plan.rounds} rounds …")
        result.rounds = go_round(
            series, rounds=plan.rounds, seconds=plan.seconds, deadline=begun + plan.longest
        )
        result.turns = compare(floors_port, "/bare", turns=plan.turns)
        result.memory = proportional_memory(site)
        result.floors_memory = proportional_memory(floors)
    result.seconds = time.monotonic() - begun
    return result


def _environment(
    database_url: str, folder: Path, site_port: int, processor_port: int
) -> Mapping[str, str]:
    """The demo's own on our ports, folders and database, whatever else the shell holds."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    ours = {
        "PORT": str(site_port),
        "SANDBOX_PORT": str(processor_port),
        "DATABASE_URL": database_url,
        "MAIL_URL": f"file://{folder / 'mail'}",
    }
    return demo_environment(kept | ours, folder / "demo.env")


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


def _processor(environ: Mapping[str, str], folder: Path) -> Program:
    books = folder / "books"
    shutil.rmtree(books, ignore_errors=True)
    books.mkdir()
    # Without SITE_URL it sends no webhooks: the only ones are those that are measured.
    alone = {name: value for name, value in environ.items() if name != "SITE_URL"}
    command = _python("sandbox", "--store", str(books / "books.sqlite3"))
    return Program("processor", command, alone, folder)


def _starts(program: Program, port: int, path: str, number: int) -> Spread:
    """Seconds from start to first 200; the last one stays up."""
    took = []
    for _ in range(number):
        program.stop()
        program.start()
        took.append(program.wait_until_ready(port, path, f"localhost:{port}"))
    return spread(took)


def _floors(port: int) -> list[Series]:
    host = f"localhost:{port}"

    def same(method: str, path: str) -> Iterable[bytes]:
        return repeat(http_request(method, path, host))

    return [
        Series("bare", port, lambda: same("GET", "/bare")),
        Series("select", port, lambda: same("GET", "/select")),
        Series("commit", port, lambda: same("POST", "/commit")),
        Series("commit alone", port, lambda: same("POST", "/commit"), connections=1),
    ]


def _figures(visitors: Visitors, port: int, plan: Plan) -> list[Series]:
    style = visitors.static_file()
    event = visitors.event()
    cookie = visitors.staff()
    donors = iter(visitors.submits(plan.submits * (plan.rounds + 1)))
    return [
        Series("static", port, lambda: visitors.get(style)),
        Series("landing", port, lambda: visitors.get("/en/")),
        Series("donate", port, lambda: visitors.get("/en/donate")),
        Series("staff list", port, lambda: visitors.get("/admin/donations", cookie=cookie)),
        Series("webhook", port, lambda: visitors.webhooks(event, plan.webhooks)),
        Series("submit", port, lambda: donors, expect=303),
        Series("submit alone", port, lambda: donors, expect=303, connections=1),
    ]
