"""The gateways of the running application, by name."""

from flask import current_app

from payments.gateway import Gateway


def gateway(name: str) -> Gateway:
    """The gateway registered under `name`; KeyError for one that is switched off."""
    found: Gateway = current_app.extensions["gateways"][name]
    return found
