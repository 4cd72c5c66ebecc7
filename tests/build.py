"""Builders that drive the product: no test starts from a state that the verbs cannot reach.

Smallshire's cast: Sue (support), Hana (head of strategy), Vera (chief executive), Mo (group
manager, Housing) and his director Ray, Tess (Mo's team manager), Pat (group manager, Parks, who
must never get in) and her director Rita, Cy and Clara (clerks), Fin and Connie (comments), Fred
(finance partner), Selma (s151), Monty (monitoring officer), Sec and Gus (secretaries), Aud, Adam,
Dora, Lee, Chas, Mem.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache, wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from config import framework_loader
from config.council_loading import load_council
from cycle import clock, council_facts, people
from cycle.db import Database
from cycle.models import DateChange, Plan, PlanningYear, Section, Subject, Unit
from cycle.people import Actor
from cycle.seen import NO_PAGE
from notifications import reminders
from tests import kit
from workflows.calendar import rhythm
from workflows.core.attempt import Evidence, Given, Remarked
from workflows.council import loading
from workflows.cycles import cycles
from workflows.framework import pinned
from workflows.people import accounts, visitors
from workflows.plans import plans
from workflows.timetable import change_requests

HERE = Path(__file__).parent
FRAMEWORK = "nottinghamshire-smf"
# A working Wednesday of Year 1's spring; the tests' clock starts here where it matters.
SPRING = datetime(2027, 6, 9, 8, 0, tzinfo=UTC)


# The profiles of the new year are not out yet: a warning, which a reason overrides.
ALL_THE_SAME = Evidence(override="The new figures come in October and change little.")


@lru_cache(maxsize=1)
def framework_data() -> dict[str, Any]:
    """The framework's data, read once."""
    return framework_loader.read_folder(framework_loader.FRAMEWORKS / FRAMEWORK)


@dataclass(frozen=True)
class Cast:
    """The people of Smallshire by first name."""

    ids: Mapping[str, int]

    def __getattr__(self, name: str) -> int:
        try:
            return self.ids[name]
        except KeyError:
            raise AttributeError(name) from None


def once(make: Callable[[Database], object]) -> Callable[[Database], Cast]:
    """A builder that does its work once in a run; every other test gets a copy of its database."""
    name = f"{make.__module__.rpartition('.')[2]}_{make.__name__}"

    @wraps(make)
    def copied(db: Database) -> Cast:
        kit.made_once(db, name, make)
        return cast(db)

    return copied


@once
def council(db: Database) -> None:
    """Smallshire with its people, meetings and framework."""
    loaded = load_council(HERE / "data" / "smallshire.toml")
    db.run(loading.load, None, loaded, framework_data())
    db.run(_meetings)


@once
def administrators(db: Database) -> None:
    """Smallshire with three administrators: Adam, Ada and Abe; nobody has signed in yet."""
    council(db)
    db.run(more_administrators)


def more_administrators(session: Session) -> None:
    """Load Smallshire's file with Ada and Abe as second and third administrator."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "smallshire.toml"
        council_file = (HERE / "data" / "smallshire.toml").read_text(encoding="utf-8")
        file.write_text(council_file + _MORE_ADMINISTRATORS, encoding="utf-8")
        loading.load(session, None, load_council(file), framework_data())


_MORE_ADMINISTRATORS = "".join(
    f"""
[[posts]]
key = "administrator-{key}"
title = "{title} administrator"
role = "administrator"
unit = "smallshire"
line = "head-of-strategy"

[[people]]
key = "{key}"
name = "{key.title()} Admin"
email = "{key}@smallshire.example"
posts = ["administrator-{key}"]
"""
    for key, title in (("ada", "Second"), ("abe", "Third"))
)


def invited(session: Session, by: int, person: int) -> str:
    """The token of the link that an administrator lets go to somebody's mailbox."""
    accounts.invite(session, actor(session, by), person, "https://localhost/set-password/")
    body = session.scalar(_LAST_LINK, {"person": person})
    return str(body).partition("/set-password/")[2].split()[0]


_LAST_LINK = text(
    "SELECT body FROM outbox WHERE person_id = :person AND kind = 'account' ORDER BY id DESC"
)


@once
def year_one(db: Database) -> None:
    """Smallshire with its cycle of 2027 and Year 1 open."""
    cycle(db, council(db))


def _meetings(session: Session) -> None:
    rhythm.make_meetings(session, people.system(session), date(2027, 4, 1), date(2029, 4, 1))


def cast(db: Database) -> Cast:
    """Who is who, by key."""
    return Cast(
        db.read(
            lambda s: {row.key: row.id for row in s.execute(text("SELECT key, id FROM person"))}
        )
    )


def actor(session: Session, who: int) -> Actor:
    """A person as the web layer hands them to a verb."""
    return people.actor(session, who, lock=True)


def cycle(db: Database, who: Cast, start: int = 2027) -> list[str]:
    """The cycle with Year 1 open; gives the references of its plans."""
    db.run(lambda s: cycles.create_cycle(s, actor(s, who.sue), FRAMEWORK, start))
    db.run(_open_year_one, who.sue, start)
    return db.read(lambda s: list(s.scalars(select(Plan.ref).order_by(Plan.ref))))


def _open_year_one(session: Session, who: int, start: int) -> None:
    year = session.scalars(select(PlanningYear).where(PlanningYear.writes_from == start)).one()
    cycles.open_year(session, actor(session, who), year.id)


def plan(session: Session, ref: str) -> Plan:
    """A plan by its reference."""
    return session.scalars(select(Plan).where(Plan.ref == ref)).one()


def state(db: Database, ref: str) -> str:
    """Where a subject stands."""
    return str(db.read(lambda s: s.scalar(select(Subject.state).where(Subject.ref == ref))))


