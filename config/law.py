"""What the law of each nation says of days: the table ``law.toml``, read and asked. Pure.

The rule that lives here: a rule is for the nations that it names. For a day and a kind of body the
first row of the nation that fits counts; it says a number of days, or that the council says it,
that there is no such rule, or that none is known. Not legal advice.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from config.framework_reading import MISSING_VALUE, Reader
from config.problems import ProblemList

FILE = Path(__file__).parent / "law.toml"
NATIONS: Mapping[str, str] = {
    "england": "England",
    "wales": "Wales",
    "scotland": "Scotland",
    "northern-ireland": "Northern Ireland",
}
Answer = Literal["days", "local", "words", "none", "unknown"]


@dataclass(frozen=True, kw_only=True)
class LawRow:
    """What the law of one nation says under one rule, for meetings or polls in a span of days.

    ``kinds`` of body (empty: all); ``from_on`` and ``until_on`` as ISO 8601, half open, "" is an
    open end. ``days`` counts where ``answer`` is "days", with ``most_days`` where there is an
    earliest day too (else 0); ``unit`` as for rules of days, or "election", which counts every day
    but ``left_out``. ``careful``: the unit of a stricter count. ``confirmed``: read in the law.
    """

    nation: str
    answer: Answer
    source: str
    kinds: tuple[str, ...] = ()
    from_on: str = ""
    until_on: str = ""
    days: int = 0
    most_days: int = 0
    unit: str = ""
    careful: str = ""
    left_out: tuple[str, ...] = ()
    says: str = ""
    confirmed: bool = True

    def counts_on(self, day: date) -> bool:
        """Whether it is in force for a meeting or poll on a day."""
        written = day.isoformat()  # days written so stand in their order
        return self.from_on <= written and (not self.until_on or written < self.until_on)

    def is_for(self, kind: str) -> bool:
        """Whether it is for this kind of body; without a kind only what is for all of them."""
        return not self.kinds or kind in self.kinds


@dataclass(frozen=True, kw_only=True)
class LawRule:
    """One rule and its rows. ``about``: under which heading people look for it."""

    key: str
    title: str
    about: str
    rows: tuple[LawRow, ...]
    after: bool = False


@dataclass(frozen=True, kw_only=True)
class AnnualMeetingLaw:
    """Between which days the annual meeting is: in ``months`` (none: no such meeting), or in a
    year of ordinary elections ``within`` so many days after members retire, ``retires_after`` days
    after the poll, or after the poll itself. ``usual_after``: the day that the law names, if any.
    """

    nation: str
    source: str
    retires_after: int
    within: int
    months: tuple[int, ...] = ()
    usual_after: int = 0
    counted_from: Literal["retirement", "poll"] = "retirement"
    says: str = ""
    confirmed: bool = True


@cache
def rules() -> Mapping[str, LawRule]:
    """Every rule of the table, by key, in its order."""
    found: Mapping[str, LawRule] = _read()[0]
    return found


@cache
def annual_meetings() -> Mapping[str, AnnualMeetingLaw]:
    """The law of annual meetings by nation."""
    return {each.nation: each for each in _read()[1]}


def row_for(key: str, nation: str, day: date, kind: str = "") -> LawRow | None:
    """The row of a rule that counts in a nation on a day for a kind of body, if there is one."""
    rule = rules().get(key)
    rows = rule.rows if rule else ()
    return next((row for row in _of(rows, nation) if row.counts_on(day) and row.is_for(kind)), None)


def _of(rows: tuple[LawRow, ...], nation: str) -> list[LawRow]:
    return [row for row in rows if row.nation == nation]


@cache
def _read() -> tuple[Mapping[str, LawRule], tuple[AnnualMeetingLaw, ...]]:
    """The table. Raises Problems for what cannot be read, like any file of the product."""
    noted = ProblemList()
    reader = Reader(noted)
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    found = reader.mapping(LawRule, table["rules"], FILE.name, "rules")
    annual = reader.value(
        tuple[AnnualMeetingLaw, ...], table["annual_meetings"], FILE.name, "annual_meetings"
    )
    noted.raise_any()
    assert found is not MISSING_VALUE  # noqa: S101  told above
    return found, annual
