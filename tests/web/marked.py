"""Smallshire with a word of its own in every kind of text, for ``test_marker_matrix``.

Housing's draft was returned and is written again; Parks' is exempt, and one of its dates moves; the
Strategic Plan was before People Committee (published and referred back), was changed, and is on its
way there again, while an exempt report on it was decided. Each marker is a word that stands nowhere
else. Made once in a run.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle.db import Database
from cycle.models import PlanningYear
from cycle.seen import NO_PAGE
from cycle.server.embedded import APP, Servers
from tests import build, kit
from tests.build import Cast
from tests.flows import committees
from tests.flows.committees import AUTUMN, HOUSING, PARKS, STP, on
from tests.flows.posting import settings_in
from tests.web import browsing
from workflows import sweep
from workflows.core.attempt import Evidence, Remarked
from workflows.framework import pinned
from workflows.meetings import agenda, resolutions
from workflows.meetings.resolutions import Resolved
from workflows.plans import plans
from workflows.reports import agenda_items, writing
from workflows.search import indexing
from workflows.timetable import change_requests

TODAY = date(2027, 12, 1)
FIRST, AGAIN, SECRET = f"{STP}-PEOPLE", f"{STP}-PEOPLE-2", f"{STP}-PLACE-2"

# Kind of text -> its marker.
MARKERS = {
    "draft text": "Xylomarimba",
    "draft entry": "Xerographica",
    "draft remark": "Xiphosuran",
    "draft reason": "Xenolithic",
    "draft request": "Xanthochroid",
    "more time": "Xerophagia",
    "exempt title": "Yarborough",
    "exempt text": "Yaffingale",
    "exempt remark": "Yataghan",
    "exempt reason": "Yestreen",
    "exempt date": "Yttriferous",
    "shown text": "Zeugmatic",
    "redraft": "Zymurgical",
    "internal remark": "Zoanthropy",
    "internal reason": "Zibelline",
    "published report": "Quindecagon",
    "published comment": "Quaquaversal",
    "published decision": "Quodlibetical",
    "unpublished report": "Jactitation",
    "unpublished comment": "Jumentous",
    "exempt report": "Vespertilio",
    "exempt comment": "Viripotent",
    "exempt decision": "Velocipedal",
}
_CHANGE_TITLE = text("UPDATE subject SET title = :title, exempt = true WHERE ref = :ref")
_MAKE_EXEMPT = text("UPDATE subject SET exempt = true WHERE ref = :ref")


def made(servers: Servers, name: str, folder: Path) -> None:
    """Make the database ``name`` by the product's own verbs, once in a run for all workers."""
    kit.copy_of_once(servers.url(APP, name), "marked", lambda db: _fill(db, folder))


@contextmanager
def opened(servers: Servers, app: Flask, name: str) -> Iterator[Database]:
    """The database behind the service, on the day of the markers."""
    before, db = app.extensions["db"], Database(servers.url(APP, name))
    app.extensions["db"] = db
    with on(TODAY):
        yield db
    app.extensions["db"] = before
    db.dispose()


def browser(app: Flask, db: Database, name: str) -> browsing.Browser:
    """The browser of somebody from Smallshire, signed in."""
    return browsing.signed_in(app, db, getattr(build.cast(db), name))


def _fill(db: Database, folder: Path) -> None:
    who = committees.council(db, folder)
    with on(AUTUMN):
        build.act(db, STP, "start", None)
        build.fill(db, STP, who.hana)
        build.act(db, STP, "issue_outcomes", who.hana)
        _drafted(db, who)
        _exempt(db, who)
        db.run(_ask_for_more_time, who)
    _before_committees(db, who)
    _decided_in_secret(db, who)
    with on(TODAY):
        db.run(_move_an_exempt_date, who)
        sweep.sweep(db, settings_in(folder))
        db.run(indexing.refresh)


def _drafted(db: Database, who: Cast) -> None:
    build.act(db, HOUSING, "start", None)
    build.fill(db, HOUSING, who.mo)
    build.act(db, HOUSING, "submit", who.mo)
    _returned(db, HOUSING, who.ray, "draft")
    _write(db, HOUSING, who.mo, "draft text")
    db.run(_entry, who)
    db.run(_ask, who)


def _exempt(db: Database, who: Cast) -> None:
    title = f"Closing the {MARKERS['exempt title']} depot"
    db.run(lambda s: s.execute(_CHANGE_TITLE, {"ref": PARKS, "title": title}))
    build.act(db, PARKS, "start", None)
    build.fill(db, PARKS, who.pat)
    _write(db, PARKS, who.pat, "exempt text")
    build.act(db, PARKS, "submit", who.pat)
    _returned(db, PARKS, who.rita, "exempt")


def _before_committees(db: Database, who: Cast) -> None:
    """Twice: what was published stays published while the plan is changed."""
    with on(AUTUMN):
        build.act(db, STP, "submit", who.hana)
        _returned(db, STP, who.vera, "internal")
        _write(db, STP, who.hana, "shown text")
        committees.again(db, who, STP)
        _report(db, who, FIRST, "published")
    day = _publish(db, who, FIRST, AUTUMN)
    with on(day):
        db.run(_resolve, who.cy, FIRST, "referred_back", MARKERS["published decision"])
    with on(day + timedelta(days=1)):
        _write(db, STP, who.hana, "redraft")
        committees.again(db, who, STP)
        _report(db, who, AGAIN, "unpublished")


