"""My work in the browser: what is next for Mo, for Cy and Clara's shared queue, for who covers."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.models import Task
from tests import build
from tests.build import Cast
from tests.web.browsing import Browser, prefilled

Signed = Callable[[str], Browser]
HOUSING = "SVP-2028-HOUSING"


@pytest.fixture
def full(db: Database, who: Cast) -> Cast:
    """Year 1 is open and Mo writes the proposals of Housing; the day is in June 2027."""
    build.cycle(db, who)
    build.issue_outcomes(db, who)
    build.act(db, HOUSING, "start", None)
    return who


def counts(page: str) -> dict[str, int]:
    """The numbers in the sub-navigation."""
    words = ("To do", "Waiting for others", "Done")
    return {each: int(page.split(f"{each} (", 1)[1].split(")", 1)[0]) for each in words}


@pytest.mark.usefixtures("full")
def test_the_front_page_says_what_mo_does_next(signed: Signed) -> None:
    mo = signed("mo")
    assert mo.get("/").headers["Location"] == "/tasks"
    page = mo.get("/tasks").text
    first = page[page.index('id="next"') :].split("</section>", 1)[0]
    assert "By " in first
    assert 'href="/plans/' in first
    assert "Write the proposals" in page
    assert counts(page)["To do"] == page.count('scope="row"')


@pytest.mark.usefixtures("full")
def test_what_is_late_is_said_in_words_and_comes_first(signed: Signed) -> None:
    with clock.set_to(build.SPRING.replace(month=11)):
        page = signed("mo").get("/tasks").text
    assert "days late" in page[page.index('id="next"') :].split("</section>", 1)[0]


def test_pat_has_no_task_of_housing(signed: Signed, full: Cast) -> None:
    pat = signed("pat")
    for path in ("/tasks", "/tasks/waiting", "/tasks/done"):
        assert HOUSING not in pat.get(path).text


def test_what_mo_submitted_is_done_and_waits_for_ray(
    signed: Signed, db: Database, full: Cast
) -> None:
    build.fill(db, HOUSING, full.mo)
    build.act(db, HOUSING, "submit", full.mo)
    mo = signed("mo")
    assert "Write the proposals" in mo.get("/tasks/done").text
    waiting = mo.get("/tasks/waiting").text
    assert "Review the proposals" in waiting
    assert "Ray Director" in waiting
    assert "Review the proposals" in signed("ray").get("/tasks").text


def test_two_in_one_post_say_who_is_on_it(signed: Signed, db: Database, full: Cast) -> None:
    task = db.run(_clerks_task)
    cy, clara = signed("cy"), signed("clara")
    page = cy.get("/tasks").text
    claim = f"/tasks/{task}/claim"
    assert f'action="{claim}"' in page
    reply = cy.post(claim, prefilled(page, claim))
    assert reply.headers["Location"] == "/tasks"
    assert "Give back" in cy.get("/tasks").text
    theirs = clara.get("/tasks").text
    assert "Cy Clerk is on it" in theirs
    assert f'action="{claim}"' not in theirs
    late = clara.post(claim, {**prefilled(theirs, "/sign-out"), "form_key": KEY})
    assert late.status_code == 409
    assert "Cy Clerk is on it already" in late.text


def test_cy_gives_a_task_back(signed: Signed, db: Database, full: Cast) -> None:
    task = db.run(_clerks_task)
    cy = signed("cy")
    page = cy.get("/tasks").text
    cy.post(f"/tasks/{task}/claim", prefilled(page, f"/tasks/{task}/claim"))
    back = f"/tasks/{task}/give-back"
    page = cy.get("/tasks").text
    assert cy.post(back, prefilled(page, back)).headers["Location"] == "/tasks"
    assert "I am on it" in signed("clara").get("/tasks").text


def test_pat_cannot_claim_a_task_of_others(signed: Signed, db: Database, full: Cast) -> None:
    task = db.run(_clerks_task)
    pat = signed("pat")
    token = prefilled(pat.get("/tasks").text, "/sign-out")
    reply = pat.post(f"/tasks/{task}/claim", {**token, "form_key": KEY})
    assert reply.status_code == 404
    claimed = db.read(lambda s: s.scalar(select(Task.claimed_by_id).where(Task.id == task)))
    assert claimed is None


def test_who_covers_reads_for_whom(signed: Signed, db: Database, full: Cast) -> None:
    db.run(_cover, full.tess, full.mo)
    page = signed("tess").get("/tasks").text
    assert "For Mo Manager" in page
    assert "Write the proposals" in page


def test_long_lists_go_on_by_a_link(signed: Signed, db: Database, full: Cast) -> None:
    db.run(_many_tasks, 60)
    mo = signed("mo")
    page = mo.get("/tasks").text
    seen = page.count('scope="row"')
    while 'rel="next"' in page:
        after = page.split("?after=", 1)[1].split('"', 1)[0]
        page = mo.get(f"/tasks?after={after}").text
        seen += page.count('scope="row"')
    assert seen == counts(page)["To do"] >= 60


@pytest.mark.parametrize("after", ["x", "WzFd", "WyJ4IiwxXQ", "W251bGwsbnVsbF0"])
@pytest.mark.usefixtures("full")
def test_a_link_that_was_tampered_with_is_refused_plainly(signed: Signed, after: str) -> None:
    for path in ("/tasks", "/tasks/done", "/tasks/waiting"):
        assert signed("mo").get(f"{path}?after={after}").status_code == 422


@pytest.mark.usefixtures("full")
def test_the_chase_list_is_for_those_who_chase(signed: Signed) -> None:
    with clock.set_to(build.SPRING.replace(month=11)):
        sue, mo = signed("sue"), signed("mo")
        page = sue.get("/tasks/chase").text
        assert "Mo Manager (" in page
        assert "Write the proposals" in page
        assert "Chase list" not in mo.get("/tasks").text
        assert mo.get("/tasks/chase").status_code == 403


def test_who_chases_is_sent_to_what_is_late_before_work_that_has_time(
    signed: Signed, db: Database, full: Cast
) -> None:
    """P3: a task of Sue's own comes first again when it is due within fourteen days."""
    with clock.set_to(build.SPRING.replace(month=11)):
        sue = signed("sue")
        page = sue.get("/tasks").text
        assert "Chase what is late" in page
        assert "Nothing of your own is due in the next fourteen days." in page
        assert "Chase what is late" not in signed("mo").get("/tasks").text
        db.run(_task_of, full.sue, clock.today() + timedelta(days=14))
        page = sue.get("/tasks").text
        assert "Chase what is late" not in page
        assert "Nothing of your own is due in the next fourteen days." not in page
        assert page.index("app-next") < page.index("Look at the profile")