def put(db: Database, ref: str, state: str) -> None:
    """As if a subject had come to a state by its long way."""

    def move(session: Session) -> None:
        found = session.scalars(select(Subject).where(Subject.ref == ref)).one()
        phase = pinned.of(found).lifecycles[found.lifecycle].states[state].phase
        moved = update(Subject).where(Subject.id == found.id).values(state=state, phase=phase)
        session.execute(moved)

    db.run(move)


def act(
    db: Database, ref: str, action: str, by: int | None, evidence: Evidence | None = None
) -> None:
    """One act on a plan by a person, or by the system (None). Where another than who acts agreed,
    and no evidence is given, that was by e-mail on this very day."""

    def work(session: Session) -> None:
        who = people.system(session) if by is None else actor(session, by)
        subject = plan(session, ref)
        given = evidence or _by_mail(subject, action)
        plans.act(session, who, subject.id, action, given)

    db.run(work)


def _by_mail(subject: Plan, action: str) -> Evidence | None:
    """What a transition asks for that records how somebody else agreed."""
    transitions = pinned.of(subject).lifecycles[subject.lifecycle].transitions
    asked = {
        rule.name
        for transition in transitions
        if transition.action == action and subject.state in transition.from_
        for rule in transition.evidence_guards
    }
    today = clock.today()
    if "agreed_by_group" in asked:
        return Evidence(reason="Each member answered by e-mail.", given=Given(by_mail_on=today))
    if "own_or_by_mail" in asked:
        return Evidence(given=Given(by="Cllr David Harrington", by_mail_on=today))
    return None


def fill(db: Database, ref: str, by: int) -> None:
    """Write every section that the plan's template requires, as its author would."""

    def work(session: Session) -> None:
        subject = plan(session, ref)
        framework = pinned.of(subject)
        template = framework.templates[framework.plan_types[subject.plan_type].template]
        who = actor(session, by)
        unit = session.get(Unit, subject.unit_id) if subject.unit_id else None
        for section in template.sections:
            if not section.required or section.inherit is not None:
                continue
            if section.kind == "dates":
                continue
            if section.kind == "text":
                words = f"What {subject.title} says about {section.title.lower()}."
                plans.write_section(
                    session, who, subject.id, section.key, words, NO_PAGE, knows_four_eyes=True
                )
            else:
                _fill_items(session, who, subject, framework, section, unit)

    db.run(work)


def _fill_items(
    session: Session, who: Actor, subject: Plan, framework: Any, section: Any, unit: Any
) -> None:
    kind = framework.item_types[section.item_types[0]]
    parent = session.execute(
        text("SELECT uid FROM item WHERE plan_id = :p AND type = ANY(:t) LIMIT 1"),
        {"p": subject.id, "t": list(kind.parents)},
    ).scalar()
    given = {field.key: _value(field, unit, subject.in_force_from_on) for field in kind.fields}
    plans.write_item(
        session,
        who,
        subject.id,
        section.key,
        kind.key,
        given,
        parent_uid=parent,
        knows_four_eyes=True,
    )


def _value(field: Any, unit: Any, begins_on: date) -> str:
    if field.key == "service" and unit is not None:
        return str(unit.name)
    if field.kind in ("number", "money"):
        return "12"
    if field.kind == "choice":
        return str(field.choices[0])
    if field.kind == "date":  # in the first year of its plan
        return begins_on.replace(month=9, day=30).isoformat()
    return f"A {field.title.lower()}"


def remark(session: Session, subject: Plan) -> Remarked:
    """A comment beside the first text section of a plan."""
    key = session.scalars(
        select(Section.key).where(Section.plan_id == subject.id).order_by(Section.position)
    ).first()
    return Remarked(str(key), "Say how many people this is for.")


def returned(db: Database, ref: str, by: int, action: str = "return_for_changes") -> None:
    """Return a plan with a reason and a comment."""
    evidence = db.read(lambda s: Evidence("Not clear who benefits.", (remark(s, plan(s, ref)),)))
    act(db, ref, action, by, evidence)


def new_dates(db: Database, who: Cast, reason: str = "The meeting has moved.") -> str:
    """Sue proposes the dates that follow, Vera approves them, Sue applies them; gives the
    change's reference."""
    ref = db.run(
        lambda s: (
            change_requests.propose(
                s, actor(s, who.sue), s.scalars(_RUNNING_YEAR).one(), reason
            ).ref
        )
    )
    change(db, ref, "approve", who.vera)
    change(db, ref, "apply", who.sue)
    return str(ref)


_RUNNING_YEAR = select(PlanningYear.id).where(PlanningYear.state == "open")


def change(db: Database, ref: str, action: str, by: int, reason: str = "") -> None:
    """One act on a change of dates."""

    def work(session: Session) -> None:
        found = session.scalars(select(DateChange.id).where(DateChange.ref == ref)).one()
        change_requests.act(session, actor(session, by), found, action, Evidence(reason=reason))

    db.run(work)


def actor_of(session: Session, who: int) -> Actor:
    """A person for a page: nothing is locked."""
    return people.actor(session, who)


def signed_in(db: Database, token: str) -> int | None:
    """Whose living session a token is, by the person's id; None when it is nobody's."""
    visitor = db.run(visitors.of_token, token)
    return visitor.actor.person_id if visitor else None


def issue_outcomes(db: Database, who: Cast) -> None:
    """Hana starts the Strategic Plan, writes it and issues the draft outcomes."""
    act(db, "STP-2028", "start", None)
    fill(db, "STP-2028", who.hana)
    act(db, "STP-2028", "issue_outcomes", who.hana)


def notices_of_the_day(session: Session) -> int:
    """What reminds people of dates, written as a sweep writes it; how many were new."""
    return reminders.write(session, council_facts.calendar(session))
