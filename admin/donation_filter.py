"""The filter of the donations list, as it stands in the address."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Field, Form, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from admin.words import fund_name, status_words
from core.money import AmountError, parse_amount
from donations.models import DonationStatus
from donations.offer import offer
from donations.services.filters import Filter, read_reference
from donations.services.search import Position, Sort

_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 1, 1)


def _strip(text: str | None) -> str:
    return (text or "").strip()


class DonationFilterForm(Form):  # type: ignore[misc]  # WTForms has no types
    """Reads the query of an address. After `validate()`: `wanted`, `sorting`, `edges`, `query`."""

    q = StringField(_l("Reference"), [Length(max=40)], filters=[_strip])
    status = SelectField(_l("Status"))
    currency = SelectField(_l("Currency"))
    fund = SelectField(_l("Fund"))
    since = StringField(_l("From"), filters=[_strip])
    until = StringField(_l("To"), filters=[_strip])
    minimum = StringField(_l("Least gift"), filters=[_strip])
    maximum = StringField(_l("Largest gift"), filters=[_strip])
    sort = SelectField(_l("Order"))
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

    def validate_sort(self, field: SelectField) -> None:
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
        """What of the address makes the filter, without the page: for links and the audit trail."""
        names = ("q", "status", "currency", "fund", "since", "until", "minimum", "maximum")
        found = {name: self[name].data for name in names if self[name].data}
        return found if self.sort.data == Sort.NEWEST else {**found, "sort": self.sort.data}

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
            self._minor[field.name] = parse_amount(field.data[:64], self.currency.data).minor
        except AmountError as error:
            raise ValidationError(_("Write an amount in digits, such as 12.50.")) from error

    def _read_edge(self, field: Field) -> None:
        if not field.data:
            return
        try:
            self._edges[field.name] = Position.from_text(field.data, self.sorting)
        except ValueError as error:
            raise ValidationError(_("This page does not exist. Begin at the first one.")) from error


def _choices(words: dict[str, str]) -> list[SelectChoice]:
    everything = SelectChoice("", _("All"))
    return [everything, *(SelectChoice(value, label) for value, label in words.items())]


def words_order() -> list[DonationStatus]:
    """The statuses in the order of the tabs."""
    return [DonationStatus(status) for status in status_words()]
