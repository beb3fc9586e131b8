"""Secret links and form tokens."""

import base64
import uuid
from datetime import timedelta

import pytest
from flask import Flask

from core import form_tokens
from core.errors import NotFound
from core.links import check_token, make_token, token_id
from tests.offline import MakeOffline

ID = uuid.UUID("00000000-0000-4000-8000-00000000002a")


def test_a_link_opens_its_own_row_and_nothing_else(offline: Flask) -> None:
    with offline.app_context():
        token = make_token("donation", ID, 1)
        assert len(token) == 64
        assert token_id(token) == ID
        check_token(token, "donation", ID, 1)
        for kind, public_id, version in (
            ("order", ID, 1),
            ("donation", uuid.UUID(int=ID.int + 1), 1),
            ("donation", ID, 2),
        ):
            with pytest.raises(NotFound):
                check_token(token, kind, public_id, version)


def test_every_changed_character_closes_a_link(offline: Flask) -> None:
    with offline.app_context():
        token = make_token("donation", ID, 1)
        for place, character in enumerate(token):
            changed = token[:place] + ("A" if character != "A" else "B") + token[place + 1 :]
            with pytest.raises(NotFound):
                check_token(changed, "donation", token_id(changed), 1)


@pytest.mark.parametrize(
    "text",
    ["", "x", "ж" * 64, "A" * 63, "A" * 68, "=" * 64, "A" * 60 + "\n" * 4],
)
def test_what_is_no_token_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        token_id(text)


def test_the_database_alone_makes_no_link(offline: Flask, make_offline: MakeOffline) -> None:
    """A token depends on LINK_KEY, which no row holds."""
    other = make_offline(LINK_KEY="another-link-key-0123456789abcdefghijklm")
    with offline.app_context():
        here = make_token("donation", ID, 1)
    with other.app_context():
        assert make_token("donation", ID, 1) != here
        with pytest.raises(NotFound):
            check_token(here, "donation", ID, 1)


def test_a_form_token_is_good_for_its_form_and_a_day(
    offline: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with offline.app_context():
        token = form_tokens.issue("donate")
        assert form_tokens.digest("donate", token) == form_tokens.digest("donate", token)
        assert form_tokens.digest("donate", token) != form_tokens.digest(
            "donate", form_tokens.issue("donate")
        )
        with pytest.raises(form_tokens.BadFormToken):
            form_tokens.digest("order", token)
        day = timedelta(seconds=form_tokens.MAX_AGE_SECONDS).total_seconds()
        for age, stale in ((day - 60, False), (day + 60, True)):
            old = _issued(token, age, monkeypatch)
            if stale:
                with pytest.raises(form_tokens.BadFormToken):
                    form_tokens.digest("donate", old)
            else:
                assert len(form_tokens.digest("donate", old)) == 32


def _issued(_like: str, age: float, monkeypatch: pytest.MonkeyPatch) -> str:
    """A token that was made `age` seconds ago."""
    import time

    real = time.time
    with monkeypatch.context() as patched:
        patched.setattr("itsdangerous.timed.time.time", lambda: real() - age)
        return form_tokens.issue("donate")


def test_a_forged_form_token_is_refused(offline: Flask) -> None:
    with offline.app_context():
        token = form_tokens.issue("donate")
        payload, _, rest = token.partition(".")
        other = base64.urlsafe_b64encode(b'"another nonce of an attacker"').decode().rstrip("=")
        # The last character of a signature may hold bits that are not read: change the first.
        time, _, signature = rest.partition(".")
        flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
        for forged in (
            "",
            "x",
            f"{other}.{rest}",
            payload,
            f"{payload}.{time}.{flipped}",
            "ж.ж.ж",
            token + "x",
        ):
            with pytest.raises(form_tokens.BadFormToken):
                form_tokens.digest("donate", forged)
