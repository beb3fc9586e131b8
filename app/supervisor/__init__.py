"""Starts, migrates and stops what one machine needs for `make run` and `make test`.

It assembles processes, not code: it imports neither flask nor any room of the application, and
speaks to them through their command lines and the environment only.
"""
