"""Cycles and planning years: created, opened, decided, closed; the plans that each year makes.

The rules that live here: a cycle is four planning years (A1); opening a year makes its plans for
the units that exist that day; in Years 2 to 4 the leadership first decides whether the Strategic
Plan is made anew, refreshed or left as it is, and the yearly plans are made in any case (A2, A7).
Several years are open at once; nothing here asks for the current one.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.dates import planning_year_name, year_name
from config.lifecycles.phases import Phase
from cycle import access, clock
from cycle.errors import BadInput, Blocked, NotFound, Taken
from cycle.models import Cycle, FrameworkVersion, Plan, PlanningYear, Unit
from cycle.people import Actor, Capacity
from cycle.schedule import solve as schedule
from cycle.seen import NO_PAGE, Seen
from workflows.calendar import rhythm
from workflows.core import council_subject, engine, together
from workflows.core.attempt import Evidence
from workflows.core.audit import Act
from workflows.council import framework_publishing
from workflows.framework import applicable, pinned, post_permissions
from workflows.plans import creation
from workflows.timetable import timetable

YEARS = 4
BRANCHES = {"new": "decide_new", "refresh": "decide_refresh", "as_is": "decide_as_is"}
FIRST_START, LAST_START = 2000, 2150


def create_cycle(
    session: Session, actor: Actor, framework_key: str, start: int, choice: str = ""
) -> Cycle:
    """Four planning years, the first of which begins in May of ``start`` (A1).

    ``choice`` is the variant of Year 1 (``fast``, ``autumn``); empty is the usual one.

    Raises NotPermitted without ``plan_cycle``, BadInput for an unknown framework, year or variant,
    Taken when there is a cycle for one of these years already.
    """
    capacity = post_permissions.require(session, actor, "plan_cycle")
    if not FIRST_START <= start <= LAST_START:
        raise BadInput(f"A cycle starts in a year from {FIRST_START} to {LAST_START}.")
    version = framework_publishing.current(session, framework_key)
    if version is None:
        raise BadInput(f"There is no published framework “{framework_key}”. Publish it first.")
    _not_twice(session, start)
    framework = pinned.of_version(version)
    applicable.must_offer(framework, choice)
    cycle = Cycle(
        **_columns(version, "cycle", f"C-{start}", f"Cycle {start} to {start + YEARS}", "cycle"),
        start=start,
    )
    together.begin(session, [cycle], actor, "create_cycle", capacity)
    chosen = {number: choice if number == 1 else "" for number in range(1, YEARS + 1)}
    years = [
        PlanningYear(
            **_columns(
                version,
                "year",
                f"Y-{start}-{number}",
                planning_year_name(start + number - 1),
                framework.year_pattern(number, chosen[number]).lifecycle,
            ),
            cycle_id=cycle.id,
            number=number,
            writes_from=start + number - 1,
            choice=chosen[number],
        )
        for number in range(1, YEARS + 1)
    ]
    session.add_all(years)
    session.flush()
    for year in years:
        timetable.write_steps(session, year, [])
    details = {"way": framework.year_pattern(1, choice).title} if choice else {}
    together.begin(session, years[:1], actor, "create_year", capacity, details)
    together.begin(session, years[1:], actor, "create_year", capacity)
    return cycle


def open_year(
    session: Session, actor: Actor, year_id: int, seen_version: Seen = NO_PAGE
) -> PlanningYear:
    """Begin a planning year: Year 1 opens and makes its plans, Years 2 to 4 wait for ``decide``.

    Raises NotPermitted without ``plan_cycle``, NotAvailable when it has been opened already.
    """
    capacity = post_permissions.require(session, actor, "plan_cycle")
    # Published meetings stand; a body without any meets by its rhythm, so that dates exist. First,
    # since it locks the council, whose id comes before those of years.
    span = schedule.window(_found(session, year_id).writes_from)
    rhythm.meetings_by_rhythm(session, actor, capacity, *span)
    cycle, year = lock_both(session, actor, year_id, seen_version)
    year.governance = applicable.model_today(session, pinned.of(year))
    if year.number > 1:
        timetable.write_steps(session, year, [])
        capacity = engine.perform(session, year, "begin", actor)
    else:
        made = creation.of_year(session, year)
        _date_again(session, year)
        creation.add(session, year, made)
        evidence = Evidence(details={"plans": [plan.ref for plan in made]})
        capacity = engine.perform(session, year, "open_year", actor, evidence)
        creation.begin(session, actor, capacity, made)
    if cycle.phase == Phase.NOT_STARTED:
        engine.perform(session, cycle, "begin", actor, after=capacity)
    return year


def decide(
    session: Session,
    actor: Actor,
    year_id: int,
    branch: str,
    reason: str,
    decided_by: str,
    seen_version: Seen = NO_PAGE,
) -> PlanningYear:
    """Record what was decided on the Strategic Plan (``new``, ``refresh``, ``as_is``), by whom and
    why; then the year opens with its plans. "As it is" makes no Strategic Plan and no resource
    strategy, and the budget and the yearly plans are made all the same."""
    post_permissions.require(session, actor, "plan_cycle")
    if branch not in BRANCHES:
        raise BadInput("Choose a new plan, a refresh, or leaving the plan as it is.")
    if not decided_by.strip():
        raise Blocked("Say who decided: a person, a post or a meeting.")
    _, year = lock_both(session, actor, year_id, seen_version)
    year.decision = branch
    made = creation.of_year(session, year)
    unwanted = _unwanted(session, year)
    _date_again(session, year)
    creation.add(session, year, made)
    details = {"decided_by": decided_by.strip(), "plans": [plan.ref for plan in made]}
    evidence = Evidence(reason=reason.strip(), details=details)
    capacity = engine.perform(session, year, BRANCHES[branch], actor, evidence)
    creation.begin(session, actor, capacity, made)
    if unwanted:
        creation.withdraw_all(session, actor, unwanted, reason.strip(), after=capacity)
    return year


def close_year(
    session: Session,
    actor: Actor,
    year_id: int,
    reason: str = "",
    seen_version: Seen = NO_PAGE,
) -> PlanningYear:
    """Close a year each of whose plans is in force, ended or carried over; the cycle closes with
    the last of its years."""
    post_permissions.require(session, actor, "plan_cycle")
    cycle, year = lock_both(session, actor, year_id, seen_version)
    why = Evidence(reason=reason.strip())
    capacity = engine.perform(session, year, "close_year", actor, why)
    left = session.scalar(
        select(PlanningYear.id).where(
            PlanningYear.cycle_id == cycle.id, PlanningYear.phase != Phase.ENDED
        )
    )
    if left is None and cycle.phase == Phase.IN_FORCE:
        engine.perform(session, cycle, "close_cycle", actor, after=capacity)
    return year


def add_plan_for_unit(
    session: Session, actor: Actor, year_id: int, unit_id: int, seen_version: Seen = NO_PAGE
) -> list[Plan]:
    """Make the year's plans for a unit that came into being after the year was opened.

    Raises Blocked when the year is not open or the unit has its plans already.
    """
    capacity = post_permissions.require(session, actor, "plan_cycle")
    year = access.changeable(session, actor, PlanningYear, year_id, seen_version)
    _must_be_open(year)
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFound(access.GONE)
    made = creation.of_year(session, year, [unit])
    if not made:
        raise Blocked(f"{unit.name} needs no plan of its own that it does not have already.")
    creation.add(session, year, made)
    _record_plans(session, actor, capacity, year, "add_plans", made)
    creation.begin(session, actor, capacity, made)
    return made


def follow_structure(
    session: Session, actor: Actor, year_id: int, reason: str, seen_version: Seen = NO_PAGE
) -> tuple[list[Plan], list[Plan]]:
    """Bring an open year's plans to the units of today: those of units that ended are withdrawn,
    those of new units made. Gives (made, withdrawn)."""
    capacity = post_permissions.require(session, actor, "plan_cycle")
    year = access.changeable(session, actor, PlanningYear, year_id, seen_version)
    _must_be_open(year)
    gone = session.scalars(_PLANS_OF_ENDED, {"year": year.id, "today": clock.today()}).all()
    withdrawn = creation.withdraw_all(session, actor, gone, reason.strip(), after=capacity)
    made = _missing(session, year)
    if not made and not withdrawn:
        raise Blocked("The plans of this year fit the services as they are today.")
    creation.add(session, year, made)
    _record_plans(session, actor, capacity, year, "follow_structure", made, reason)
    creation.begin(session, actor, capacity, made)
    return made, withdrawn


def to_follow(session: Session, year: PlanningYear) -> tuple[list[Plan], list[Plan]]:
    """What ``follow_structure`` would do in an open year: (plans to make, plans to withdraw)."""
    gone = session.scalars(_PLANS_OF_ENDED, {"year": year.id, "today": clock.today()}).all()
    withdrawn = session.scalars(select(Plan).where(Plan.id.in_(gone)).order_by(Plan.ref)).all()
    return _missing(session, year), list(withdrawn)


def import_in_force(
    session: Session,
    actor: Actor,
    plan_type: str,
    unit_id: int | None,
    year_of_effect: int,
    texts: Mapping[str, str],
    items: Sequence[creation.ImportedRow] = (),
    reason: str = "",
) -> Plan:
    """Import a plan that is in force now, for a cycle that is joined midway, so that there is
    something to carry over; its text becomes the first sealed version."""
    capacity = post_permissions.require(session, actor, "plan_cycle")
    if not reason.strip():
        raise Blocked("Say where this plan comes from: a reason is needed here.")
    # Opening a year and importing a plan both begin here, so that neither makes the other's plan.
    council_subject.subject_of(session)
    return creation.import_plan(
        session,
        actor,
        capacity,
        creation.Imported(plan_type, unit_id, year_of_effect, texts, items, reason.strip()),
    )


_PLANS_OF_ENDED = text("""
SELECT plan.id FROM plan JOIN subject ON subject.id = plan.id
JOIN unit ON unit.id = subject.unit_id
WHERE plan.planning_year_id = :year AND unit.until_on <= :today
  AND subject.phase NOT IN ('settled', 'in_force', 'ended', 'withdrawn')
