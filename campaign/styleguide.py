"""Every component of the pages in one place, for those who build them. Demo only."""

from types import SimpleNamespace
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from campaign.blueprint import blueprint
from campaign.pictures import SAMPLE_OWNER
from core.access import public
from core.errors import NotFound
from core.money import Money
from core.settings import settings


@blueprint.get("/<any(en, ru):lang>/styleguide")
@public
def styleguide() -> ResponseReturnValue:
    """The components with sample words. 404 in production."""
    if settings().is_production:
        raise NotFound("styleguide")
    return render_template(
        "campaign/styleguide.html",
        fields=[_field("plain"), _field("filled", data="vera@example.org"), _field("wrong", True)],
        amounts=[Money(m, c) for c, m in (("EUR", 123450), ("JPY", 500), ("RUB", 150000))],
        owner=SAMPLE_OWNER,
    )


def _field(name: str, wrong: bool = False, *, data: str = "") -> SimpleNamespace:
    """What the field macros read of a WTForms field."""
    values: dict[str, Any] = {
        "id": f"sample-{name}",
        "name": f"sample_{name}",
        "data": data,
        "errors": ["Write one e-mail address, such as name@example.org."] if wrong else [],
        "label": SimpleNamespace(text="E-mail for the receipt"),
    }
    return SimpleNamespace(**values)
