"""The version that a page showed, which every act on a page hands back (INV-31, faults X7 and X8).

An act that was on no page (a command, the system, what follows from another act) says so with
``NO_PAGE``: the row is locked and read by the same unit of work, so there is nothing older to have
seen. Nothing at all is never taken for that.
"""

from enum import Enum
from typing import Final


class NoPage(Enum):
    """The one value that says that an act was on no page."""

    NO_PAGE = "no page"


NO_PAGE: Final = NoPage.NO_PAGE
Seen = int | NoPage


def current(stands: int, seen: Seen) -> bool:
    """Whether the version that a page showed is the one that stands."""
    return seen is NO_PAGE or seen == stands
