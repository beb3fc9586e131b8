import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from core import clock
from core.audit import AuditEntry
from core.database import db, transaction
from privacy import retention
from staff.errors import Throttled
from staff.models import SignInThrottle
from staff.services import passwords, throttle
from tests.staff.people import (
    DEVICE_COOKIE,
    EMAIL,
    PASSWORD,
    add_account,
    cookie,
    main_form,
    send,
    sign_in,
    signed_in,
)

WRONG = "wrong horse battery staple"


def test_the_eleventh_try_is_refused_with_the_time_to_wait(app: Flask) -> None:
    add_account(app)
    attacker = app.test_client()
    for _ in range(throttle.LIMIT):
        assert sign_in(attacker, EMAIL, WRONG).status_code == 422
    refused = sign_in(attacker, EMAIL, WRONG)
    assert refused.status_code == 429
    assert "Try again in 15 minutes." in refused.text
    assert 890 <= int(refused.headers["Retry-After"]) <= 900
    # Even the right password, and from another browser that is not known.
    assert sign_in(app.test_client(), EMAIL, PASSWORD).status_code == 429
    with clock.shifted(timedelta(minutes=15, seconds=1)):
        assert sign_in(attacker, EMAIL, PASSWORD).status_code == 303


def test_an_unknown_address_is_throttled_alike(app: Flask) -> None:
    client = app.test_client()
    answers = [sign_in(client, "nobody@example.org", WRONG).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_a_known_device_is_not_locked_out_by_others(app: Flask) -> None:
    add_account(app)
    known = signed_in(app)
    send(known, "/admin/sign-out")
    attacker = app.test_client()
    for _ in range(throttle.LIMIT + 1):
        sign_in(attacker, EMAIL, WRONG)
    assert sign_in(attacker, EMAIL, PASSWORD).status_code == 429
    assert sign_in(known, EMAIL, PASSWORD).status_code == 303


def test_a_known_device_has_its_own_ten_tries(app: Flask) -> None:
    add_account(app)
    known = signed_in(app)
    send(known, "/admin/sign-out")
    for _ in range(throttle.LIMIT):
        assert sign_in(known, EMAIL, WRONG).status_code == 422
    assert sign_in(known, EMAIL, PASSWORD).status_code == 429
    assert sign_in(app.test_client(), EMAIL, PASSWORD).status_code == 303


def test_a_device_cookie_is_worth_nothing_at_another_account(app: Flask) -> None:
    add_account(app)
    add_account(app, "boris@example.org")
    insider = signed_in(app, "boris@example.org")
    for _ in range(throttle.LIMIT):
        sign_in(app.test_client(), EMAIL, WRONG)
    value = cookie(insider, DEVICE_COOKIE)
    other = app.test_client()
    other.set_cookie(DEVICE_COOKIE, value, domain="localhost")
    assert sign_in(other, EMAIL, PASSWORD).status_code == 429


def test_a_forged_device_cookie_is_none(app: Flask) -> None:
    with app.app_context():
        right = throttle.new_device(EMAIL)
        unknown = throttle.bucket_of(EMAIL, None)
        assert throttle.bucket_of(EMAIL, right).known_device
        for forged in ("", "x", "ü", "A" * 64, right[:-2], right[::-1], "A" + right[1:]):
            if forged != right:
                assert throttle.bucket_of(EMAIL, forged) == unknown
        assert EMAIL not in right


def test_right_passwords_use_nothing_up(app: Flask) -> None:
    add_account(app)
    for _ in range(throttle.LIMIT + 2):
        assert sign_in(app.test_client(), EMAIL, PASSWORD).status_code == 303


def test_the_password_again_is_throttled_too(app: Flask) -> None:
    add_account(app)
    client = signed_in(app)
    codes = [send(client, "/admin/sign-in/again", password=WRONG).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]
    assert client.get("/admin/").status_code == 200


def _tries_at_once(app: Flask, number: int, *, guarded: bool) -> int:
    """How many of `number` tries at once are let through."""
    barrier = threading.Barrier(number)
    through = []

    def one() -> None:
        with app.app_context():
            barrier.wait()
            bucket = throttle.bucket_of(EMAIL, None)
            try:
                with transaction() as session:
                    if guarded:
                        throttle.count_try(bucket)
                    else:
                        _count_naively(session, bucket.digest)
            except Throttled:
                return
            through.append(1)

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return len(through)


def _count_naively(session: sa.orm.Session, bucket: bytes) -> None:
    """Look, then write: what the one statement is there against."""
    found = session.scalar(
        sa.select(SignInThrottle.failures).where(SignInThrottle.bucket == bucket)
    )
    time.sleep(0.1)
    if (found or 0) >= throttle.LIMIT:
        raise Throttled
    session.execute(
        sa.update(SignInThrottle)
        .where(SignInThrottle.bucket == bucket)
        .values(failures=SignInThrottle.failures + 1)
    )


def test_many_tries_at_once_do_not_slip_through(app: Flask) -> None:
    assert _tries_at_once(app, 12, guarded=True) == throttle.LIMIT
    assert _tries_at_once(app, 3, guarded=True) == 0


def test_without_the_guard_they_do(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.add(
            SignInThrottle(
                bucket=throttle.bucket_of(EMAIL, None).digest, failures=throttle.LIMIT - 1
            )
        )
    assert _tries_at_once(app, 6, guarded=False) > 1


def test_the_counters_never_go_below_zero(app: Flask) -> None:
    with app.app_context():
        bucket = throttle.bucket_of(EMAIL, None)
        with transaction():
            throttle.count_try(bucket)
        for _ in range(3):
            with transaction():
                throttle.take_back(bucket)
        assert db.session.scalar(sa.select(SignInThrottle.failures)) == 0


@pytest.fixture
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No password fits, at no cost; the passwords that were looked at."""
    asked: list[str] = []

    def fits(password: str, _kept: str | None) -> bool:
        asked.append(password)
        return False

    monkeypatch.setattr(passwords, "fits", fits)
    return asked


def test_new_addresses_buy_no_more_hashes(app: Flask, cheap_hashes: list[str]) -> None:
    client = app.test_client()
    fields = main_form(client.get("/admin/sign-in").text) | {"password": WRONG}

    def attempt(n: int) -> TestResponse:
        return client.post("/admin/sign-in", data=fields | {"email": f"u{n}@example.org"})

    answers = [attempt(n).status_code for n in range(throttle.EVERYONES_LIMIT)]
    assert set(answers) == {422}
    refused = attempt(1000)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert "Too many tries." in refused.text
    assert len(cheap_hashes) == throttle.EVERYONES_LIMIT
    with app.app_context():
        # What was refused for all did not use up the account's own.
        own = throttle.bucket_of("u1000@example.org", None).digest
        assert db.session.get(SignInThrottle, own) is None
    with clock.shifted(timedelta(seconds=61)):
        assert attempt(1000).status_code == 422


def _fill_the_common_bucket(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.merge(
            SignInThrottle(
                bucket=throttle.EVERYONES_BUCKET,
                failures=throttle.EVERYONES_LIMIT,
                window_start=clock.now(),
            )
        )


def test_strangers_do_not_hold_off_those_who_are_known(app: Flask) -> None:
    add_account(app)
    known = signed_in(app)
    _fill_the_common_bucket(app)
    assert sign_in(app.test_client(), EMAIL, PASSWORD).status_code == 429
    known.delete_cookie(DEVICE_COOKIE, domain="localhost")
    assert send(known, "/admin/sign-in/again", password=PASSWORD).status_code == 303
    send(known, "/admin/sign-out")
    assert sign_in(known, EMAIL, PASSWORD).status_code == 303


def test_a_full_bucket_of_one_account_uses_up_nothing_of_all(
    app: Flask, cheap_hashes: list[str]
) -> None:
    for _ in range(throttle.LIMIT + 5):
        sign_in(app.test_client(), EMAIL, WRONG)
    assert len(cheap_hashes) == throttle.LIMIT
    with app.app_context():
        row = db.session.get_one(SignInThrottle, throttle.EVERYONES_BUCKET)
        assert row.failures == throttle.LIMIT


def test_what_all_share_is_no_failure_twice(app: Flask) -> None:
    add_account(app)
    sign_in(app.test_client(), EMAIL, WRONG)
    sign_in(app.test_client(), EMAIL, PASSWORD)
    with clock.shifted(timedelta(hours=1)):
        with app.app_context():
            assert retention.run()["sign-in throttle"] == 2
        with app.app_context():
            chosen = sa.select(AuditEntry).where(AuditEntry.action == "staff.sign_in_failures")
            assert db.session.scalars(chosen).one().content["details"] == {"failures": 1}


def test_two_hashes_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[int] = []
    most: list[int] = []

    class Slow:
        def verify(self, _kept: str, _password: str) -> None:
            running.append(1)
            most.append(len(running))
            time.sleep(0.05)
            running.pop()

        def hash(self, _password: str) -> str:
            self.verify("", "")
            return ""

    monkeypatch.setattr(passwords, "_hasher", Slow())
    jobs = [
        *[threading.Thread(target=passwords.fits, args=(PASSWORD, "kept")) for _ in range(6)],
        *[threading.Thread(target=passwords.rehash, args=(PASSWORD,)) for _ in range(3)],
    ]
    passwords._decoy()
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(30)
    assert len(most) >= 9
    assert max(most) == passwords.AT_ONCE == 2
