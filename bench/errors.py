"""What stops a benchmark."""


class BenchError(Exception):
    """The run cannot go on, or what it would measure is not what it should be."""
