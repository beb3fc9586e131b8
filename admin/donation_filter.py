"""The filter of the donations list, as it stands in the address."""

from datetime import UTC, date, datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Field, Form, StringField, ValidationError
from wtforms.fields.choices import SelectChoice

from admin.checks import ListField, at_most, no_such_page_words
from admin.words import fund_name, status_words
from core.money import AmountError, Money, parse_amount
from donations.models import DonationStatus
from donations.offer import offer
from donations.services.filters import Filter, read_reference
from donations.services.search import Position, Sort

_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 1, 1)
_MAX_AMOUNT_TEXT = 64


def _strip(text: str | None) -> str:
    return (text or "").strip()


class DonationFilterForm(Form):  # type: ignore[misc]  # WTForms has no types
    """Reads the query of an address. After `validate()`: `wanted`, `sorting`, `edges`, `query`."""

    q = StringField(_l("Reference"), [at_most(40)], filters=[_strip])
    status = ListField(_l("Status"))
    currency = ListField(_l("Currency"))
    fund = ListField(_l("Fund"))
    since = StringField(_l("From"), filters=[_strip])
    until = StringField(_l("To"), filters=[_strip])
    minimum = StringField(_l("Least gift"), filters=[_strip])
    maximum = StringField(_l("Largest gift"), filters=[_strip])
    sort = ListField(_l("Order"))
    before = StringField(_l("Page"), filters=[_strip])
    after = StringField(_l("Page"), filters=[_strip])

    def __init__(self, query: MultiDict[str, str], *, locale: str) -> None:
        super().__init__(query)
        words = status_words()
        terms = offer()
        self.status.choices = _choices({s.value: words[s] for s in words_order()})
        self.currency.choices = _choices({code: code for code in terms.currencies})
        self.fund.choices = _choices({fund: fund_name(fund, locale) for fund in terms.funds})
        self.sort.choices = [
            SelectChoice(Sort.NEWEST.value, _("Newest first")),
            SelectChoice(Sort.OLDEST.value, _("Oldest first")),
            SelectChoice(Sort.LARGEST.value, _("Largest gift first")),
        ]
        self.sort.data = self.sort.data or Sort.NEWEST.value
        for field in (self.status, self.currency, self.fund):
            field.data = field.data or ""
        self._reference = ""
        self._days: dict[str, date] = {}
        self._minor: dict[str, int] = {}
        self._edges: dict[str, Position] = {}

    def validate_q(self, field: StringField) -> None:
        if not field.data:
            return
        try:
            self._reference = read_reference(field.data)
        except ValueError as error:
            raise ValidationError(_("A reference looks like D-7K3M-9QXP.")) from error

    def validate_since(self, field: StringField) -> None:
        self._read_day(field)

    def validate_until(self, field: StringField) -> None:
        self._read_day(field)
        days = self._days
        if "since" in days and "until" in days and days["until"] < days["since"]:
            raise ValidationError(_("The end is before the beginning."))

    def validate_minimum(self, field: StringField) -> None:
        self._read_amount(field)

    def validate_maximum(self, field: StringField) -> None:
        self._read_amount(field)
        minor = self._minor
        if "minimum" in minor and "maximum" in minor and minor["maximum"] < minor["minimum"]:
            raise ValidationError(_("The largest gift is below the least one."))

    def validate_sort(self, field: ListField) -> None:
        if field.data == Sort.LARGEST and self.currency.data not in offer().currencies:
            raise ValidationError(_("Choose a currency: amounts of several cannot be compared."))

    def validate_before(self, field: StringField) -> None:
        self._read_edge(field)

    def validate_after(self, field: StringField) -> None:
        self._read_edge(field)

    @property
    def wanted(self) -> Filter:
        """The filter itself."""
        return Filter(
            reference=self._reference,
            status=DonationStatus(self.status.data) if self.status.data else None,
            currency=self.currency.data,
            fund=self.fund.data,
            since=self._days.get("since"),
            until=self._days.get("until"),
            minimum=self._minor.get("minimum"),
            maximum=self._minor.get("maximum"),
        )

    @property
    def sorting(self) -> Sort:
        return Sort(self.sort.data)

    @property
    def edges(self) -> dict[str, Position]:
        """`before` or `after`, if the address names a page."""
        return self._edges

    @property
    def query(self) -> dict[str, str]:
        """What of the address makes the filter, as it was written, without the page: for links."""
        names = ("q", "status", "currency", "fund", "since", "until", "minimum", "maximum")
        found = {name: self[name].data for name in names if self[name].data}
        return found if self.sort.data == Sort.NEWEST else {**found, "sort": self.sort.data}

    @property
    def noted(self) -> dict[str, str]:
        """The filter for the audit trail: what was read from the address, never its text."""
        wanted = self.wanted
        amounts = {
            name: Money(minor, wanted.currency).plain() for name, minor in self._minor.items()
        }
        found = {
            "q": wanted.reference,
            "status": str(wanted.status or ""),
            "currency": wanted.currency,
            "fund": wanted.fund,
            **{name: day.isoformat() for name, day in self._days.items()},
            **amounts,
            "sort": "" if self.sorting is Sort.NEWEST else str(self.sorting),
        }
        return {name: value for name, value in found.items() if value}

    def _read_day(self, field: Field) -> None:
        if not field.data:
            return
        try:
            day = date.fromisoformat(field.data)
        except ValueError:
            day = None
        if day is None or not _EARLIEST <= day <= _LATEST:
            raise ValidationError(_("Write a day such as 2026-11-22."))
        self._days[field.name] = day

    def _read_amount(self, field: Field) -> None:
        if not field.data:
            return
        if self.currency.data not in offer().currencies:
            raise ValidationError(_("Choose a currency: amounts of several cannot be compared."))
        try:
            if len(field.data) > _MAX_AMOUNT_TEXT:
                raise AmountError("too_large")
            self._minor[field.name] = parse_amount(field.data, self.currency.data).minor
        except AmountError as error:
            raise ValidationError(_("Write an amount in digits, such as 12.50.")) from error

    def _read_edge(self, field: Field) -> None:
        if not field.data:
            return
        try:
            self._edges[field.name] = _possible(Position.from_text(field.data, self.sorting))
        except ValueError as error:
            raise ValidationError(no_such_page_words()) from error


def _possible(place: Position) -> Position:
    """A place that a list may have. PostgreSQL takes fewer offsets than Python. Raises ValueError."""
    if not isinstance(place.key, datetime):
        return place
    if not _EARLIEST <= place.key.date() <= _LATEST:
        raise ValueError("no moment of ours")
    return Position(place.key.astimezone(UTC), place.id)


def _choices(words: dict[str, str]) -> list[SelectChoice]:
    everything = SelectChoice("", _("All"))
    return [everything, *(SelectChoice(value, label) for value, label in words.items())]


def words_order() -> list[DonationStatus]:
    """The statuses in the order of the tabs."""
    return [DonationStatus(status) for status in status_words()]
