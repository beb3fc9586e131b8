"""What points upward is registered here: blueprints, gateways, purposes, mails, retention rules."""

from urllib.parse import urlsplit

from flask import Flask
from flask_wtf import CSRFProtect

from admin.blueprint import blueprint as admin_blueprint
from campaign.theme import choose_theme
from campaign.views import blueprint as campaign_blueprint
from core import mail
from core.content import Content, ContentError
from core.settings import Settings
from donations import letters
from donations.models import PURPOSE
from donations.offer import DonationOffer, read_offer
from donations.services import gifts, retention
from donations.views import blueprint as donations_blueprint
from partners.views import blueprint as partners_blueprint
from payments.errors import InvalidRequest
from payments.gateway import Gateway
from payments.models import Account
from payments.purposes import Purpose, register
from payments.stripe_gateway import StripeGateway
from payments.views import blueprint as payments_blueprint
from privacy.retention import register as register_rule
from staff.sessions import init_sign_in


def register_features(app: Flask, settings: Settings, csrf: CSRFProtect) -> None:
    """Register every feature on the application."""
    content: Content = app.extensions["content"]
    app.extensions["donation_offer"] = read_offer(content.root.section("donations"))
    app.extensions["gateways"] = {"stripe": _stripe(settings)}
    _check_offer(app.extensions["donation_offer"], app.extensions["gateways"]["stripe"])
    register(
        PURPOSE,
        Purpose(Account.DONATION_INCOME, gifts.checkout_request, gifts.on_paid, gifts.on_ended),
    )
    mail.register("donation_receipt", letters.receipt)
    mail.register("donation_failed", letters.failed)
    register_rule("donation e-mail", retention.forget_emails)
    register_rule("unpaid donation", retention.forget_unpaid)
    init_sign_in(app)
    for blueprint in (
        campaign_blueprint,
        donations_blueprint,
        payments_blueprint,
        admin_blueprint,
        partners_blueprint,
    ):
        app.register_blueprint(blueprint)
    # Webhooks carry a signature instead of a form token.
    csrf.exempt(payments_blueprint)
    csrf.exempt(choose_theme)


def _check_offer(offer: DonationOffer, gateway: Gateway) -> None:
    """Refuse to start with an amount that the processor would refuse. Raises ContentError."""
    for terms in offer.currencies.values():
        largest = terms.maximum + terms.fee_cover(terms.maximum)
        for money in (terms.minimum, *terms.presets, largest):
            try:
                gateway.check_charge(money)
            except InvalidRequest as error:
                raise ContentError(
                    f"campaign.toml: donations.currency.{terms.code}: {error}"
                ) from error


def _stripe(settings: Settings) -> StripeGateway:
    api = urlsplit(settings.stripe_api_base)
    stand_in = api.hostname != "api.stripe.com"
    return StripeGateway(
        key=settings.stripe_secret_key,
        api_base=settings.stripe_api_base,
        webhook_secrets=settings.stripe_webhook_secrets,
        page_origin=f"{api.scheme}://{api.netloc}" if stand_in else "https://checkout.stripe.com",
    )