def _decided_in_secret(db: Database, who: Cast) -> None:
    with on(date(2027, 10, 13)):
        _report(db, who, SECRET, "exempt")
    day = _publish(db, who, SECRET, date(2027, 10, 13))
    with on(day):
        db.run(_resolve, who.cy, SECRET, "endorsed", MARKERS["exempt decision"])
    db.run(lambda s: s.execute(_MAKE_EXEMPT, {"ref": SECRET}))


def _write(db: Database, ref: str, by: int, kind: str) -> None:
    def work(session: Session) -> None:
        plan = build.plan(session, ref)
        key = _section(session, ref, "text")
        words = f"What we shall do about {MARKERS[kind]}."
        plans.write_section(session, build.actor(session, by), plan.id, key, words, NO_PAGE,
                            knows_four_eyes=True)  # fmt: skip

    db.run(work)


def _section(session: Session, ref: str, kind: str) -> str:
    found = session.scalar(
        text("SELECT key FROM section WHERE plan_id = :plan AND kind = :kind ORDER BY position"),
        {"plan": build.plan(session, ref).id, "kind": kind},
    )
    return str(found)


def _returned(db: Database, ref: str, by: int, kind: str) -> None:
    def evidence(session: Session) -> Evidence:
        key = _section(session, ref, "text")
        words = f"What of {MARKERS[f'{kind} remark']}?"
        reason = f"It is silent on {MARKERS[f'{kind} reason']}."
        return Evidence(reason, (Remarked(key, words),))

    build.act(db, ref, "return_for_changes", by, db.read(evidence))


def _entry(session: Session, who: Cast) -> None:
    plan = build.plan(session, HOUSING)
    framework = pinned.of(plan)
    template = framework.templates[framework.plan_types[plan.plan_type].template]
    section = next(s for s in template.sections if "bid" in s.item_types)
    kind = framework.item_types["bid"]
    given = {field.key: build._value(field, None, plan.in_force_from_on) for field in kind.fields}
    words = next(field.key for field in kind.fields if field.kind in ("text", "long"))
    given[words] = f"Look after {MARKERS['draft entry']}"
    mo = build.actor(session, who.mo)
    plans.write_item(session, mo, plan.id, section.key, kind.key, given)


def _ask(session: Session, who: Cast) -> None:
    mo, plan = build.actor(session, who.mo), build.plan(session, HOUSING)
    fred = build.actor_of(session, who.fred).posts_held[0].queue_id
    key, note = _section(session, HOUSING, "text"), f"Please cost {MARKERS['draft request']}."
    plans.ask(session, mo, plan.id, key, fred, note, date(2028, 1, 20))


def _report(db: Database, who: Cast, ref: str, kind: str) -> None:
    words = f"The reasons are those of {MARKERS[f'{kind} report']}."
    answers = committees.ANSWERS | {"reasons": words}
    db.run(
        lambda s: writing.write_report(
            s, build.actor(s, who.sue), committees.item(s, ref).id, answers
        )
    )
    wording = f"It costs {MARKERS[f'{kind} comment']}."
    committees.comment(db, who.fin, ref, "finance", wording=wording)
    committees.comment(db, who.connie, ref, "constitutional")


def _publish(db: Database, who: Cast, ref: str, after: date) -> date:
    """On the agenda of the next meeting in time, frozen and published; gives its day."""
    meeting = committees.next_meeting(db, ref, after + timedelta(days=14))

    def by_cy(verb: Callable[..., object], *more: object) -> None:
        db.run(lambda s: verb(s, build.actor(s, who.cy), committees.item(s, ref).id, *more))

    with on(after):
        by_cy(agenda.list_on, meeting.id)
    with on(meeting.on_date - timedelta(days=12)):
        by_cy(agenda.freeze)
        by_cy(agenda.publish, committees.on_the_web())
    return meeting.on_date


def _resolve(session: Session, by: int, ref: str, outcome: str, marker: str) -> None:
    item = committees.item(session, ref)
    resolved = [
        Resolved(each.id, outcome, f"Resolved with regard to {marker}.")
        for each in agenda_items.recommendations(session, item)
    ]
    resolutions.record_resolution(session, build.actor(session, by), item.id, resolved)


def _move_an_exempt_date(session: Session, who: Cast) -> None:
    """A step of Parks' has another day and a name of its own; a proposal would bring it back."""
    step = session.execute(_LAST_STEP, {"ref": PARKS, "title": MARKERS["exempt date"]}).one()
    year = session.scalars(select(PlanningYear.id).where(PlanningYear.number == 1)).one()
    change = change_requests.propose(session, build.actor(session, who.sue), year, "It is not so.")
    moved = json.loads(change.moves)
    for each in moved:
        if each["key"] == step.key:
            each["after"]["title"] = MARKERS["exempt date"]
    change.moves = json.dumps(moved)


_LAST_STEP = text("""
UPDATE step SET title = :title, due_on = due_on + 1 WHERE id = (
  SELECT step.id FROM step JOIN subject ON subject.id = step.plan_id AND subject.ref = :ref
  ORDER BY step.due_on DESC, step.id LIMIT 1)
RETURNING step.key
""")


def _ask_for_more_time(session: Session, who: Cast) -> None:
    mo = build.actor(session, who.mo)
    task = session.execute(
        text(
            "SELECT task.id, task.due_on, step.latest_on FROM task "
            "JOIN subject ON subject.id = subject_id JOIN step ON step.id = task.step_id "
            "WHERE ref = :ref AND closed_at IS NULL AND queue_id = ANY(:mine) ORDER BY task.id"
        ),
        {"ref": HOUSING, "mine": list(mo.queue_ids)},
    ).first()
    assert task is not None, "Mo has a task with a step"
    reason = f"We wait for {MARKERS['more time']}."
    change_requests.ask_for_more_time(session, mo, task.id, task.latest_on, reason)
