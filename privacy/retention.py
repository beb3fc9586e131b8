"""What is destroyed when: features register a rule each; all run nightly and write what they did."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from core import audit, clock, jobs
from core.database import transaction

log = structlog.get_logger(__name__)

#: Destroys what is due at a moment and returns how many rows; with `dry_run` only counts.
Rule = Callable[[datetime, bool], int]


@dataclass(frozen=True, slots=True)
class Registered:
    """A rule and the sentence that the privacy page and the command show for it."""

    name: str
    rule: Rule


_rules: dict[str, Registered] = {}


def register(name: str, rule: Rule) -> None:
    """Add a rule under a stable name, such as `donation e-mail`."""
    _rules[name] = Registered(name, rule)


def run(*, dry_run: bool = False) -> dict[str, int]:
    """Apply every rule, each in its own transaction; counts by name. The counts are audited.

    Raises ExceptionGroup after all of them when some could not be applied: one that fails keeps
    nothing of the others alive.
    """
    done: dict[str, int] = {}
    broken: list[Exception] = []
    for name, registered in sorted(_rules.items()):
        try:
            with transaction():
                done[name] = _apply(registered, dry_run=dry_run)
        except Exception as error:
            log.error("retention rule failed", rule=name, exc_info=error)
            broken.append(error)
    log.info("retention", dry_run=dry_run, **{k.replace(" ", "_"): v for k, v in done.items()})
    if broken:
        raise ExceptionGroup("retention rules failed", broken)
    return done


def _apply(registered: Registered, *, dry_run: bool) -> int:
    count = registered.rule(clock.now(), dry_run)
    if count and not dry_run:
        audit.record(
            actor="system",
            action="retention.destroyed",
            subject=f"rule:{registered.name}",
            details={"rows": count},
        )
    return count


@jobs.task("privacy.retention", retry=False, cron="17 3 * * *")
def nightly() -> None:
    """Destroy what is due, every night at 03:17 UTC."""
    run()
