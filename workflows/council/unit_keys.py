"""The key of a unit that nobody named: made of its name, and no other unit's."""

import re
import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle.models import Unit

LONGEST_STEM = 50  # leaves room for a number behind it


def new_key(session: Session, name: str) -> str:
    """A key made of a unit's name that no other unit has."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_STEM] or "unit"
    taken = set(session.scalars(select(Unit.key).where(Unit.key.startswith(stem))))
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return stem if stem not in taken else next(each for each in numbered if each not in taken)
