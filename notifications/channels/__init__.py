"""How a message leaves: files under the data folder, or a mail server.

The rules that live here: one message has one recipient (INV-46); its Message-ID comes from its key,
so that a message that was sent twice is recognised as one; a refusal is for ever or passing.
"""

import hashlib
import re
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Protocol

from notifications.outbox import Mail


class Refused(Exception):
    """This message will never be taken (no such mailbox); trying again changes nothing."""


class Delayed(Exception):
    """This message was not taken now; a later attempt may succeed."""


class Away(Exception):
    """Nothing can be sent at all just now: no other message need be tried."""


class Channel(Protocol):
    """A way out."""

    def send(self, mail: Mail) -> None:
        """Send one message. Raises Refused, Delayed or Away; returning means that it was taken."""

    def close(self) -> None:
        """Give up what was kept open between two messages."""


def message(mail: Mail, sender: str) -> EmailMessage:
    """The message as it goes on the wire, the same at every attempt. Raises Refused."""
    built = EmailMessage(policy=SMTP)
    try:
        built["From"] = Address("Plancycle", addr_spec=sender)
        built["To"] = Address(one_line(mail.name), addr_spec=mail.email)
    except (HeaderParseError, ValueError, IndexError) as unusable:
        raise Refused("the address is not one that mail can be sent to") from unusable
    built["Subject"] = one_line(mail.subject)
    built["Date"] = mail.created_at
    built["Message-ID"] = message_id(mail.key, sender)
    # RFC 3834: an out-of-office answer to a machine helps nobody.
    built["Auto-Submitted"] = "auto-generated"
    built.set_content(mail.body)
    return built


def message_id(key: str, sender: str) -> str:
    """The Message-ID of the message with this key."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:40]
    domain = sender.rpartition("@")[2]
    return f"<{digest}@{domain}>"


def one_line(words: str) -> str:
    """The words without line breaks or other marks that end a header."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", words).split())