ORDER BY plan.id
""")


def _columns(
    version: FrameworkVersion, kind: str, ref: str, title: str, lifecycle: str
) -> dict[str, object]:
    """What every new subject of a framework says; it stands where its lifecycle begins."""
    return {
        "kind": kind,
        "ref": ref,
        "title": title,
        "lifecycle": lifecycle,
        "state": pinned.of_version(version).lifecycles[lifecycle].initial,
        "state_since_at": clock.now(),
        "framework_version_id": version.id,
    }


def _not_twice(session: Session, start: int) -> None:
    # Whoever creates one at the same moment waits here, and then sees this one (fault X6).
    council_subject.subject_of(session)
    taken = session.scalars(
        select(PlanningYear.writes_from)
        .where(PlanningYear.writes_from.between(start, start + YEARS - 1))
        .order_by(PlanningYear.writes_from)
    ).first()
    if taken is not None:
        raise Taken(
            f"There is a cycle already that holds the plans for {year_name(taken + 1)}. "
            "Open that one, or choose another start."
        )


def _date_again(session: Session, year: PlanningYear) -> None:
    """Date the steps of plans that the year made before it was closed again, by today's facts."""
    taken_up = timetable.running(session, year)
    if taken_up:
        timetable.write_steps(session, year, taken_up)


