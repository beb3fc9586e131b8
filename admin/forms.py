"""The panel's small forms: signing in, confirming, the language."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from core.content import LOCALES
from staff.services.passwords import MAX_LENGTH


class SignInForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """E-mail and password; where to go then."""

    email = StringField(
        _l("E-mail"), [InputRequired(_l("Write your e-mail address.")), Length(max=320)]
    )
    password = PasswordField(
        _l("Password"), [InputRequired(_l("Write your password.")), Length(max=MAX_LENGTH)]
    )
    next = HiddenField()


class ConfirmForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The password once more."""

    password = PasswordField(
        _l("Password"), [InputRequired(_l("Write your password.")), Length(max=MAX_LENGTH)]
    )
    next = HiddenField()


class LanguageForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The language of the panel."""

    locale = SelectField(choices=[SelectChoice(code) for code in LOCALES])
    next = HiddenField()
