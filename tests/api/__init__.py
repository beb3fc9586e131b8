"""The JSON API, over the real application, database and stand-in processor."""
