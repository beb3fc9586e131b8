"""Pages of giving and of the donor's own donation."""

from donations.views import giving, own_page
from donations.views.blueprint import blueprint

__all__ = ["blueprint", "giving", "own_page"]
