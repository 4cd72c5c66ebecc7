"""What the record and the pages need of a person beside the name: initials and a salt."""

import re
import secrets

SALT_BYTES = 16


_TITLES = re.compile(r"^(councillor|cllr|dr|mr|mrs|ms|mx|prof|professor|sir|dame)\.?\s+", re.I)


def initials_of(name: str) -> str:
    """The initials of a name, titles left out: "Dr Leila Haddad" gives LH."""
    plain = _TITLES.sub("", name.strip())
    return "".join(part[0] for part in re.split(r"[\s-]+", plain) if part[0].isalpha()).upper()[:5]


def new_salt() -> str:
    """The salt of a person's digests in the record; destroyed on erasure (INV-15)."""
    return secrets.token_hex(SALT_BYTES)
