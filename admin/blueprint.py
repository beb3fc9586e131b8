"""The panel as the factory registers it: the blueprint with all its routes on it."""

from admin import audit, donations, home, jobs, sign_in
from admin.panel import blueprint

__all__ = ["audit", "blueprint", "donations", "home", "jobs", "sign_in"]
