"""Encrypted fields, retention rules and the requests of the people the data is about."""
