"""What of a plan or report is open to one person, as ``access`` found it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reading:
    """What one person may read of one plan whose status she may see.

    ``working``: its working copy, remarks, reasons and every version. ``version_id``: the version
    that is open to everybody, the last one that a published report shows, or that took effect;
    None before that, and of an exempt plan.
    """

    working: bool
    version_id: int | None

    @property
    def words(self) -> bool:
        """Whether any text of it is open to this person."""
        return self.working or self.version_id is not None


@dataclass(frozen=True)
class ReportReading:
    """What one person may read of one report that she may know of: its words, and why it came
    back (``working``)."""

    working: bool
    words: bool


@dataclass(frozen=True)
class KnownPlans:
    """The plans of one planning year of which a person may know, told by those of which she may
    not: ``hidden`` is reference by id. ``hidden_types`` are the kinds of plan that the year has, of
    which she may know none. Dates of hidden plans are on no page of hers and in no file."""

    hidden: Mapping[int, str] = field(default_factory=dict)
    hidden_types: frozenset[str] = frozenset()

    def has(self, plan_id: int | None) -> bool:
        """Whether dates of this plan are told to her; None is the year itself, which is no
        secret."""
        return plan_id not in self.hidden


EVERY_PLAN = KnownPlans()
