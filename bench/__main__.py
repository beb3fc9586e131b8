"""`python -m bench`: a database server of its own, one run, the report."""

import signal
import sys
from types import FrameType

import psycopg

from app.supervisor.errors import SupervisorError
from app.supervisor.lock import InstanceLock
from app.supervisor.postgres import PostgresServer
from app.supervisor.processes import PROJECT
from bench import report
from bench.errors import BenchError
from bench.run import Plan, run

_FOLDER = PROJECT / "var" / "bench"
_DATABASE = "bench"
#: The plan ends well before this; it is for what hangs.
_LONGEST_SECONDS = 235


def _end(number: int, _frame: FrameType | None) -> None:
    if number == signal.SIGALRM:
        raise BenchError(f"the benchmark did not end in {_LONGEST_SECONDS} s: stopped")
    sys.exit(128 + number)


def _drop(server: PostgresServer) -> None:
    """Every run begins with empty tables."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {_DATABASE} WITH (FORCE)")


def main() -> int:
    """Run it; 0 whatever the figures are, 1 when there are none."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, _end)
    signal.alarm(_LONGEST_SECONDS)
    try:
        with InstanceLock(_FOLDER / "run.lock", "make bench"):
            server = PostgresServer(_FOLDER / "postgres", durable=True)
            try:
                server.start()
                _drop(server)
                server.ensure_database(_DATABASE)
                result = run(server.url(_DATABASE), _FOLDER, Plan())
            finally:
                server.stop()
    except (BenchError, SupervisorError) as error:
        print(error, file=sys.stderr)
        return 1
    report.write(result, _FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
