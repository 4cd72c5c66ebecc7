"""The law of days of one nation as people read it: each rule with its number, source and certainty.

The rule that lives here: the words for what a nation's law says, also where it says nothing: "there
is no such rule" and "no rule known" are different answers, and what was not read in the law itself
is said to be unconfirmed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from config import law
from config.dates import MONTHS, parse_date
from config.law import NATIONS, AnnualMeetingLaw, LawRow, LawRule
from cycle import clock, council_facts
from cycle.errors import NotFound
from cycle.schedule.sentences import days_in_words

# What an election's own Act leaves out of the count, in words.
LEFT_OUT = {
    "weekend": "Saturdays and Sundays",
    "christmas_eve": "Christmas Eve",
    "christmas_day": "Christmas Day",
    "good_friday": "Good Friday",
    "easter_monday": "Easter Monday",
    "bank_holiday": "bank holidays",
    "thanksgiving_or_mourning": "days of public thanksgiving or mourning",
}
KINDS = {"cabinet": "executive", "council": "full council", "committee": "committees"}
ELECTIONS = "elections"


@dataclass(frozen=True)
class LawLine:
    """One row: for whom, what it says, for meetings or polls from when until when, its source."""

    title: str
    bodies: str
    says: str
    from_on: date | None
    until_on: date | None
    source: str
    confirmed: bool


@dataclass(frozen=True)
class LawPage:
    """The law of one nation by heading. ``own``: the nation of the council."""

    nation: str
    own: str
    nations: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, tuple[LawLine, ...]], ...]

    @property
    def name(self) -> str:
        """The nation as people write it."""
        return NATIONS[self.nation]


def page(session: Session, nation: str = "") -> LawPage:
    """The law of a nation, or of the council's own. Raises NotFound for a nation that is none."""
    own = council_facts.fact(session, council_facts.NATION, "england")
    chosen = nation or own
    if chosen not in NATIONS:
        raise NotFound("There is no such nation. Choose one from the list.")
    parts: dict[str, list[LawLine]] = {}
    for rule in law.rules().values():
        parts.setdefault(rule.about, []).extend(_lines(rule, chosen))
    parts[ELECTIONS].extend(_annual(law.annual_meetings()[chosen]))
    named = tuple((about.capitalize(), tuple(lines)) for about, lines in parts.items())
    return LawPage(chosen, own, tuple(NATIONS.items()), named)


def _lines(rule: LawRule, nation: str) -> Iterator[LawLine]:
    """The rows that count today or later; that there is none is a line as well."""
    today = clock.today().isoformat()
    rows = [row for row in rule.rows if row.nation == nation]
    current = [row for row in rows if not row.until_on or row.until_on > today]
    if not current:
        yield LawLine(rule.title, "", f"No rule known in {NATIONS[nation]}.", None, None, "", True)
    for row in current:
        kinds = ", ".join(KINDS[kind] for kind in row.kinds) or _others(rule, nation)
        from_on, until_on = (
            parse_date(day) if day else None for day in (row.from_on, row.until_on)
        )
        says = " ".join(filter(None, (words(rule, row), row.says)))
        yield LawLine(rule.title, kinds, says, from_on, until_on, row.source, row.confirmed)


def _others(rule: LawRule, nation: str) -> str:
    """For whom a row is that names no kind of body: where another row does, all the others."""
    some = any(row.kinds for row in rule.rows if row.nation == nation)
    return "council and committees" if some else ""


def words(rule: LawRule, row: LawRow) -> str:
    """What a row says, as a sentence; "" where its own words say all."""
    nation = NATIONS[row.nation]
    if row.answer == "none":
        return f"There is no such rule in {nation}."
    if row.answer == "unknown":
        return f"No rule known in {nation}."
    if row.answer == "local":
        return "The law leaves the number of days to the council."
    if row.answer == "words":
        return ""
    if row.unit == "election":
        return _of_election(row)
    sentence = f"{days_in_words(row.days, row.unit)} before the meeting"
    return f"{sentence[0].upper()}{sentence[1:]}."


def _of_election(row: LawRow) -> str:
    left_out = [LEFT_OUT[each] for each in row.left_out]
    span = f"From {row.most_days} to {row.days}" if row.most_days else f"{row.days}"
    return (
        f"{span} days before the poll, without {', '.join(left_out[:-1])} and {left_out[-1]}. "
        "Days on which the council is closed count."
    )


def _annual(rule: AnnualMeetingLaw) -> Iterator[LawLine]:
    start = "the poll" if rule.counted_from == "poll" or not rule.retires_after else "retirement"
    sentences = [f"In a year of ordinary elections within {rule.within} days of {start}"]
    if rule.usual_after:
        sentences[0] += f", on day {rule.usual_after} after it unless the council fixes another day"
    if rule.months:
        months = [MONTHS[month - 1] for month in rule.months]
        listed = months[0] if len(months) == 1 else f"{', '.join(months[:-1])} or {months[-1]}"
        sentences.append(f"In other years in {listed}")
    says = rule.says or " ".join(f"{each}." for each in sentences)
    yield LawLine("Annual meeting", "full council", says, None, None, rule.source, rule.confirmed)
