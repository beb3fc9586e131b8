"""From the form over the review to the processor's page."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import MultiDict

from core import form_tokens
from core.access import public
from core.database import release, transaction
from core.pages import allow_form_target, chosen_theme, share_page
from donations.errors import TokenUsed
from donations.forms import OTHER, TOKEN_PURPOSE, DonateForm
from donations.offer import offer
from donations.services import gifts
from donations.services.gifts import private_token
from donations.views import draft as drafts
from donations.views.blueprint import blueprint
from donations.views.form_cache import CSRF_PLACEHOLDER, FORM_PLACEHOLDER, form_cache
from payments import flows
from payments.errors import GatewayError
from payments.gateways import gateway

_UNPROCESSABLE = 422


def _locale() -> str:
    return str(get_locale())


@blueprint.get("/donate")
@public
def donate() -> ResponseReturnValue:
    """The form, filled in from the address (`?amount=&frequency=&fund=&currency=`) or from the draft."""
    if not request.args:
        return _empty_form()
    notices: list[str] = []
    draft = drafts.current() if "change" in request.args else None
    values = _from_draft(draft) if draft else _from_query(notices)
    form = DonateForm(formdata=None, data=values, locale=_locale())
    form.form_token.data = form_tokens.issue(TOKEN_PURPOSE)
    return _form_page(form, notices=notices)


@blueprint.post("/donate")
@public
def check_gift() -> ResponseReturnValue:
    """Check the form: on to the review, or back with what is wrong and everything that was typed."""
    form = DonateForm(locale=_locale())
    if "change_currency" in request.form:
        return _with_other_currency(form)
    if form.chose_in_another_currency(request.form.get("shown_currency", "")):
        # Nobody pays $15 for a €15 they chose. (A typed amount is seen in its currency on the review.)
        form.currency.errors = [
            _("You changed the currency. These are the amounts in it: check yours and go on.")
        ]
        return _with_other_currency(form), _UNPROCESSABLE
    if not form.validate():
        return _form_page(form), _UNPROCESSABLE
    wanted = form.gift_request()
    assert form.token_digest is not None
    made = gifts.find_by_token(form.token_digest)
    if made is not None and made.content_digest != wanted.digest():
        return _used_page(form), _UNPROCESSABLE
    drafts.keep(drafts.Draft(wanted, form.form_token.data))
    return redirect(url_for("donations.review"), 303)


@blueprint.get("/donate/review")
@public
def review() -> ResponseReturnValue:
    """What will be charged, once, for what: the last look before the processor."""
    draft = drafts.current()
    if draft is None:
        return redirect(url_for("donations.donate"), 303)
    return _review_page(draft)


@blueprint.post("/donate/review")
@public
def pay() -> ResponseReturnValue:
    """Make the donation and go on to the processor. Sending it twice makes one."""
    draft = drafts.current()
    if draft is None:
        return redirect(url_for("donations.donate"), 303)
    if request.form.get("form_token") != draft.form_token:
        problem = _(
            "You began another donation in another tab. This is the newest one: check it before you "
            "go on."
        )
        return _review_page(draft, problem=problem), _UNPROCESSABLE
    try:
        digest = form_tokens.digest(TOKEN_PURPOSE, draft.form_token)
    except form_tokens.BadFormToken:
        drafts.keep(drafts.Draft(draft.wanted, form_tokens.issue(TOKEN_PURPOSE)))
        renewed = drafts.current()
        assert renewed is not None
        problem = _("This page was open for too long. Check it and send it again.")
        return _review_page(renewed, problem=problem), _UNPROCESSABLE
    try:
        with transaction():
            given = gifts.give(draft.wanted, token_digest=digest, locale=_locale())
    except TokenUsed:
        form = DonateForm(formdata=MultiDict(_from_draft(draft)), locale=_locale())
        return _used_page(form), _UNPROCESSABLE
    drafts.remember_mine(given.donation.id)
    own_page = url_for("donations.shown", token=private_token(given.donation))
    if given.attempt is None:
        return redirect(own_page, 303)
    try:
        address = flows.open_checkout(given.attempt)
    except GatewayError:
        # The donation is kept and its page offers another try with the same key.
        return redirect(own_page, 303)
    return redirect(address or own_page, 303)


def _empty_form() -> str:
    """The form as everybody first sees it, with tokens of this visitor's own."""

    def render() -> str:
        share_page()
        form = DonateForm(formdata=None, locale=_locale())
        form.form_token.data = FORM_PLACEHOLDER
        return _form_page(form, csrf_token=CSRF_PLACEHOLDER)

    return form_cache().page(
        _locale(),
        chosen_theme(),
        render,
        csrf_token=generate_csrf(),
        form_token=form_tokens.issue(TOKEN_PURPOSE),
    )


