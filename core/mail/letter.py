"""A letter, and who writes which: features register a writer for each kind of mail they send."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import render_template


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a letter; `content` in bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A finished letter to one address."""

    to: str
    subject: str
    text: str
    html: str
    locale: str
    attachments: tuple[Attachment, ...] = ()


#: Gets the id of the mail's subject and its locale; None when there is no one to write to any more.
Writer = Callable[[str, str], Letter | None]

_writers: dict[str, Writer] = {}


def register(kind: str, writer: Writer) -> None:
    """Let `writer` write the letters of `kind`, such as `donation_receipt`."""
    _writers[kind] = writer


def writer_of(kind: str) -> Writer:
    """The writer of a kind; KeyError for one nobody registered."""
    return _writers[kind]


def render_letter(
    kind: str,
    *,
    to: str,
    locale: str,
    attachments: tuple[Attachment, ...] = (),
    **context: object,
) -> Letter:
    """Render `templates/email/<kind>/{subject.txt,body.txt,body.html}` to a letter."""
    folder = f"email/{kind}"
    subject = " ".join(render_template(f"{folder}/subject.txt", **context).split())
    return Letter(
        to=to,
        subject=subject,
        text=render_template(f"{folder}/body.txt", **context).strip() + "\n",
        html=render_template(f"{folder}/body.html", **context),
        locale=locale,
        attachments=attachments,
    )
