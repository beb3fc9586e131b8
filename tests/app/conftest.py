"""Fixtures of these tests alone."""

from tests.statements import statements

__all__ = ["statements"]