def _task_of(session: Session, person: int, due_on: date) -> None:
    queue = build.actor_of(session, person).posts_held[0].queue_id
    session.add(
        Task(
            subject_id=build.plan(session, HOUSING).id,
            kind="look",
            label="Look at the profile",
            queue_id=queue,
            generation=1,
            opened_at=clock.now(),
            due_on=due_on,
        )
    )


KEY = "7a2a3c51-3b0a-4a5c-9a7e-000000000001"


def _clerks_task(session: Session) -> int:
    """A task in the queue that Cy and Clara share, as the engine opens one."""
    plan = build.plan(session, HOUSING)
    queue = session.scalar(text("SELECT id FROM queue WHERE role = 'clerk' AND body_id IS NULL"))
    task = Task(
        subject_id=plan.id,
        kind="clerk_test",
        slot="",
        label="Put on the agenda",
        queue_id=queue,
        generation=plan.generation,
        due_on=date(2027, 10, 1),
        opened_at=clock.now(),
    )
    session.add(task)
    session.flush()
    return task.id


def _many_tasks(session: Session, many: int) -> None:
    plan = build.plan(session, HOUSING)
    queue = session.scalar(text("SELECT id FROM queue WHERE role = 'group_manager' LIMIT 1"))
    session.add_all(
        Task(
            subject_id=plan.id,
            kind="many",
            slot=str(number),
            label=f"Task {number}",
            queue_id=queue,
            generation=plan.generation,
            due_on=date(2027, 10, 1),
            opened_at=clock.now(),
        )
        for number in range(many)
    )


def _cover(session: Session, person: int, away: int) -> None:
    session.execute(
        text(
            "INSERT INTO cover (post_id, for_person_id, person_id, during, reason) "
            "SELECT post_id, :away, :person, daterange(:today, NULL), 'Leave' FROM appointment "
            "WHERE person_id = :away LIMIT 1"
        ),
        {"away": away, "person": person, "today": clock.today()},
    )


def test_one_list_says_who_shares_a_task(signed: Signed, db: Database, full: Cast) -> None:
    """Fault P3: “For me” and “For my posts” were the model's lists, and six of nine were empty."""
    db.run(_clerks_task)
    page = signed("cy").get("/tasks").text
    assert "Shared with" in page
    assert "Clara" in page
    assert "Go to it" in page
    assert "Shared with" not in signed("mo").get("/tasks").text
    assert signed("cy").get("/tasks/posts").headers["Location"] == "/tasks"


def test_an_empty_list_says_what_comes_next_and_when(signed: Signed, full: Cast) -> None:
    """Fault P3: whoever has nothing to do reads their next date, or their bodies' meetings."""
    page = signed("ray").get("/tasks").text
    assert "No task is waiting for you." in page
    assert "Your next date is" in page
    assert "It comes here when it can be done." in page
    chair = signed("chas").get("/tasks").text
    assert "Your next meetings" in chair
    assert "Policy Committee, " in chair
    assert "no report" not in chair  # what is exempt may be there
    assert "Your next date" not in chair
    assert "It comes here when it can be done." not in chair
