"""Where letters go: a folder (`file://`) or an SMTP server (`smtp://` with STARTTLS, `smtps://`)."""

import os
import smtplib
import ssl
from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from core import clock
from core.mail.letter import Letter
from core.settings import PROJECT, settings

#: Nothing but ASCII on the way: not every server takes eight bits, and one that does not may cut them.
_POLICY = SMTP.clone(cte_type="7bit")

TIMEOUT_SECONDS = 20


class MailNotSent(Exception):
    """The letter was not taken. The message says what kind of failure it was, without addresses."""


def compose(letter: Letter, *, sender: str, message_id: str) -> EmailMessage:
    """The RFC 5322 message: plain text first, HTML as its alternative.

    `message_id` stays the same over retries, so that a mail sent twice shows as one.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(clock.now().astimezone(UTC))
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    for file in letter.attachments:
        maintype, _, subtype = file.media_type.partition("/")
        message.add_attachment(file.content, maintype, subtype, filename=file.name)
    # Last: making it multipart moves or drops what begins with Content-.
    message["Content-Language"] = letter.locale
    return message


def deliver(message: EmailMessage, *, name: str) -> None:
    """Hand the message over. Raises MailNotSent."""
    url = urlsplit(settings().mail_url)
    try:
        if url.scheme == "file":
            _to_folder(message, Path(unquote(url.netloc + url.path)), name)
        else:
            _to_server(message, settings().mail_url)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        # Not `from error`: its text names the address, and errors of jobs are logged.
        raise MailNotSent(f"{type(error).__name__} {_code_of(error)}".strip()) from None


def _code_of(error: Exception) -> str:
    """The server's three digits, where it said some."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return " ".join(sorted({str(code) for code, _ in error.recipients.values()}))
    return str(getattr(error, "smtp_code", ""))


def _to_folder(message: EmailMessage, folder: Path, name: str) -> None:
    if not folder.is_absolute():
        folder = PROJECT / folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = folder / f".{name}.part"
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(message.as_bytes())
    partial.replace(folder / f"{name}.eml")


def _to_server(message: EmailMessage, address: str) -> None:
    url = urlsplit(address)
    context = ssl.create_default_context()
    host = url.hostname or "localhost"
    if url.scheme == "smtps":
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            host, url.port or 465, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        client = smtplib.SMTP(host, url.port or 587, timeout=TIMEOUT_SECONDS)
    with client:
        loopback = host in {"localhost", "127.0.0.1", "::1"}
        if url.scheme == "smtp" and (not loopback or client.has_extn("starttls")):
            client.starttls(context=context)
        if url.username:
            client.login(unquote(url.username), unquote(url.password or ""))
        client.send_message(message)
