"""Fixtures of these tests alone."""

from tests.offline import make_offline, offline

__all__ = ["make_offline", "offline"]
