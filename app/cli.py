"""Commands: `flask --app wsgi …`."""

import click
from flask import Flask

from app.health import readiness
from app.seed import SIZES, seed
from core import audit, jobs
from privacy import retention
from staff.cli import staff_commands


def register_commands(app: Flask) -> None:
    """Add every command to the application."""
    commands = (worker, health, seed_command, audit_commands, retention_commands, staff_commands)
    for command in commands:
        app.cli.add_command(command)


@click.command("worker")
@click.option("--once", is_flag=True, help="Work off what is due and stop.")
def worker(once: bool) -> None:
    """Run background jobs until Ctrl-C."""
    if once:
        jobs.work_off()
    else:
        jobs.run_worker()


@click.command("health")
def health() -> None:
    """Say whether the application is ready; exit code 1 if not."""
    problems = readiness()
    for part, problem in problems.items():
        click.echo(f"{part}: {problem}", err=True)
    if problems:
        raise SystemExit(1)
    click.echo("ready")


@click.command("seed")
@click.option("--size", type=click.Choice(list(SIZES)), default="small", show_default=True)
@click.option("--staff-email", default="demo@moratorium.example", show_default=True)
@click.option(
    "--staff-password",
    envvar="DEMO_STAFF_PASSWORD",
    prompt=True,
    hide_input=True,
    help="At least 15 characters.",
)
def seed_command(size: str, staff_email: str, staff_password: str) -> None:
    """Fill the demo: a staff account, and donations made through the stand-in processor."""
    made = seed(size=size, staff_email=staff_email, staff_password=staff_password)
    click.echo(f"{made} donations made" if made else "the demo content is there already")


@click.group("audit")
def audit_commands() -> None:
    """The audit trail."""


@audit_commands.command("verify")
@click.option("--expect", metavar="COUNT:HEAD", help="What an earlier run printed.")
def verify(expect: str | None) -> None:
    """Recompute the chain; print its count and head, to be noted outside this machine."""
    expected = None
    if expect:
        count, _, head = expect.partition(":")
        if not count.isdecimal() or len(head) != 64:
            raise click.BadParameter("should be what an earlier run printed, COUNT:HEAD")
        expected = (int(count), head)
    result = audit.verify(expected)
    if result.problem:
        click.echo(f"The trail is not whole: {result.problem}", err=True)
        raise SystemExit(1)
    click.echo(f"{result.count}:{result.head}")


@click.group("retention")
def retention_commands() -> None:
    """What is destroyed when."""


@retention_commands.command("run")
@click.option("--dry-run", is_flag=True, help="Only count.")
def run(dry_run: bool) -> None:
    """Destroy what is due now, and say how much of what."""
    for name, rows in retention.run(dry_run=dry_run).items():
        click.echo(f"{name}: {rows}")
