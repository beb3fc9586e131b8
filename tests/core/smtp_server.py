"""A small SMTP server on loopback that answers as it is told and keeps what it takes."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Post:
    """What the server does and has seen. `answers`: one reply to the end of each letter, then 250.

    `refuse_recipients`: the reply to RCPT; `extensions`: what EHLO tells; `hold`: wait for this
    before the letter's end is answered.
    """

    port: int = 0
    answers: list[str] = field(default_factory=list)
    refuse_recipients: str = ""
    extensions: tuple[str, ...] = ()
    commands: list[str] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    hold: threading.Event | None = None


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    post: Post


class _Talk(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        post = self.server.post
        self._say("220 here")
        try:
            while line := self.rfile.readline():
                command = line.decode("ascii", "replace").strip()
                post.commands.append(command.upper())
                if not self._answer(post, command.upper()):
                    return
        except ConnectionError:
            # The client was killed, as some tests want.
            return

    def _answer(self, post: Post, command: str) -> bool:
        if command.startswith("EHLO"):
            lines = ["here", *post.extensions]
            for line in lines[:-1]:
                self._say(f"250-{line}")
            self._say(f"250 {lines[-1]}")
        elif command.startswith("RCPT") and post.refuse_recipients:
            self._say(post.refuse_recipients)
        elif command == "DATA":
            self._say("354 go on")
            self._take(post)
        elif command == "QUIT":
            self._say("221 bye")
            return False
        else:
            self._say("250 ok")
        return True

    def _take(self, post: Post) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return
            lines.append(line)
        letter = b"".join(lines)
        post.letters.append(letter)
        post.arrived.set()
        if post.hold is not None:
            post.hold.wait(20)
        answer = post.answers.pop(0) if post.answers else "250 taken"
        if answer.startswith("250"):
            post.taken.append(letter)
        self._say(answer)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def serving(post: Post) -> Iterator[Post]:
    """Run the server; `post.port` tells where."""
    with _Server(("127.0.0.1", post.port), _Talk) as server:
        server.post = post
        post.port = int(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield post
        finally:
            if post.hold is not None:
                post.hold.set()
            server.shutdown()
            thread.join(10)
