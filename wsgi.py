"""The WSGI entry: `gunicorn wsgi:app`, `flask --app wsgi …`."""

import gc

from app.factory import create_app

app = create_app()
# What is loaded by now lives as long as the process: leaving it out of later collections keeps its
# memory shared between workers that are forked from here (`--preload`).
gc.collect()
gc.freeze()
