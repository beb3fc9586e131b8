"""Background jobs: rows in our PostgreSQL, written in the transaction of their cause.

A job carries ids only, so a queue read by a stranger tells nothing. Tasks are plain functions that
run in an application context and own their transactions.
"""

import random
from collections.abc import Callable
from typing import Any

import procrastinate
import sqlalchemy as sa
import structlog
from flask import Flask
from procrastinate import jobs as procrastinate_jobs
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

from core.database import db, transaction
from core.settings import settings

log = structlog.get_logger(__name__)

_registry = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
#: Never opened: jobs are deferred on the session's own connection. Apart from the registry's, because
#: a worker replaces that one by an asynchronous connector, and its jobs defer jobs too.
_deferring = JobManager(procrastinate.SyncPsycopgConnector())
_bound: list[Flask] = []

#: Seconds before each further try of a job that failed; after the last it stays visibly failed.
BACKOFF = (10, 60, 300, 1800, 7200, 6 * 3600, 24 * 3600)


class Retry(procrastinate.BaseRetryStrategy):
    """Try again after BACKOFF with a tenth of jitter, so that a crowd of jobs does not return at once."""

    def get_retry_decision(
        self, *, exception: BaseException, job: procrastinate_jobs.Job
    ) -> procrastinate.RetryDecision | None:
        if job.attempts >= len(BACKOFF):
            return None
        wait = BACKOFF[job.attempts]
        seconds = wait + random.randint(0, wait // 10)  # noqa: S311  jitter, no secret
        return procrastinate.RetryDecision(retry_in={"seconds": seconds})


def task(
    name: str, *, retry: bool = True, cron: str | None = None
) -> Callable[[Callable[..., None]], "Job"]:
    """Register a function as a job. `cron` runs it periodically (UTC), once among all workers."""

    def register(function: Callable[..., None]) -> Job:
        def run(**arguments: Any) -> None:
            arguments.pop("timestamp", None)
            try:
                with _bound[-1].app_context():
                    function(**arguments)
            except Exception as error:
                # The library notes a retry at a level that we do not show.
                log.warning("job failed", task=name, error=type(error).__name__, exc_info=error)
                raise

        run.__name__ = name
        registered = _registry.task(
            name=name, retry=Retry() if retry else False, pass_context=False
        )(run)
        if cron is not None:
            # A periodic task is typed as one that takes nothing but `timestamp`, which `run` drops.
            _registry.periodic(cron=cron)(registered)  # type: ignore[arg-type]
        return Job(name, function)

    return register


class Job:
    """A registered task: call it to run it here and now, `defer` it to run after this commit."""

    def __init__(self, name: str, function: Callable[..., None]) -> None:
        self.name = name
        self._function = function

    def __call__(self, **arguments: Any) -> None:
        self._function(**arguments)

    def defer(self, *, once: str | None = None, lock: str | None = None, **ids: str | int) -> None:
        """Write the job in the running transaction: it exists exactly if that commits.

        `once`: while a job with this key waits, another is not added. `lock`: jobs with this key
        run one after the other.
        """
        session = db.session
        session.info["wrote_without_commit"] = True
        connection = session.connection().connection.driver_connection
        deferrer = configure_task(
            name=self.name,
            job_manager=_deferring,
            connection=connection,
            queueing_lock=once,
            lock=lock,
        )
        if once is None:
            deferrer.defer(**ids)
            return
        # A conflict on the key aborts what it runs in: the SAVEPOINT keeps the caller's transaction.
        savepoint = session.begin_nested()
        # SQLAlchemy sends SAVEPOINT only when the connection is asked for.
        session.connection()
        try:
            deferrer.defer(**ids)
        except AlreadyEnqueued:
            savepoint.rollback()
        else:
            savepoint.commit()


def bind(app: Flask) -> None:
    """Make `app` the one in whose context jobs of this process run."""
    _bound[:] = [app]


def run_worker(*, concurrency: int = 2) -> None:
    """Work off the queue until a signal comes.

    Jobs of a worker that was killed are taken up again once its heartbeat is 30 s old.
    """
    _run(wait=True, concurrency=concurrency)


def work_off(*, rounds: int = 50) -> None:
    """Work off what is due now, jobs that such jobs defer included, and return."""
    for _ in range(rounds):
        _run(wait=False, concurrency=1)
        with _bound[-1].app_context():
            due = db.session.scalar(
                sa.text(
                    "SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE status = 'todo'"
                    " AND coalesce(scheduled_at, now()) <= now())"
                )
            )
        if not due:
            return


def _run(*, wait: bool, concurrency: int) -> None:
    with _bound[-1].app_context():
        conninfo = settings().database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    connector = procrastinate.PsycopgConnector(
        conninfo=conninfo, min_size=1, max_size=concurrency + 3
    )
    with _registry.replace_connector(connector) as worker:
        worker.run_worker(
            wait=wait,
            concurrency=concurrency,
            listen_notify=wait,
            install_signal_handlers=wait,
            fetch_job_polling_interval=2.0,
            delete_jobs="successful",
            shutdown_graceful_timeout=8.0,
        )


@task("jobs.take_up_stalled", retry=False, cron="* * * * *")
def take_up_stalled() -> None:
    """Queue again what a killed worker left in `doing`: its heartbeat is older than 30 seconds."""
    with transaction() as session:
        session.execute(
            sa.text(
                "SELECT procrastinate_retry_job_v2(job.id, now(), NULL, NULL, NULL)"
                " FROM procrastinate_jobs job"
                " LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id"
                " WHERE job.status = 'doing' AND (worker.id IS NULL"
                " OR worker.last_heartbeat < now() - interval '30 seconds')"
                # Its twin waits already: queueing both breaks the key, and then none is taken up.
                " AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs twin"
                " WHERE twin.queueing_lock = job.queueing_lock AND twin.status = 'todo')"
            )
        )
