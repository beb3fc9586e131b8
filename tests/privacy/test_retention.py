"""What is destroyed when: the periods that the privacy page names, and proof that it happened."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from core import clock
from payments.gateway import CheckoutStatus
from privacy import retention
from tests.giving import apply, begin, everything, is_in, rows, snapshot

CANARY, NAME, MESSAGE = "canary-vera@example.org", "Canary Bird", "canary sings loudly"
EMAILS = "SELECT email_sealed IS NOT NULL, email_index IS NOT NULL FROM donation"
DONE = "SELECT subject, body::jsonb->'details'->'rows' FROM audit_entry WHERE action LIKE 'reten%'"


def give(app: Flask, status: CheckoutStatus | None) -> None:
    """A donation by Vera that ended so, or is under way still."""
    attempt_id = begin(app, email=CANARY, public_name=NAME, message=MESSAGE)
    if status is not None:
        apply(app, attempt_id, snapshot(attempt_id, status))


def run(app: Flask, days: float, *, dry_run: bool = False) -> dict[str, int]:
    """Run the rules as if so many days had passed; what they did, where they did something."""
    with clock.shifted(timedelta(days=days)), app.app_context():
        return {name: count for name, count in retention.run(dry_run=dry_run).items() if count}


def test_an_address_goes_30_days_after_the_receipt(app: Flask) -> None:
    give(app, CheckoutStatus.PAID)
    assert run(app, 29.9) == {}
    assert rows(app, EMAILS) == [(True, True)]
    assert run(app, 30.1, dry_run=True) == {"donation e-mail": 1}
    assert rows(app, EMAILS) == [(True, True)], "a dry run changes nothing"
    assert rows(app, DONE) == []
    assert run(app, 30.1) == {"donation e-mail": 1}
    assert rows(app, EMAILS) == [(False, False)]
    assert rows(app, DONE) == [("rule:donation e-mail", 1)]
    assert run(app, 30.2) == {}, "what is gone is not counted again"
    # What a paid donation asked to show stays, and so do the books.
    assert rows(app, "SELECT public_name, amount_minor FROM donation") == [(NAME, 1999)]
    assert rows(app, "SELECT count(*) FROM journal_line") == [(2,)]


def test_an_unpaid_donation_keeps_no_words(app: Flask) -> None:
    give(app, CheckoutStatus.EXPIRED)
    assert run(app, 29.9) == {}
    before = everything(app)
    assert is_in(NAME, before)
    assert is_in(MESSAGE, before)
    assert run(app, 30.1) == {"donation e-mail": 1, "unpaid donation": 1}
    after = everything(app)
    assert not is_in(NAME, after)
    assert not is_in(MESSAGE, after)
    assert rows(app, EMAILS) == [(False, False)]


def test_what_is_still_open_is_kept(app: Flask) -> None:
    give(app, None)
    give(app, CheckoutStatus.PROCESSING)
    assert run(app, 60) == {}
    assert rows(app, EMAILS) == [(True, True)] * 2


def test_an_address_is_never_there_in_plain_text(app: Flask, run_jobs: Callable[[], None]) -> None:
    give(app, CheckoutStatus.PAID)
    run_jobs()
    assert rows(app, "SELECT state FROM mail_message") == [("sent",)]
    dump = everything(app)
    assert is_in(NAME, dump), "the search finds what is there"
    for part in (CANARY, "canary-vera", CANARY.upper()):
        assert not is_in(part, dump)


def test_a_rule_that_fails_keeps_nothing_of_the_others_alive(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_now: datetime, _dry_run: bool) -> int:
        raise ZeroDivisionError

    monkeypatch.setitem(retention._rules, "a rule", retention.Registered("a rule", fails))
    give(app, CheckoutStatus.PAID)
    with pytest.raises(ExceptionGroup, match="retention rules failed"):
        run(app, 31)
    assert rows(app, EMAILS) == [(False, False)]
    assert rows(app, DONE) == [("rule:donation e-mail", 1)]


def test_the_command_says_what_it_did(app: Flask) -> None:
    give(app, CheckoutStatus.PAID)
    with clock.shifted(timedelta(days=31)), app.app_context():
        invoke = app.test_cli_runner().invoke
        for arguments in (["--dry-run"], []):
            said = invoke(args=["retention", "run", *arguments])
            assert said.exit_code == 0
            assert "donation e-mail: 1\n" in said.output
    assert rows(app, EMAILS) == [(False, False)]


def test_every_night_by_itself() -> None:
    from core.jobs import _registry

    crons = {
        task.task.name: task.cron for task in _registry.periodic_registry.periodic_tasks.values()
    }
    assert crons["privacy.retention"] == "17 3 * * *"
    assert crons["payments.check_attempts"] == "*/5 * * * *"
    assert crons["jobs.take_up_stalled"] == "* * * * *"
