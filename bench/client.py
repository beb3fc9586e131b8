"""The load client: one thread, some keep-alive connections, requests made beforehand.

The usual tools (wrk, hey) send one body again and again or measure by time alone; here each submit
has its own token and cookie. Each connection sends its next request when it has its answer.
"""

import re
import selectors
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bench.errors import BenchError

LOOPBACK = "127.0.0.1"
_PATIENCE = 20.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
_GATEWAY = re.compile(rb"\r\nserver-timing: *gateway;dur=([\d.]+)", re.I)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> list[str]:
        """Every value of a header."""
        found = re.findall(rf"\r\n{name}: *([^\r]*)".encode(), self.head, re.I)
        return [value.decode("latin-1") for value in found]


@dataclass(slots=True)
class Load:
    """One measurement. Times in seconds."""

    elapsed: float = 0.0
    #: The client's own processor time: what it takes from the servers on the same cores.
    cpu: float = 0.0
    latencies: list[float] = field(default_factory=list)
    gateway: list[float] = field(default_factory=list)
    #: By the place of their request, if they were to be kept.
    answers: dict[int, Answer] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.latencies) / self.elapsed

    @property
    def rate_without_gateway(self) -> float:
        """The rate had the processor answered at once, from mean times per request."""
        own = sum(self.latencies) - sum(self.gateway)
        return self.rate * sum(self.latencies) / own


def http_request(
    method: str,
    path: str,
    host: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "User-Agent: bench", "Accept: */*"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode() + body


class _Connection:
    """One keep-alive connection with at most one request under way."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._received = b""
        self.place = 0
        self.begun = 0.0

    def send(self, place: int, request: bytes) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection((LOOPBACK, self._port), timeout=_PATIENCE)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self.place = place
        self.begun = time.perf_counter()
        self._socket.sendall(request)
        return self._socket

    def receive(self) -> Answer | None:
        """The answer once it is whole."""
        assert self._socket is not None
        piece = self._socket.recv(1 << 18)
        if not piece:
            raise BenchError("the server closed a connection in the middle of an answer")
        self._received += piece
        head, mark, body = self._received.partition(b"\r\n\r\n")
        if not mark:
            return None
        length = _LENGTH.search(head)
        if length is None:
            raise BenchError(f"an answer without its length: {head[:200]!r}")
        return Answer(int(head[9:12]), head, body) if len(body) >= int(length[1]) else None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def drive(
    port: int,
    requests: Iterable[bytes],
    *,
    expect: int,
    connections: int = 8,
    seconds: float = _PATIENCE,
    keep: bool = False,
) -> Load:
    """Send until `requests` or `seconds` end. Raises BenchError for any answer but `expect`."""
    load = Load()
    source = enumerate(requests)
    open_connections = [_Connection(port) for _ in range(connections)]
    begun, cpu = time.perf_counter(), time.thread_time()
    try:
        with selectors.DefaultSelector() as selector:
            _exchange(selector, open_connections, source, load, expect, begun + seconds, keep)
    except OSError as error:
        raise BenchError(f"the connection failed: {error}") from error
    finally:
        for connection in open_connections:
            connection.close()
    load.elapsed = time.perf_counter() - begun
    load.cpu = time.thread_time() - cpu
    if not load.latencies:
        raise BenchError("nothing was sent: too few requests were prepared")
    return load


def _exchange(
    selector: selectors.BaseSelector,
    connections: list[_Connection],
    source: Iterator[tuple[int, bytes]],
    load: Load,
    expect: int,
    end: float,
    keep: bool,
) -> None:
    waiting = 0
    for connection in connections:
        request = next(source, None)
        if request is not None:
            selector.register(connection.send(*request), selectors.EVENT_READ, connection)
            waiting += 1
    while waiting:
        ready = selector.select(_PATIENCE)
        if not ready:
            raise BenchError(f"no answer for {_PATIENCE:g} s")
        for key, _ in ready:
            connection = key.data
            answer = connection.receive()
            if answer is None:
                continue
            now = time.perf_counter()
            load.latencies.append(now - connection.begun)
            _note(load, answer, expect)
            if keep:
                load.answers[connection.place] = answer
            request = None if now >= end else next(source, None)
            if request is None:
                selector.unregister(key.fileobj)
                waiting -= 1
            elif b"\r\nConnection: close" in answer.head:
                selector.unregister(key.fileobj)
                connection.close()
                selector.register(connection.send(*request), selectors.EVENT_READ, connection)
            else:
                connection.send(*request)


def _note(load: Load, answer: Answer, expect: int) -> None:
    if answer.status != expect:
        raise BenchError(
            f"{answer.status} instead of {expect}: {answer.head[:200]!r} {answer.body[:400]!r}"
        )
    if gateway := _GATEWAY.search(answer.head):
        load.gateway.append(float(gateway[1]) / 1000)
