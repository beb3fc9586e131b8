"""What can stand in the way of a gift."""

from core.errors import Conflict


class TokenUsed(Conflict):
    """The form was sent before with other content."""
