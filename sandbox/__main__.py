"""`python -m sandbox`: start the stand-in processor; README.md has the options."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from .server import listen
from .settings import RefusedToStart, Settings, check_harmless


def _options(arguments: list[str]) -> argparse.Namespace:
    site = os.environ.get("SITE_URL", "").rstrip("/")
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A stand-in for Stripe, for trying and testing. No real money.",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=int(os.environ.get("SANDBOX_PORT", "8010")),
        help="where to listen on 127.0.0.1; 0 chooses a free port (SANDBOX_PORT, 8010)",
    )
    parser.add_argument(
        "--store",
        type=Path,
        default=Path(os.environ.get("SANDBOX_STORE", "var/sandbox.sqlite3")),
        help="the file with its books (SANDBOX_STORE, var/sandbox.sqlite3)",
    )
    parser.add_argument(
        "--webhook-url",
        default=f"{site}/webhooks/stripe" if site else None,
        help="where webhooks go (SITE_URL with /webhooks/stripe); none without it",
    )
    parser.add_argument(
        "--retry-base",
        type=float,
        default=2.0,
        metavar="SECONDS",
        help="wait before the first retry of a webhook; doubles each time (2)",
    )
    parser.add_argument(
        "--stop-with-stdin",
        action="store_true",
        help="end when standard input is closed, so that it does not outlive who started it",
    )
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run until told to stop. 0 after a clean stop, 2 for a start that was refused."""
    options = _options(arguments)
    api_key = os.environ.get("STRIPE_SECRET_KEY", "").strip()
    secret = os.environ.get("STRIPE_WEBHOOK_SECRET", "").split(",")[0].strip()
    try:
        check_harmless(
            app_env=os.environ.get("APP_ENV", ""), api_key=api_key, webhook_secret=secret
        )
        settings = Settings(
            api_key=api_key,
            webhook_secret=secret,
            webhook_url=options.webhook_url,
            store=options.store,
            retry_base=options.retry_base,
        )
        running = listen(settings, options.port)
    except (RefusedToStart, OSError) as reason:
        print(f"sandbox does not start: {reason}", file=sys.stderr)
        return 2

    def stop(*_: object) -> None:
        # shutdown() waits for serve_forever(), which this very thread is running.
        threading.Thread(target=running.stop, daemon=True).start()

    def stop_with_stdin() -> None:
        sys.stdin.buffer.read()
        stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if options.stop_with_stdin:
        threading.Thread(target=stop_with_stdin, daemon=True).start()
    print(f"sandbox ready {running.address}", flush=True)
    running.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
