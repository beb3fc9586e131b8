"""Jobs: there exactly when their cause is, tried again with patience, taken up after a crash."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from core import audit, jobs
from core.database import transaction
from core.mail.outbox import MailMessage
from tests.core import sample_jobs
from tests.core.workers import exists, let_workers_die, make_due, wait_for, worker
from tests.giving import execute, rows
from tests.site import test_environ, work_off

SLOW = "SELECT status FROM procrastinate_jobs WHERE task_name = 'tests.slow'"


def waiting(app: Flask, name: str = "tests.note") -> int:
    found = rows(app, f"SELECT count(*) FROM procrastinate_jobs WHERE task_name = '{name}'")
    return int(found[0][0])


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    sample_jobs.RAN.clear()


def _defer_and_fail() -> None:
    with transaction():
        sample_jobs.note.defer(number=2)
        raise ZeroDivisionError


def test_a_job_is_there_exactly_when_its_cause_is(app: Flask) -> None:
    with app.app_context():
        with transaction():
            sample_jobs.note.defer(number=1)
            assert waiting(app) == 0, "seen from another connection before the commit"
        assert waiting(app) == 1
        with pytest.raises(ZeroDivisionError):
            _defer_and_fail()
    assert waiting(app) == 1
    work_off(app)
    assert sample_jobs.RAN == [1]
    assert waiting(app) == 0, "a job that is done leaves no row"


def test_a_job_waits_once_and_leaves_its_caller_whole(app: Flask) -> None:
    with app.app_context():
        for turn in range(3):
            with transaction() as session:
                audit.record(actor="system", action=f"before{turn}", subject="test:1")
                session.add(MailMessage(kind="test", subject_id=f"b{turn}", locale="en"))
                sample_jobs.note.defer(once="the-note", number=turn)
                session.add(MailMessage(kind="test", subject_id=f"a{turn}", locale="en"))
    assert waiting(app) == 1
    assert rows(app, "SELECT count(*) FROM mail_message") == [(6,)]
    assert rows(app, "SELECT action FROM audit_entry ORDER BY id") == [
        ("before0",),
        ("before1",),
        ("before2",),
    ]
    work_off(app)
    assert sample_jobs.RAN == [0]
    with app.app_context(), transaction():
        sample_jobs.note.defer(once="the-note", number=9)
    assert waiting(app) == 1, "the key is free again once the job is done"


def test_a_failing_job_is_tried_again_later_and_later_and_then_stays(app: Flask) -> None:
    with app.app_context(), transaction():
        sample_jobs.fail.defer(number=1)
    waits = []
    for _ in jobs.BACKOFF:
        before = time.time()
        work_off(app)
        [(status, due)] = rows(
            app, "SELECT status, extract(epoch FROM scheduled_at) FROM procrastinate_jobs"
        )
        assert status == "todo"
        waits.append(float(due) - before)
        make_due(app)
    for wait, least in zip(waits, jobs.BACKOFF, strict=True):
        assert least - 1 <= wait <= least * 1.1 + 10
    work_off(app)
    assert rows(app, "SELECT status, attempts FROM procrastinate_jobs") == [
        ("failed", len(jobs.BACKOFF) + 1)
    ]


def test_a_killed_workers_job_is_taken_up_again(
    app: Flask, database_url: str, mail_dir: Path, tmp_path: Path
) -> None:
    with app.app_context(), transaction():
        sample_jobs.slow.defer(folder=str(tmp_path))
    with worker(test_environ(database_url, mail_dir, "")):
        wait_for(exists(tmp_path / "began"))
    assert rows(app, SLOW) == [("doing",)]
    with app.app_context():
        jobs.take_up_stalled()
    assert rows(app, SLOW) == [("doing",)], "it may still live"
    let_workers_die(app)
    with app.app_context():
        jobs.take_up_stalled()
    assert rows(app, SLOW) == [("todo",)]
    work_off(app)
    assert (tmp_path / "ended").exists()
    assert waiting(app, "tests.slow") == 0


def test_a_stalled_job_whose_twin_waits_does_not_hold_up_the_others(app: Flask) -> None:
    """A worker died on a job that runs once, and the next of its kind is queued already."""
    with app.app_context():
        for number, key in ((1, "key"), (2, None)):
            with transaction():
                sample_jobs.note.defer(once=key, number=number)
        execute(app, "UPDATE procrastinate_jobs SET status = 'doing'")
        with transaction():
            sample_jobs.note.defer(once="key", number=3)
        jobs.take_up_stalled()
    states = rows(app, "SELECT args->>'number', status FROM procrastinate_jobs ORDER BY id")
    assert states == [("1", "doing"), ("2", "todo"), ("3", "todo")]
    work_off(app)
    with app.app_context():
        jobs.take_up_stalled()
    work_off(app)
    assert sorted(sample_jobs.RAN) == [1, 2, 3]


def test_jobs_with_one_lock_run_one_after_the_other(
    app: Flask, run_jobs: Callable[[], None]
) -> None:
    with app.app_context(), transaction():
        for number in range(6):
            sample_jobs.note.defer(lock="one", number=number)
    run_jobs()
    assert list(range(6)) == sample_jobs.RAN
