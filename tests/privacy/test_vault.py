"""Sealed fields: bound to their row, readable under every key in force, silent about their length."""

import base64

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.vault import CannotOpen, blind_index, blind_indexes, seal, unseal
from tests.offline import MakeOffline

OLD = "old:" + base64.b64encode(b"an older key of these tests 32 b").decode()
NEW = "new:" + base64.b64encode(b"a newer key of these tests, 32 b").decode()
ROW = "donation.email:1"


def test_what_was_sealed_opens_for_its_row_alone(offline: Flask) -> None:
    with offline.app_context():
        sealed = seal("vera@example.org", context=ROW)
        assert unseal(sealed, context=ROW) == "vera@example.org"
        assert b"vera" not in sealed
        for other in ("donation.email:2", "order.email:1", ""):
            with pytest.raises(CannotOpen):
                unseal(sealed, context=other)


def test_swapped_rows_do_not_open(offline: Flask) -> None:
    with offline.app_context():
        one, two = seal("a@example.org", context="r:1"), seal("b@example.org", context="r:2")
        with pytest.raises(CannotOpen):
            unseal(two, context="r:1")
        with pytest.raises(CannotOpen):
            unseal(one, context="r:2")


def test_every_changed_byte_is_noticed(offline: Flask) -> None:
    with offline.app_context():
        sealed = seal("vera@example.org", context=ROW)
        for place in range(len(sealed)):
            changed = bytearray(sealed)
            changed[place] ^= 1
            with pytest.raises(CannotOpen):
                unseal(bytes(changed), context=ROW)
        for cut in (b"", b"\x00", sealed[:10], sealed[:-1], sealed + b"\x00"):
            with pytest.raises(CannotOpen):
                unseal(cut, context=ROW)


def test_keys_can_be_rotated(make_offline: MakeOffline) -> None:
    before, both, after = (make_offline(VAULT_KEYS=keys) for keys in (OLD, f"{NEW},{OLD}", NEW))
    with before.app_context():
        old = seal("vera@example.org", context=ROW)
        old_index = blind_index("vera@example.org", purpose="email")
    with both.app_context():
        assert unseal(old, context=ROW) == "vera@example.org"
        new = seal("vera@example.org", context=ROW)
        new_index = blind_index("vera@example.org", purpose="email")
        assert old_index != new_index
        assert blind_indexes("vera@example.org", purpose="email") == [new_index, old_index]
    assert (old.partition(b"\x00")[0], new.partition(b"\x00")[0]) == (b"old", b"new")
    with after.app_context():
        assert unseal(new, context=ROW) == "vera@example.org"
        with pytest.raises(CannotOpen, match="VAULT_KEYS"):
            unseal(old, context=ROW)
        # The other key's name alone does not help.
        with pytest.raises(CannotOpen):
            unseal(b"new\x00" + old.partition(b"\x00")[2], context=ROW)


def test_a_length_tells_only_its_block(offline: Flask) -> None:
    with offline.app_context():
        assert len({len(seal("x" * n, context=ROW)) for n in range(61)}) == 1
        assert len(seal("x" * 61, context=ROW)) == len(seal("", context=ROW)) + 64
        # Not the number of characters but of bytes: four bytes hold the length.
        assert len(seal("ж" * 30, context=ROW)) == len(seal("", context=ROW))
        assert seal("x", context=ROW) != seal("x", context=ROW)


def test_an_index_finds_an_address_as_people_type_it(offline: Flask) -> None:
    with offline.app_context():
        index = blind_index("Vera@Example.org", purpose="email")
        assert index == blind_index(" vera@example.ORG ", purpose="email")
        assert len(index) == 32
        for other in ("ver@example.org", "vera @example.org", "v.era@example.org", ""):
            assert blind_index(other, purpose="email") != index
        assert blind_index("Vera@Example.org", purpose="phone") != index


def test_any_text_comes_back(offline: Flask) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.text(st.characters(codec="utf-8"), max_size=200))
    def comes_back(text: str) -> None:
        assert unseal(seal(text, context=ROW), context=ROW) == text

    with offline.app_context():
        comes_back()
