"""Mail through a council's mail server, named by ``SMTP_URL``.

The rules that live here: what the server says about one mailbox concerns one message only; a 5xx
answer is for ever, a 4xx one and a lost connection pass; the connection is encrypted whenever the
server offers it, and must be with ``smtps://`` and ``smtp+starttls://``.
"""

import contextlib
import smtplib
import ssl
from urllib.parse import SplitResult, unquote, urlsplit

from notifications.channels import Away, Delayed, Refused, message, one_line
from notifications.outbox import Mail

# Of each word on the wire, in seconds; dispatch keeps a batch within its lease.
TIMEOUT = 15.0
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class SmtpChannel:
    """One connection, opened at the first message and kept until ``close``."""

    def __init__(self, url: str, sender: str, timeout: float = TIMEOUT):
        self.url = urlsplit(url)
        self.sender = sender
        self.timeout = timeout
        self._line: smtplib.SMTP | None = None

    def send(self, mail: Mail) -> None:
        """Hand one message to the server. Raises Refused, Delayed or Away."""
        built = message(mail, self.sender)
        line = self._line or self._connect()
        self._line = line
        try:
            line.send_message(built, self.sender, [mail.email])
        except smtplib.SMTPRecipientsRefused as failure:
            code, words = next(iter(failure.recipients.values()))
            raise _verdict(code, words) from failure
        except smtplib.SMTPNotSupportedError as failure:
            raise Refused("the mail server does not take such an address") from failure
        except smtplib.SMTPSenderRefused as failure:
            self.close()
            raise Away("the mail server does not take mail from MAIL_FROM") from failure
        except smtplib.SMTPResponseException as failure:
            self.close()
            raise _verdict(failure.smtp_code, failure.smtp_error) from failure
        except (OSError, smtplib.SMTPException) as failure:
            # One message may be what the server stumbles over, so it waits and others are tried.
            self.close()
            raise Delayed("the mail server stopped answering") from failure

    def close(self) -> None:
        """Say goodbye, if there is anybody."""
        if self._line is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._line.quit()
            self._line = None

    def _connect(self) -> smtplib.SMTP:
        try:
            line = _opened(self.url, self.timeout)
        except (OSError, smtplib.SMTPException) as failure:
            # The exception's own words may hold the address with its password.
            raise Away(f"the mail server {self.url.hostname} cannot be reached") from failure
        try:
            _secured(line, self.url)
            if self.url.username:
                line.login(unquote(self.url.username), unquote(self.url.password or ""))
        except smtplib.SMTPAuthenticationError as failure:
            line.close()
            raise Away("the mail server does not accept our name and password") from failure
        except (OSError, smtplib.SMTPException) as failure:
            line.close()
            raise Away("the mail server does not talk to us as SMTP_URL says") from failure
        return line


def _opened(url: SplitResult, timeout: float) -> smtplib.SMTP:
    host, port = url.hostname or "localhost", url.port or PORTS[url.scheme]
    if url.scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=timeout, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=timeout)


def _secured(line: smtplib.SMTP, url: SplitResult) -> None:
    line.ehlo()
    if url.scheme == "smtp+starttls" or (url.scheme == "smtp" and line.has_extn("starttls")):
        line.starttls(context=ssl.create_default_context())
        line.ehlo()


def _verdict(code: int, words: bytes | str) -> Exception:
    answer = words.decode(errors="replace") if isinstance(words, bytes) else words
    sentence = f"the mail server said {code} {one_line(answer)}"[:200]
    if code == 421:  # RFC 5321 3.8: the service is closing the channel, for everyone
        return Away(sentence)
    return Refused(sentence) if 500 <= code < 600 else Delayed(sentence)
