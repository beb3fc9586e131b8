"""A process that holds a server, for the tests to kill: `python -m tests.supervisor.holder HOME`.

Prints the server's address and postmaster pid on one line, then waits to be stopped.
"""

import signal
import sys
from pathlib import Path

from app.supervisor.errors import SupervisorError
from app.supervisor.lock import InstanceLock
from app.supervisor.postgres import PostgresServer
from app.supervisor.processes import say


def main(home: Path) -> int:
    """Hold the server in `home` until SIGTERM."""
    server = PostgresServer(home, durable=True)
    try:
        with InstanceLock(home / "lock", "the holder"):
            server.start()
            # Blocked from before the tests know of us, so that sigwait gets it.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            say(f"ready {server.url()} {server.pid}")
            signal.sigwait({signal.SIGTERM})
            server.stop()
    except SupervisorError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
