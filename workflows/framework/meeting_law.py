"""What is worth a look about the day of a meeting: when it is called or moved, and on its page.

The rules that live here: a meeting inside the days that the law asks for between its papers and
itself (LGA 1972 s.100B(3) and its like in each nation), an annual meeting on a day that the Act
does not allow (Sch. 12 para 1 and its like), a day on which nobody works. It is said and never
refused: the law has its exceptions, and whoever calls the meeting answers for them.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy.orm import Session

from config.dates import long_date
from config.framework import Framework
from cycle import clock, council_facts
from cycle.calendar import Calendar
from cycle.models import Body
from cycle.schedule import elections
from workflows.framework import deadline_rules

SUMMONS = "summons"


def warnings(session: Session, framework: Framework, body: Body, on: date, kind: str) -> list[str]:
    """Sentences about a meeting of a body on a day; ``kind`` is that of the meeting."""
    calendar = council_facts.calendar(session)
    why = calendar.why_not_working(on)
    found = [f"{long_date(on)} is not a working day: {why}."] if why else []
    found += paper_warnings(session, framework, body, on)
    if kind == "annual" and body.kind == "council":
        found += _annual(session, on)
    return found


def paper_warnings(session: Session, framework: Framework, body: Body, on: date) -> list[str]:
    """Sentences on papers and summonses whose day has passed already, for a meeting to come."""
    return papers_of_each(session, framework, body, [on])[0]


def papers_of_each(
    session: Session, framework: Framework, body: Body, days: Sequence[date]
) -> list[list[str]]:
    """The same for a meeting on each of these days; rules and calendar are read once."""
    if not body.public or not any(on >= clock.today() for on in days):
        return [[] for _ in days]
    ruled = deadline_rules.by_council(session, framework)
    calendar = council_facts.calendar(session)
    today = clock.today()
    return [list(_papers(ruled, calendar, body.kind, on)) if on >= today else [] for on in days]


def _papers(ruled: Framework, calendar: Calendar, kind: str, on: date) -> Iterator[str]:
    today = clock.today()
    law = deadline_rules.publication_under(ruled, calendar, kind, on)
    if today > law.latest_on:
        yield (
            f"Papers for {long_date(on)} had to be published by {long_date(law.latest_on)}: "
            f"{law.words}. {_exception(calendar.nation, kind)}"
        )
    elif law.careful_on is not None and today > law.careful_on:
        yield (
            f"Counted with care, papers for {long_date(on)} had to be published by "
            f"{long_date(law.careful_on)}; by the plain count there is time until "
            f"{long_date(law.latest_on)}."
        )
    summons = ruled.day_rules.get(SUMMONS) if kind == "council" else None
    if summons is not None:
        latest_on = deadline_rules.counted_by(summons, on, calendar, kind)
        if today > latest_on:
            yield (
                f"The summons for {long_date(on)} had to be sent by {long_date(latest_on)}. "
                "Ask the monitoring officer before the meeting is called."
            )


def _exception(nation: str, kind: str) -> str:
    if (nation, kind) == ("england", "cabinet"):
        return (
            "An executive may meet at shorter notice, with its papers open from when it is called; "
            "its chair cannot add an urgent item (SI 2012/2089 reg. 6)."
        )
    if kind == "council" and nation in ("england", "wales"):
        return "Full council can do only what its summons names: ask the monitoring officer."
    return "What is not public by then needs the chair’s reasons for urgency."


def annual_days(session: Session, year: int) -> elections.MeetingDays | None:
    """Between which days the law wants the annual meeting of a calendar year, if it wants one."""
    polls = [each.on for each in council_facts.events(session) if each.named(elections.ELECTION)]
    nation = council_facts.calendar(session).nation
    return elections.annual_meeting(nation, year, elections.ordinary_poll(year, polls))


def _annual(session: Session, on: date) -> Iterator[str]:
    days = annual_days(session, on.year)
    if days is not None and not days.first_on <= on <= days.last_on:
        yield f"{long_date(on)} is no day for the annual meeting. {days.sentence}"
