"""What to say when a wish cannot be taken: the same words on the form and in the API."""

from flask_babel import gettext as _

from donations.services.wishes import Problem, Refused


def say(refused: Refused, locale: str) -> str:
    """A sentence in the language of the request; amounts are written as `locale` writes them."""
    bound = refused.bound.format(locale) if refused.bound else ""
    if refused.problem is Problem.TOO_LITTLE:
        return str(_("The least amount is %(amount)s.", amount=bound))
    if refused.problem is Problem.TOO_MUCH:
        return str(
            _(
                "The most that can be given here at once is %(amount)s. To give more, write to us.",
                amount=bound,
            )
        )
    if refused.problem is Problem.TOO_LONG:
        return str(_("At most %(count)d characters.", count=refused.count))
    if refused.problem is Problem.NO_DECIMALS:
        return str(
            _("Write a whole number: %(currency)s has no decimals.", currency=refused.currency)
        )
    return str(_plain(refused.problem))


def _plain(problem: Problem) -> str:
    sentences: dict[Problem, str] = {
        Problem.CURRENCY: _("Choose one of the currencies in the list."),
        Problem.FREQUENCY: _("Only one-off donations can be made at present."),
        Problem.FUND: _("Choose one of the purposes in the list."),
        Problem.NOT_A_NUMBER: _("Write the amount in digits, such as 12.50."),
        Problem.DECIMALS: _("Write at most two decimals, such as 12.50 or 1234.50."),
        Problem.EMAIL: _(
            "Write one e-mail address, such as name@example.org, or leave the field empty."
        ),
        Problem.NAME_CHARACTERS: _("Write the name on one line, without special characters."),
        Problem.MESSAGE_CHARACTERS: _("Take out the invisible special characters."),
    }
    return sentences[problem]
