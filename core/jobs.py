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

from core.database import db, transaction
from core.settings import settings

log = structlog.get_logger(__name__)

#: Never opened: jobs are deferred on the session's own connection, and the worker brings a connector.
_registry = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
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
            with _bound[-1].app_context():
                function(**arguments)

        run.__name__ = name
        registered = _registry.task(
            name=name, retry=Retry() if retry else False, pass_context=False
        )(run)
        if cron is not None:
            _registry.periodic(cron=cron)(registered)
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
        deferrer = _registry.configure_task(
            self.name, connection=connection, queueing_lock=once, lock=lock
        )
        if once is None:
            deferrer.defer(**ids)
            return
        # A conflict on the key aborts what it runs in: the SAVEPOINT keeps the caller's transaction.
        savepoint = session.begin_nested()
        try:
            deferrer.defer(**ids)
        except AlreadyEnqueued:
            savepoint.rollback()
        else:
            savepoint.commit()


def bind(app: Flask) -> None:
    """Make `app` the one in whose context jobs of this process run."""
    _bound[:] = [app]


def run_worker(*, wait: bool = True, concurrency: int = 2) -> None:
    """Work off the queue: until a signal comes, or (`wait=False`) until nothing is due.

    Jobs of a worker that was killed are taken up again once its heartbeat is 30 s old.
    """
    with _bound[-1].app_context():
        conninfo = settings().database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    connector = procrastinate.PsycopgConnector(conninfo=conninfo, min_size=1, max_size=concurrency + 3)
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
            )
        )