def _unwanted(session: Session, year: PlanningYear) -> list[int]:
    """The plans that an earlier decision on the year made, and that this one does not."""
    kinds, choice = pinned.of(year).plan_types, applicable.pattern_of(year).choice
    return [
        plan.id
        for plan in timetable.running(session, year)
        if not creation.is_made(kinds[plan.plan_type], year.number, year.decision or "", choice)
    ]


def lock_both(
    session: Session, actor: Actor, year_id: int, seen_version: Seen
) -> tuple[Cycle, PlanningYear]:
    """The cycle and the year, locked: locks are taken in the order of ids."""
    cycle_id = _found(session, year_id).cycle_id
    cycle = access.changeable(session, actor, Cycle, cycle_id, NO_PAGE)
    return cycle, access.changeable(session, actor, PlanningYear, year_id, seen_version)


def _found(session: Session, year_id: int) -> PlanningYear:
    year = session.get(PlanningYear, year_id)
    if year is None:
        raise NotFound(access.GONE)
    return year


def _missing(session: Session, year: PlanningYear) -> list[Plan]:
    return [plan for plan in creation.of_year(session, year) if plan.unit_id]


def _must_be_open(year: PlanningYear) -> None:
    if year.phase != Phase.IN_FORCE:
        raise Blocked("This planning year is not open, so no plan can be added to it.")


def _record_plans(
    session: Session,
    actor: Actor,
    capacity: Capacity,
    year: PlanningYear,
    action: str,
    made: Sequence[Plan],
    reason: str = "",
) -> None:
    what = Act(action, reason=reason, details={"plans": [plan.ref for plan in made]})
    engine.record(session, year, actor, what, capacity)
