"""Commands for staff accounts: `flask --app wsgi staff …`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from core.database import transaction
from core.errors import DomainError
from staff.errors import WeakPassword
from staff.permissions import Role
from staff.services import accounts, passwords, throttle

_ROLES = click.Choice([role.value for role in Role])
_PASSWORD_PROBLEMS = {
    "too_short": f"The password needs at least {passwords.MIN_LENGTH} characters.",
    "too_long": f"The password may have at most {passwords.MAX_LENGTH} characters.",
    "too_simple": "The password repeats few characters: a few random words are better.",
}


@click.group("staff")
def staff_commands() -> None:
    """Staff accounts."""


@staff_commands.command("add")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", "roles", multiple=True, required=True, type=_ROLES, help="May be repeated.")
@click.option("--generate", is_flag=True, help="Make a random password and print it once.")
def add(email: str, name: str, roles: tuple[str, ...], generate: bool) -> None:
    """Add an account. The password is asked for twice, or taken from STAFF_PASSWORD."""
    password = _password(generate)
    with _complaints(), transaction():
        account = accounts.add_account(email=email, name=name, password=password, roles=roles)
        added = account.email
    click.echo(f"Added {added} ({', '.join(sorted(set(roles)))}).")
    if generate:
        click.echo(f"Password, shown this once: {password}")


@staff_commands.command("list")
def list_all() -> None:
    """List the accounts: e-mail, name, roles, and whether they are switched off."""
    for account in accounts.list_accounts():
        off = "  (disabled)" if account.disabled_at else ""
        click.echo(f"{account.email}  {account.name}  {', '.join(account.roles)}{off}")


@staff_commands.command("disable")
@click.option("--email", required=True)
def disable(email: str) -> None:
    """Switch an account off and end its sessions at once."""
    with _complaints(), transaction():
        accounts.disable(accounts.find_by_email(email))
    click.echo("Disabled; every session of the account has ended.")


@staff_commands.command("unlock")
@click.option("--email", required=True)
def unlock(email: str) -> None:
    """Let browsers that the account does not know try again at once, whatever failed before."""
    with _complaints(), transaction():
        tries = throttle.unlock(accounts.find_by_email(email))
    click.echo(f"Forgotten tries: {tries}. Browsers that the account does not know may try again.")


@staff_commands.command("set-roles")
@click.option("--email", required=True)
@click.option("--role", "roles", multiple=True, required=True, type=_ROLES, help="May be repeated.")
def set_roles(email: str, roles: tuple[str, ...]) -> None:
    """Give an account these roles instead of those it has, and end its sessions at once."""
    with _complaints(), transaction():
        accounts.set_roles(accounts.find_by_email(email), roles)
    click.echo(f"Roles: {', '.join(sorted(set(roles)))}. Every session of the account has ended.")


@staff_commands.command("set-password")
@click.option("--email", required=True)
@click.option("--generate", is_flag=True, help="Make a random password and print it once.")
def set_password(email: str, generate: bool) -> None:
    """Set a new password and end the account's sessions. Asked for as in `staff add`."""
    password = _password(generate)
    with _complaints(), transaction():
        accounts.change_password(accounts.find_by_email(email), password)
    click.echo("The password is set; every session of the account has ended.")
    if generate:
        click.echo(f"Password, shown this once: {password}")


def _password(generate: bool) -> str:
    if generate:
        return passwords.generate()
    given = os.environ.get("STAFF_PASSWORD")
    if given:
        return given
    asked = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return str(asked)


@contextmanager
def _complaints() -> Iterator[None]:
    """Domain errors as messages of the command line."""
    try:
        yield
    except WeakPassword as error:
        raise click.ClickException(_PASSWORD_PROBLEMS[error.reason]) from error
    except DomainError as error:
        raise click.ClickException(f"{error}.".capitalize()) from error
