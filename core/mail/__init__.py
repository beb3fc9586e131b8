"""Outgoing mail: an outbox of ids, rendered when sent, and the transports."""

from core.mail.letter import Letter, register, render_letter
from core.mail.outbox import MailMessage, MailState, queue, resend

__all__ = ["Letter", "MailMessage", "MailState", "queue", "register", "render_letter", "resend"]