def _with_other_currency(form: DonateForm) -> str:
    """The same form with the amounts of the chosen currency; nothing typed is lost."""
    if form.amount.data != OTHER:
        form.amount.data = None
    if form.currency.data not in offer().currencies:
        form.currency.data = offer().default_currency
    form.amount.choices = [(p.plain(), p.format(_locale(), short=True)) for p in form.terms.presets]
    return _form_page(form)


def _form_page(form: DonateForm, *, notices: list[str] | None = None, csrf_token: str = "") -> str:
    release()
    return render_template(
        "donations/donate.html",
        form=form,
        offer=offer(),
        notices=notices or [],
        csrf=csrf_token or generate_csrf(),
    )


def _used_page(form: DonateForm) -> str:
    """The token is used up by other content: a fresh one makes this a donation of its own."""
    form.form_token.data = form_tokens.issue(TOKEN_PURPOSE)
    form.form_token.errors = [
        _("This form was sent before with other content. To make one more donation, send it again.")
    ]
    return _form_page(form)


def _review_page(draft: drafts.Draft, *, problem: str = "") -> str:
    # The answer to the button is a redirect to the processor's page.
    allow_form_target(gateway("stripe").redirect_origin())
    release()
    return render_template(
        "donations/review.html",
        wanted=draft.wanted,
        fund=offer().funds[draft.wanted.fund],
        offer=offer(),
        form_token=draft.form_token,
        problem=problem,
    )


def _from_draft(draft: drafts.Draft) -> dict[str, Any]:
    wanted = draft.wanted
    presets = [p.minor for p in offer().currencies[wanted.currency].presets]
    preset = wanted.amount_minor in presets
    values: dict[str, Any] = {
        "currency": wanted.currency,
        "frequency": wanted.frequency,
        "fund": wanted.fund,
        "amount": wanted.gift.plain() if preset else OTHER,
        "other_amount": "" if preset else wanted.gift.plain(),
        "email": wanted.email,
        "public_name": wanted.public_name,
        "message": wanted.message,
        "form_token": draft.form_token,
    }
    if wanted.cover_fees:
        values["cover_fees"] = True
    if wanted.keep_email:
        values["keep_email"] = True
    return values


def _from_query(notices: list[str]) -> dict[str, Any]:
    """What a link may fill in. What is not offered is said, never silently turned into something else."""
    terms = offer()
    asked = request.args
    values: dict[str, Any] = {"currency": terms.default_currency}
    if asked.get("currency", "").upper() in terms.currencies:
        values["currency"] = asked["currency"].upper()
    elif asked.get("currency"):
        notices.append(
            _("The link asks for a currency that is not offered here. Choose one below.")
        )
    if asked.get("frequency") in terms.frequencies:
        values["frequency"] = asked["frequency"]
    elif asked.get("frequency"):
        notices.append(_("Only one-off donations can be made at present."))
    if asked.get("fund") in terms.funds:
        values["fund"] = asked["fund"]
    elif asked.get("fund"):
        notices.append(
            _("The link names a purpose that is not offered any more. Choose one below.")
        )
    amount = asked.get("amount", "")[:32]
    presets = terms.currencies[values["currency"]].presets
    matching = [p for p in presets if amount in {p.plain(), p.plain().partition(".")[0]} and amount]
    if matching:
        values["amount"] = matching[0].plain()
    elif amount:
        other = asked.get("other_amount", "")[:32] if amount == OTHER else amount
        values.update(amount=OTHER, other_amount=other)
    return values
