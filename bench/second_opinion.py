"""Is our client the bottleneck? The bare floor by `wrk`, which is written in C, turn by turn with ours.

Only where wrk is installed (Debian: apt-get install wrk); what the client costs is measured anyway.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass
from itertools import repeat

from bench.client import LOOPBACK, drive, http_request
from bench.errors import BenchError


@dataclass(frozen=True, slots=True)
class Turn:
    """Requests per second by each, one right after the other."""

    ours: float
    wrk: float


def compare(port: int, path: str, *, turns: int) -> list[Turn]:
    """`turns` of one second each; empty without wrk. Raises BenchError when it fails."""
    program = shutil.which("wrk")
    if program is None:
        return []
    request = http_request("GET", path, f"localhost:{port}")
    command = [program, "-t1", "-c8", "-d1s", f"http://{LOOPBACK}:{port}{path}"]
    found = []
    for _ in range(turns):
        ours = drive(port, repeat(request), expect=200, seconds=1.0).rate
        told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
        rate = re.search(r"Requests/sec: *([\d.]+)", told.stdout)
        if rate is None or "Non-2xx" in told.stdout:
            raise BenchError(f"wrk failed: {told.stdout}{told.stderr}")
        found.append(Turn(ours, float(rate[1])))
    return found
