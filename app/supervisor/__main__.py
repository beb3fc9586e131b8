"""`python -m app.supervisor run` and `python -m app.supervisor test [pytest arguments…]`."""

import os
import signal
import sys

from app.supervisor.errors import SupervisorError
from app.supervisor.leash import tie_to_parent
from app.supervisor.run_site import Site
from app.supervisor.run_tests import run_tests

_USAGE = "usage: python -m app.supervisor run | test [pytest arguments…]"


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    if "MAKELEVEL" in os.environ:
        # Killing `make` outright must end what it runs, in order.
        tie_to_parent(signal.SIGTERM)
    for name in ("MAKELEVEL", "MAKEFLAGS", "MFLAGS"):
        os.environ.pop(name, None)  # what runs below is no recipe of that make
    try:
        match arguments:
            case ["run"]:
                return Site().run()
            case ["test", *rest]:
                return run_tests(rest)
            case _:
                print(_USAGE, file=sys.stderr)
                return 2
    except SupervisorError as error:
        print(error, file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
