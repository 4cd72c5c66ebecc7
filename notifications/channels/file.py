"""Mail as ``.eml`` files in a folder: the embedded set-up, where there is no mail server.

The rule that lives here: a message's file is named after its key and appears at once and whole, so
the same message is never there twice, whatever died in between.
"""

import hashlib
import os
import re
from pathlib import Path

from notifications.channels import Away, message
from notifications.outbox import Mail

_PLAIN = re.compile(r"[a-z0-9:_-]{1,80}")


class FileChannel:
    """Writes into ``folder``, which is made on first use and open to its owner only."""

    def __init__(self, folder: Path, sender: str):
        self.folder = folder
        self.sender = sender

    def send(self, mail: Mail) -> None:
        """Write the file, unless it is there already. Raises Away when the folder cannot be used,
        Refused when the address cannot be."""
        words = message(mail, self.sender).as_bytes()
        path = self.folder / file_name(mail.key)
        # The worker's own name for the part: two that send the same message do not meet in it.
        part = self.folder / f".{path.name}.{os.getpid()}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.exists():
                return
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as to:
                to.write(words)
                to.flush()
                os.fsync(to.fileno())
            part.replace(path)
        except OSError as failure:
            raise Away(f"the folder for mail cannot be written: {failure.strerror}") from failure

    def close(self) -> None:
        """Nothing is kept open."""


def file_name(key: str) -> str:
    """``digest:7:2026-11-16`` as ``digest.7.2026-11-16.eml``; unusual keys by their digest."""
    if _PLAIN.fullmatch(key):
        return f"{key.replace(':', '.')}.eml"
    return f"{hashlib.sha256(key.encode()).hexdigest()}.eml"
