"""What the pages of years say before they are opened or closed again, and of days on which nothing
is due: it is so for whoever reads it. Smallshire in spring 2027."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from cycle import clock, people
from cycle.db import Database
from tests import build
from tests.build import Cast
from tests.web.browsing import Browser, main, prefilled
from workflows.cycles import cycles
from workflows.plans import by_date

Signed = Callable[[str], Browser]
YEAR = "/cycles/C-2027/years/1"
OPEN = text("SELECT DISTINCT queue_id FROM task WHERE closed_at IS NULL AND queue_id IS NOT NULL")
PLANS = text("SELECT count(*) FROM task JOIN plan ON plan.id = subject_id WHERE closed_at IS NULL")
MAILED = text("SELECT person_id FROM outbox WHERE kind = 'closed_again'")
OVER = (
    "UPDATE subject SET state = 'withdrawn', phase = 'withdrawn' WHERE kind = 'plan'",
    "UPDATE task SET closed_at = opened_at, outcome = 'done' WHERE closed_at IS NULL",
    "WITH free AS (UPDATE task SET step_id = NULL) UPDATE step SET due_on = '2027-03-01'",
    "UPDATE meeting SET status = 'cancelled'",
)


@pytest.fixture(autouse=True)
def spring() -> Iterator[None]:
    with clock.set_to(build.SPRING):
        yield


def test_a_year_opened_by_mistake_is_closed_again_and_the_others_are_told(
    signed: Signed, db: Database, who: Cast
) -> None:
    """Fault L3: before Sue opens it she reads that she can undo it and who is told; before she
    undoes it, the same; and it is so: everybody else who had a task, and not she herself."""
    db.run(lambda s: cycles.create_cycle(s, build.actor(s, who.sue), build.FRAMEWORK, 2027))
    sue = signed("sue")
    undo = (
        "Until somebody has worked on one of its plans you can undo this: the plans go back to "
        "“Not started”, and whoever else had a task is told."
    )
    check = sue.send(f"{YEAR}/open")
    assert undo in main(check.text)
    sure = prefilled(check.text, f"{YEAR}/open") | {"step": "done"}
    assert sue.post(f"{YEAR}/open", sure).status_code == 303
    for act in db.read(by_date.acts_due):
        build.act(db, act.ref, act.action, None)
    had = db.read(lambda s: {row.person_id for row in people.holders(s, list(s.scalars(OPEN)))})
    withdrawn = "Their tasks are withdrawn, and whoever else had one is told by mail."
    message = "Whoever else had a task on its plans is told."
    assert withdrawn in main(sue.get(f"{YEAR}/close-again").text)
    assert sue.send(f"{YEAR}/close-again", reason="Too early.").status_code == 303
    assert message in main(sue.get(YEAR).text)
    assert message not in main(sue.get(YEAR).text)
    mailed = db.read(lambda s: list(s.scalars(MAILED)))
    assert sorted(mailed) == sorted(had - {who.sue})
    assert mailed
    states = db.read(
        lambda s: set(s.scalars(text("SELECT state FROM subject WHERE kind = 'plan'")))
    )
    assert states == {"not_started"}
    assert db.read(lambda s: s.scalar(PLANS)) == 0


def test_nothing_is_due_only_where_nothing_is(signed: Signed, db: Database, who: Cast) -> None:
    """INV-51: Mo, who may not know of exempt plans, is not told that nothing of them is due."""
    build.cycle(db, who)
    nothing = "Nothing is due in the next fourteen days."
    aside = "Nothing is due in the next fourteen days, exempt plans aside."
    exempt = text("UPDATE subject SET exempt = true WHERE ref = 'SVP-2028-PARKS'")
    page = main(signed("sue").get("/year").text)
    assert nothing not in page
    assert aside not in page
    for statement in OVER:
        db.run(lambda s, words=statement: s.execute(text(words)))
    db.run(lambda s: s.execute(exempt))
    page = main(signed("sue").get("/year").text)
    assert nothing in page
    assert aside not in page
    page = main(signed("mo").get("/year").text)
    assert aside in page
    assert nothing not in page


def test_nothing_is_wrong_with_the_dates_only_where_nothing_is(
    signed: Signed, db: Database, who: Cast, owner_db: Database
) -> None:
    """Fault L3: where the council is closed at the new year, a date cannot stay where it was."""
    db.run(lambda s: cycles.create_cycle(s, build.actor(s, who.sue), build.FRAMEWORK, 2027))
    sue, nothing = signed("sue"), "Nothing: every date can be kept as things stand today."
    page = main(sue.send(f"{YEAR}/open").text)
    assert nothing not in page
    assert "but the council is closed" in page
    owner_db.run(lambda s: s.execute(text("DELETE FROM closure")))
    assert nothing in main(sue.send(f"{YEAR}/open").text)


def test_what_was_done_is_said_of_an_act_that_leaves_a_plan_where_it_stands(
    signed: Signed, db: Database, who: Cast
) -> None:
    """Once, to whom did it; of another act it is said where the plan now stands."""
    build.cycle(db, who)
    build.act(db, "STP-2028", "start", None)
    build.fill(db, "STP-2028", who.hana)
    hana, before = signed("hana"), build.state(db, "STP-2028")
    done = "Done: issue the draft outcomes."
    assert hana.send("/plans/STP-2028/issue_outcomes").status_code == 303
    assert done in main(hana.get("/plans/STP-2028").text)
    assert build.state(db, "STP-2028") == before
    assert done not in main(hana.get("/plans/STP-2028").text)
    assert hana.send("/plans/STP-2028/submit").status_code == 303
    page = main(hana.get("/plans/STP-2028").text)
    assert "Done. The plan is now at" in page
    assert done not in page
