"""Who does an act beside the states, and from where, is said by the lifecycle and nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.errors import Blocked, NotAvailable, NotFound, NotPermitted, Refused
from cycle.models import Post
from tests import build
from tests.build import Cast
from tests.flows import capacities, committees as co
from workflows.core import engine
from workflows.core.engine import Choice
from workflows.core.internal_acts import VERBS
from workflows.meetings import waivers
from workflows.plans import comments, plans, reading, reading_actions, reading_text
from workflows.queues import chasing
from workflows.record.verify import verify

HOUSING = co.HOUSING


@pytest.fixture(autouse=True)
def spring() -> Iterator[None]:
    with clock.set_to(build.SPRING):
        yield


def drafting(db: Database, **changed: dict[str, Any]) -> Cast:
    """Mo writes the plan of Housing, under a lifecycle in which these acts say something else."""
    data = capacities.framework()
    life = data["lifecycles"][data["plan_types"]["service_plan"]["lifecycle"]]
    for action, words in changed.items():
        (act,) = [each for each in life["transitions"] if each["action"] == action]
        act |= words
    who = capacities.placed(db, {}, data=data)
    build.cycle(db, who)
    build.act(db, HOUSING, "start", None)
    return who


def comment(db: Database, by: int) -> None:
    def work(session: Session) -> None:
        plan = build.plan(session, HOUSING)
        comments.comment(session, build.actor(session, by), plan.id, [build.remark(session, plan)])

    db.run(work)


def ask(db: Database, by: int) -> int:
    """Whoever writes the plan asks the finance partner for its first section."""

    def work(session: Session) -> int:
        plan = build.plan(session, HOUSING)
        key = build.remark(session, plan).section_key
        queue = session.scalars(select(Post.queue_id).where(Post.key == "finance-partner")).one()
        return plans.ask(session, build.actor(session, by), plan.id, key, queue, "Please.").id

    return db.run(work)


def offered(db: Database, by: int) -> dict[str, Choice]:
    """What the page of the plan offers somebody."""
    page = db.read(lambda s: reading.plan_page(s, build.actor_of(s, by), HOUSING))
    return {each.action: each for each in page.choices}


def refused(kind: type[Refused], words: str, act: Callable[[], object]) -> None:
    with pytest.raises(kind, match=words):
        act()


def test_choices_give_them_beside_the_steps(db: Database) -> None:
    """Mo writes, Ray reads, the auditor only looks, Pat of Parks does not read it."""
    who = drafting(db)
    mine, his = offered(db, who.mo), offered(db, who.ray)
    assert {"submit", "ask_contribution", "comment"} <= mine.keys()
    assert {"comment"} <= his.keys()
    assert "ask_contribution" not in his
    assert (mine["comment"].kind, mine["comment"].reasons) == ("internal", ())
    assert not {"comment", "ask_contribution", "remind"} & offered(db, who.aud).keys()
    assert offered(db, who.pat) == {}
    assert "remind" in offered(db, who.sue)


def test_who_comments_is_said_by_the_lifecycle(db: Database) -> None:
    who = drafting(db, comment={"roles": ["@author"]})
    assert "comment" in offered(db, who.mo)
    assert "comment" not in offered(db, who.ray)
    refused(NotPermitted, "is not yours to do here", lambda: comment(db, who.ray))
    refused(
        NotPermitted,
        "is not yours to do here",
        lambda: db.read(
            lambda s: reading_text.comment_page(s, build.actor_of(s, who.ray), HOUSING)
        ),
    )
    comment(db, who.mo)
    assert db.read(verify.check).broken == ()


def test_from_where_is_said_by_the_lifecycle(db: Database) -> None:
    who = drafting(db, remind={"from": ["in_review"]}, comment={"from": ["in_review"]})
    assert not {"remind", "comment"} & offered(db, who.sue).keys()
    refused(NotAvailable, "is at “Drafting” now", lambda: comment(db, who.mo))

    def remind() -> object:
        return db.run(lambda s: chasing.remind_these(s, build.actor(s, who.sue), [HOUSING]))

    refused(NotAvailable, f"{HOUSING}: .*is at “Drafting” now", remind)


def test_who_asks_is_said_by_the_lifecycle(db: Database) -> None:
    """Whoever writes the plan may still not ask where the lifecycle gives it to the reviewer."""
    who = drafting(db, ask_contribution={"roles": ["@reviewer"]})
    assert "ask_contribution" not in offered(db, who.mo)
    refused(NotPermitted, "“Ask for a contribution” is not yours", lambda: ask(db, who.mo))
    refused(
        NotPermitted,
        "“Ask for a contribution” is not yours",
        lambda: db.read(lambda s: reading_actions.ask_page(s, build.actor_of(s, who.mo), HOUSING)),
    )


def test_a_request_is_answered_where_the_lifecycle_lets_it(db: Database) -> None:
    who = drafting(db, answer_contribution={"roles": ["@editor"]})
    asked = ask(db, who.mo)

    def answer(by: int, outcome: str) -> object:
        return db.run(lambda s: plans.answer(s, build.actor(s, by), asked, outcome, "No figures."))

    refused(NotPermitted, "made to somebody else", lambda: answer(who.ray, "declined"))
    # Whoever is asked may change the text, and so is one of those whom the state lets do that.
    answer(who.fred, "declined")
    other = ask(db, who.mo)
    refused(
        NotPermitted,
        "is at “.*” now, and its text is not yours",
        lambda: withdraw(db, who.ray, other),
    )
    withdraw(db, who.mo, other)


def withdraw(db: Database, by: int, asked: int) -> None:
    db.run(lambda s: plans.answer(s, build.actor(s, by), asked, "withdrawn"))


def test_a_guard_on_it_is_told_beside_it_and_refuses(db: Database) -> None:
    who = drafting(db, comment={"guards": [{"rule": "sections_complete", "gate": "proposals"}]})
    (why, *_) = offered(db, who.mo)["comment"].reasons
    refused(Blocked, why[:20], lambda: comment(db, who.mo))


def test_the_engine_walks_nowhere_by_one(db: Database) -> None:
    """Each has a page and evidence of its own; the form of a step does none of them."""
    who = drafting(db)
    for subject, action in VERBS:
        if subject == "plan":
            refused(
                NotAvailable,
                "not open any more",
                lambda action=action: build.act(db, HOUSING, action, who.mo),
            )


def test_a_body_is_passed_over_by_whom_the_lifecycle_names(db: Database) -> None:
    """Nobody while the plan is before none, and then not its author."""
    who = drafting(db)

    def capacity(by: int, ref: str) -> str:
        return db.read(
            lambda s: waivers.capacity_for(s, build.plan(s, ref), build.actor_of(s, by)).post_title
        )

    refused(Blocked, "no longer before that committee", lambda: capacity(who.monty, HOUSING))
    co.to_committees(db, who, co.STP)
    assert capacity(who.monty, co.STP) == "Monitoring Officer"
    refused(
        NotPermitted,
        "This is for the Monitoring Officer or Head of Democratic Services to do.",
        lambda: capacity(who.mo, co.STP),
    )


def test_the_system_does_only_what_is_its_own(db: Database) -> None:
    drafting(db)

    def by_itself(session: Session) -> None:
        system = build.people.system(session)
        engine.capacity_for(session, build.plan(session, HOUSING), system, "comment")

    refused(NotPermitted, "taken by a person", lambda: db.read(by_itself))


def test_what_is_not_open_to_read_is_not_there_to_comment_on(db: Database) -> None:
    """Pat has two posts and neither opens the plan of Housing."""
    who = capacities.placed(db, {"pat": ("manager-parks", "clerk-2"), "clara": ()})
    build.cycle(db, who)
    build.act(db, HOUSING, "start", None)
    with pytest.raises((NotFound, NotPermitted)):
        comment(db, who.pat)
    refused(
        NotFound,
        "not open to you",
        lambda: db.read(
            lambda s: engine.capacity_for(
                s, build.plan(s, HOUSING), build.actor_of(s, who.pat), "comment"
            )
        ),
    )
