"""The ports that the demo listens on, looked at before anything is started."""

import socket
import time

from app.supervisor.errors import SupervisorError

LOOPBACK = "127.0.0.1"


def read_port(name: str, text: str) -> int:
    """The port number in `text`. Raises SupervisorError that names the variable."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise SupervisorError(f"{name}={text} is not a port number from 1 to 65535.")
    return int(text)


def require_free(ports: dict[str, int], *, wait: float = 0.0) -> None:
    """Check that all ports, given by the name of their variable, can be listened on.

    Waits up to `wait` seconds for children of a killed run to let go. Raises SupervisorError that
    names the variable to set.
    """
    if len(set(ports.values())) < len(ports):
        raise SupervisorError(f"{' and '.join(ports)} must be different ports.")
    end = time.monotonic() + wait
    for name, port in ports.items():
        while not _is_free(port):
            if time.monotonic() >= end:
                raise SupervisorError(
                    f"Port {port} is taken by another program. "
                    f"Choose another one, for example: make run {name}={_some_free_port()}"
                )
            time.sleep(0.1)


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do it: a connection that is still closing is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _some_free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
