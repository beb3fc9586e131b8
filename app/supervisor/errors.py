"""What stops the supervisor, in words a person can act on."""


class SupervisorError(Exception):
    """The start cannot go on; the message says why and what to do."""


class AlreadyRunningError(SupervisorError):
    """Another supervisor holds the same folder."""
