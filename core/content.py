"""The campaign's own words and settings: one folder with `campaign.toml` and pages per language.

Another campaign puts its folder into CAMPAIGN_DIR and touches no code. What is wrong in the file
stops the start with the place and what should be there.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app

LOCALES = ("en", "ru")


class ContentError(Exception):
    """campaign.toml is missing something or holds a wrong value; the message names the place."""


@dataclass(frozen=True, slots=True)
class Section:
    """A table of campaign.toml that names its place in every complaint."""

    values: dict[str, Any]
    place: str

    def _get(self, key: str, kind: type) -> Any:
        value = self.values.get(key)
        if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
            raise ContentError(f"campaign.toml: {self.place}.{key} should be a {kind.__name__}")
        return value

    def text(self, key: str) -> str:
        """A non-empty string."""
        value = self._get(key, str)
        if not value.strip():
            raise ContentError(f"campaign.toml: {self.place}.{key} should not be empty")
        return str(value)

    def integer(self, key: str) -> int:
        return int(self._get(key, int))

    def integers(self, key: str) -> tuple[int, ...]:
        found = self._get(key, list)
        if not all(type(n) is int for n in found):
            raise ContentError(
                f"campaign.toml: {self.place}.{key} should be a list of whole numbers"
            )
        return tuple(found)

    def texts(self, key: str) -> tuple[str, ...]:
        found = self._get(key, list)
        if not all(isinstance(n, str) and n for n in found):
            raise ContentError(f"campaign.toml: {self.place}.{key} should be a list of strings")
        return tuple(found)

    def section(self, key: str) -> "Section":
        return Section(self._get(key, dict), f"{self.place}.{key}" if self.place else key)

    def sections(self, key: str) -> tuple["Section", ...]:
        found = self._get(key, list)
        return tuple(Section(v, f"{self.place}.{key}[{n}]") for n, v in enumerate(found))

    def localized(self, key: str, *, optional: bool = False) -> dict[str, str]:
        """A table with one text per language of the site."""
        if optional and key not in self.values:
            return dict.fromkeys(LOCALES, "")
        table = self.section(key)
        return {
            locale: table.values.get(locale, "") if optional else table.text(locale)
            for locale in LOCALES
        }


@dataclass(frozen=True, slots=True)
class Content:
    """What every page and mail needs of the campaign; features read their own sections."""

    directory: Path
    root: Section
    name: dict[str, str]
    promise: dict[str, str]
    legal_label: dict[str, str]
    age_mark: str
    organization: dict[str, str]
    organization_lines: dict[str, tuple[str, ...]]
    contact_email: str
    mail_sender: str


def load_content(directory: Path) -> Content:
    """Read and check campaign.toml. Raises ContentError."""
    try:
        values = tomllib.loads((directory / "campaign.toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContentError(f"{directory / 'campaign.toml'} cannot be read: {error}") from error
    root = Section(values, "")
    campaign = root.section("campaign")
    organization = root.section("organization")
    lines = organization.section("lines")
    return Content(
        directory=directory,
        root=root,
        name=campaign.localized("name"),
        promise=campaign.localized("promise"),
        legal_label=campaign.localized("legal_label", optional=True),
        age_mark=str(campaign.values.get("age_mark", "")),
        organization=organization.localized("name"),
        organization_lines={locale: lines.texts(locale) for locale in LOCALES},
        contact_email=organization.text("contact_email"),
        mail_sender=organization.text("mail_sender"),
    )


def content() -> Content:
    """The campaign's content of the running application. Needs an application context."""
    found = current_app.extensions["content"]
    assert isinstance(found, Content)
    return found
