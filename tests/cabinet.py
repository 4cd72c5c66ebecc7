"""Councils with leader and cabinet for the tests: Smallshire's people under another framework.

Sue (support), Hana (head of strategy), Vera (chief executive), Mo of Housing and his director Ray,
Pat of Parks, who must never get in, and her director Rita, Cy (clerk), Fin and Connie (comments),
Fred (finance partner), Selma (s151), Monty, Dora, Aud, Adam, Lee, and the secretaries Sec (of the
Corporate Management Team) and Gus (of the other body that meets in private).
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import framework_loader
from config.council import Appointment, Body, Council, Person, Post, Unit
from config.framework import BodyKind, Framework
from config.rhythm import parse_rhythm
from cycle import people
from cycle.db import Database
from cycle.models import Plan, PlanningYear
from tests import build
from tests.build import Cast
from tests.flows import committees
from workflows.calendar import rhythm
from workflows.council import loading
from workflows.cycles import cycles
from workflows.meetings import agenda
from workflows.reports import report_form, writing
from workflows.reports.report_form import YES

START = 2027
# Of the whole council: person, post, role.
_TOP = (
    ("vera", "chief-executive", "chief_executive"),
    ("hana", "head-of-strategy", "head_of_strategy"),
    ("sue", "support", "support_service"),
    ("monty", "monitoring-officer", "monitoring_officer"),
    ("selma", "s151-officer", "s151_officer"),
    ("dora", "democratic", "head_of_democratic_services"),
    ("cy", "clerk", "clerk"),
    ("fin", "finance-comments", "finance_commenter"),
    ("fred", "finance-partner", "finance_partner"),
    ("connie", "legal-comments", "constitutional_commenter"),
    ("aud", "auditor", "auditor"),
    ("adam", "administrator", "administrator"),
    ("lee", "leader", "leader"),
)
_SECRETARIES = ("sec", "gus")
_UNITS = (("homes", "housing", "ray", "mo"), ("green", "parks", "rita", "pat"))


@lru_cache
def data(key: str) -> dict[str, Any]:
    """A framework's data, read once."""
    return framework_loader.read_folder(framework_loader.FRAMEWORKS / key)


def year_one(db: Database, key: str) -> Cast:
    """A council of this framework with its cycle of 2027 and Year 1 open."""
    framework = framework_loader.parse(data(key))
    db.run(loading.load, None, council(framework), data(key))
    db.run(
        lambda s: rhythm.make_meetings(
            s, people.system(s), date(START, 4, 1), date(START + 2, 4, 1)
        )
    )
    who = build.cast(db)
    db.run(lambda s: cycles.create_cycle(s, build.actor(s, who.sue), key, START))
    db.run(lambda s: cycles.open_year(s, build.actor(s, who.sue), _first_year(s)))
    return who


def _first_year(session: Session) -> int:
    return session.scalars(select(PlanningYear.id).where(PlanningYear.writes_from == START)).one()


def references(db: Database) -> list[str]:
    """The references of all plans."""
    return db.read(lambda s: list(s.scalars(select(Plan.ref).order_by(Plan.ref))))


def council(framework: Framework) -> Council:
    """The council: two services, everyone whom the framework asks for, bodies by its rhythm."""
    units = dict(_units(framework))
    posts = dict(_posts(framework))
    holders = {each.key: holder for holder, each in _held(framework)}
    return Council(
        key="quayshire",
        name="Quayshire Council",
        cycles=(START,),
        units=units,
        posts=posts,
        people={
            who: Person(
                key=who,
                name=f"{who.title()} Quay",
                email=f"{who}@quayshire.example",
                posts=(Appointment(post=post),),
            )
            for post, who in holders.items()
        },
        bodies={each.key: _body(each) for each in framework.bodies.values()},
    )


def _units(framework: Framework) -> Any:
    top, middle, service = (level.key for level in framework.levels[:3])
    yield "council", Unit(key="council", name="Quayshire Council", level=top)
    for area, key, _, _ in _UNITS:
        yield area, Unit(key=area, name=area.title(), level=middle, parent="council")
        yield key, Unit(key=key, name=key.title(), level=service, parent=area)


def _posts(framework: Framework) -> Any:
    for _, post in _held(framework):
        yield post.key, post


def _held(framework: Framework) -> Any:
    """Each post with the key of the person in it."""
    for who, key, role in _TOP:
        title = framework.roles[role].title
        yield who, Post(key=key, title=title, role=role, unit="council")
    plan_roles = next(
        each.plan_roles for each in framework.plan_types.values() if each.per == "unit"
    )
    for area, service, director, manager in _UNITS:
        for who, unit, role in (
            (director, area, plan_roles["reviewer"]),
            (manager, service, plan_roles["author"]),
        ):
            title = f"{framework.roles[role].title}, {unit.title()}"
            yield who, Post(key=f"{unit}-head", title=title, role=role, unit=unit)
    private = [each for each in framework.bodies.values() if each.secretary]
    for who, body in zip(_SECRETARIES, private, strict=True):
        title = framework.roles[body.secretary].title
        yield who, Post(key=f"{who}-post", title=title, role=body.secretary, body=body.key)


def _body(kind: BodyKind) -> Body:
    return Body(
        key=kind.key,
        name=kind.title,
        short_name=kind.title,
        framework_key=kind.key,
        kind=kind.kind,
        public=kind.public,
        size=9,
        quorum=3,
        rhythm=parse_rhythm(kind.weekday, kind.time, kind.rhythm, kind.keeps_recess),
    )


# Reports ------------------------------------------------------------------------------------------


def answers(key: str) -> dict[str, str]:
    """Every box of the framework's report, answered."""
    found = {"consulted": YES, "how": "At CMT", "answer": "None", "text": "None"}
    framework = framework_loader.parse(data(key))
    return {box.key: found[box.kind] for box in report_form.boxes(framework)}


def write(db: Database, who: Cast, ref: str, answers: dict[str, str]) -> None:
    """Sue writes into the report."""
    db.run(
        lambda s: writing.write_report(
            s, build.actor(s, who.sue), committees.item(s, ref).id, answers
        )
    )


def written(db: Database, who: Cast, ref: str, key: str) -> None:
    """The report answered by Sue, and commented on by Fin and Connie, and by Selma where asked."""
    write(db, who, ref, answers(key))
    committees.comment(db, who.fin, ref, "finance")
    committees.comment(db, who.connie, ref, "legal")


def through(db: Database, who: Cast, ref: str, key: str, after: date) -> date:
    """A report written, published for its next meeting and agreed there; gives that day."""
    with committees.on(after):
        written(db, who, ref, key)
        meeting = committees.next_meeting(db, ref, after + timedelta(days=14))
        committees.listed_now(db, who, ref, meeting.id)
    with committees.on(meeting.on_date - timedelta(days=12)):
        db.run(lambda s: agenda.freeze(s, build.actor(s, who.cy), committees.item(s, ref).id))
        published = committees.on_the_web()
        db.run(
            lambda s: agenda.publish(
                s, build.actor(s, who.cy), committees.item(s, ref).id, published
            )
        )
    committees.agree(db, who.cy, ref, meeting.on_date)
    return meeting.on_date
