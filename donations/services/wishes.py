"""What may be asked for when giving: one set of rules for the form and for the API.

Rules state a problem; `donations.words` says it in the donor's language.
"""

import re
import unicodedata
from enum import StrEnum

from babel.numbers import get_currency_symbol
from email_validator import EmailNotValidError, validate_email

from core.money import AmountError, Money, exponent, parse_amount
from donations.offer import CurrencyOffer, offer

#: Characters, as Python counts them (code points).
MAX_NAME = 80
MAX_MESSAGE = 300
MAX_EMAIL = 254

# Controls, marks that turn the direction of writing, and lone surrogates, which only JSON can bring.
_INVISIBLE = r"\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff"
_CONTROLS = re.compile(rf"[\x00-\x1f\x7f-\x9f{_INVISIBLE}]")
_CONTROLS_BUT_NEWLINE = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f{_INVISIBLE}]")


#: More marks than this on one letter are there to cover the lines around it.
_MOST_MARKS = 4
#: Letters by category, blank to the eye.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")


class Problem(StrEnum):
    """Why a wish cannot be taken."""

    CURRENCY = "currency"
    FREQUENCY = "frequency"
    FUND = "fund"
    NOT_A_NUMBER = "not_a_number"
    DECIMALS = "decimals"
    NO_DECIMALS = "no_decimals"
    TOO_LITTLE = "too_little"
    TOO_MUCH = "too_much"
    EMAIL = "email"
    TOO_LONG = "too_long"
    NAME_CHARACTERS = "name_characters"
    MESSAGE_CHARACTERS = "message_characters"


class Refused(ValueError):
    """A wish that cannot be taken. `bound`: the amount that is the limit; `count`: characters."""

    def __init__(
        self, problem: Problem, *, bound: Money | None = None, currency: str = "", count: int = 0
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.bound = bound
        self.currency = currency
        self.count = count


def strip_blanks(text: str | None) -> str:
    """Blanks off both ends, but no line break: one in an e-mail is an attack, not a slip."""
    return (text or "").strip(" \t\u00a0")


def unify_newlines(text: str | None) -> str:
    """Line breaks of every system as `\\n`, and none at the ends."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()


def check_currency(code: str | None) -> str:
    """A currency that is offered. Raises Refused."""
    if code not in offer().currencies:
        raise Refused(Problem.CURRENCY)
    return code


def check_frequency(name: str | None) -> str:
    """A frequency that is offered. Raises Refused."""
    if name not in offer().frequencies:
        raise Refused(Problem.FREQUENCY)
    return name


def check_fund(fund_id: str | None) -> str:
    """A fund that is offered. Raises Refused."""
    if fund_id not in offer().funds:
        raise Refused(Problem.FUND)
    return fund_id


def check_amount(text: str, terms: CurrencyOffer) -> Money:
    """An amount in the offer's currency, as people write it, within the offer's bounds. Raises Refused."""
    try:
        money = parse_amount(_without_sign(text, terms.code), terms.code)
    except AmountError as error:
        raise _unreadable(error.reason, terms) from error
    if money < terms.minimum:
        raise Refused(Problem.TOO_LITTLE, bound=terms.minimum)
    if terms.maximum < money:
        raise Refused(Problem.TOO_MUCH, bound=terms.maximum)
    return money


def _without_sign(text: str, currency: str) -> str:
    """The amount without the currency's own sign or code at either end: `€20`, `20 EUR`."""
    bare = text.strip()
    for sign in (
        currency,
        get_currency_symbol(currency, "en"),
        get_currency_symbol(currency, "ru"),
    ):
        if bare.upper().startswith(sign):
            return bare[len(sign) :]
        if bare.upper().endswith(sign):
            return bare[: -len(sign)]
    return text


def check_email(text: str) -> str:
    """One e-mail address in its normal form, or nothing. Raises Refused.

    Whether the domain exists is not asked: that look-up would tell a name server.
    """
    if not text:
        return ""
    if len(text) > MAX_EMAIL or _CONTROLS.search(text):
        raise Refused(Problem.EMAIL)
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
        # A domain in other letters has an ASCII form that every mail server takes.
        return found.ascii_email or found.normalized
    except EmailNotValidError as error:
        raise Refused(Problem.EMAIL) from error


def check_public_name(text: str) -> str:
    """A name of one line to be shown publicly, or nothing. Raises Refused."""
    if len(text) > MAX_NAME:
        raise Refused(Problem.TOO_LONG, count=MAX_NAME)
    if _CONTROLS.search(text) or not _can_be_seen(text):
        raise Refused(Problem.NAME_CHARACTERS)
    return text


def check_message(text: str) -> str:
    """Lines to be shown publicly, or nothing. Raises Refused."""
    if len(text) > MAX_MESSAGE:
        raise Refused(Problem.TOO_LONG, count=MAX_MESSAGE)
    if _CONTROLS_BUT_NEWLINE.search(text) or not _can_be_seen(text):
        raise Refused(Problem.MESSAGE_CHARACTERS)
    return text


def _can_be_seen(text: str) -> bool:
    """Whether every character of a text can be seen, and none is buried under marks.

    Invisible ones pass for another name, or for none. Joiners are part of some scripts and emoji.
    """
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        unseen = category in {"Cf", "Cs", "Co", "Cn"} and character not in "\u200c\u200d"
        if unseen or marks > _MOST_MARKS or character in _BLANK_LETTERS:
            return False
    return not text or any(
        character.isprintable() and not character.isspace() for character in text
    )


def _unreadable(reason: str, terms: CurrencyOffer) -> Refused:
    if reason == "decimals" and exponent(terms.code) == 0:
        return Refused(Problem.NO_DECIMALS, currency=terms.code)
    if reason in {"decimals", "ambiguous"}:
        return Refused(Problem.DECIMALS)
    if reason == "too_large":
        return Refused(Problem.TOO_MUCH, bound=terms.maximum)
    return Refused(Problem.NOT_A_NUMBER)
