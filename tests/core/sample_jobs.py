"""Jobs that only tests have, and the application that a worker process of a test runs."""

import time
from pathlib import Path

from flask import Flask

from app.factory import create_app
from core import jobs, mail
from core.mail.letter import Letter

#: The numbers of the notes that ran.
RAN: list[int] = []
KIND = "sample"


def write_letter(subject_id: str, locale: str) -> Letter | None:
    """A letter to `subject_id`, which here is the address; nobody to write to when it is empty."""
    if not subject_id:
        return None
    return Letter(to=subject_id, subject="Hi", text="Text\n", html="<p>Text</p>", locale=locale)


mail.register(KIND, write_letter)


@jobs.task("tests.note")
def note(*, number: int) -> None:
    """Remember that it ran."""
    RAN.append(number)


@jobs.task("tests.fail")
def fail(*, number: int) -> None:
    """Never works."""
    raise ValueError(f"job {number} failed")


@jobs.task("tests.slow")
def slow(*, folder: str) -> None:
    """Say that it began, in a file, and wait to be killed; the second time it ends at once."""
    began = Path(folder) / "began"
    if began.exists():
        (Path(folder) / "ended").touch()
        return
    began.touch()
    time.sleep(60)


def make_app() -> Flask:
    """The real application, with these jobs beside its own: `flask --app … worker`."""
    return create_app()
