"""A service plan from draft to agreed proposals: who may do what, and what is refused."""

import pytest
from sqlalchemy import select, text

from cycle.db import Database
from cycle.errors import Blocked, NotAvailable, NotFound, NotPermitted
from cycle.models import Plan
from cycle.seen import NO_PAGE
from tests import build
from workflows.core.attempt import Evidence, Remarked
from workflows.plans import comments, plans

HOUSING = "SVP-2028-HOUSING"


@pytest.fixture
def who(db: Database) -> build.Cast:
    """Smallshire with its first year open and the housing proposals with Mo."""
    return _writing(db)


@build.once
def _writing(db: Database) -> None:
    build.issue_outcomes(db, build.year_one(db))
    build.act(db, HOUSING, "start", None)


def open_tasks(db: Database, ref: str) -> list[str]:
    """The kinds of the open tasks of a subject."""
    return db.read(
        lambda s: list(
            s.scalars(
                text(
                    "SELECT task.kind FROM task JOIN subject ON subject.id = task.subject_id "
                    "WHERE subject.ref = :ref AND closed_at IS NULL ORDER BY task.kind"
                ),
                {"ref": ref},
            )
        )
    )


def test_a_plan_goes_from_draft_to_agreed_proposals(db: Database, who: build.Cast) -> None:
    """Mo writes and submits, Ray passes on, Gus records what the group said."""
    assert open_tasks(db, HOUSING) == ["draft_proposals"]
    build.fill(db, HOUSING, who.mo)
    build.act(db, HOUSING, "submit", who.mo)
    assert build.state(db, HOUSING) == "proposals_in_review"
    assert open_tasks(db, HOUSING) == ["review_proposals"]
    with pytest.raises(Blocked, match="Say why you go on all the same"):
        build.act(db, HOUSING, "pass_on", who.ray)
    build.act(db, HOUSING, "pass_on", who.ray, build.ALL_THE_SAME)
    build.act(db, HOUSING, "record_agreed", who.gus)
    assert build.state(db, HOUSING) == "proposals_agreed"
    assert open_tasks(db, HOUSING) == []


def test_an_empty_plan_cannot_be_submitted(db: Database, who: build.Cast) -> None:
    """The reason names what is missing, and nothing has moved."""
    with pytest.raises(Blocked, match="Still to be filled in: What the service is for"):
        build.act(db, HOUSING, "submit", who.mo)
    assert build.state(db, HOUSING) == "proposals_drafting"


def test_a_return_needs_a_reason_and_a_comment(db: Database, who: build.Cast) -> None:
    """Mo sees why; the plan comes back to him and goes again."""
    build.fill(db, HOUSING, who.mo)
    build.act(db, HOUSING, "submit", who.mo)
    with pytest.raises(Blocked, match="a reason is needed"):
        build.act(db, HOUSING, "return_for_changes", who.ray, Evidence())
    with pytest.raises(Blocked, match="comment beside a section"):
        build.act(db, HOUSING, "return_for_changes", who.ray, Evidence(reason="Too long."))
    build.returned(db, HOUSING, who.ray)
    assert build.state(db, HOUSING) == "proposals_returned"
    assert open_tasks(db, HOUSING) == ["change_proposals"]
    build.act(db, HOUSING, "submit", who.mo)
    assert build.state(db, HOUSING) == "proposals_in_review"


def test_whoever_changed_the_text_cannot_pass_it_on(db: Database, who: build.Cast) -> None:
    """INV-22: Ray is warned before he edits; once he has, someone else must pass the plan on."""
    build.fill(db, HOUSING, who.mo)
    build.act(db, HOUSING, "submit", who.mo)

    def edit(knows: bool) -> None:
        db.run(
            lambda s: plans.write_section(
                s,
                build.actor(s, who.ray),
                build.plan(s, HOUSING).id,
                "purpose",
                "Homes for everyone.",
                NO_PAGE,
                knows_four_eyes=knows,
            )
        )

    with pytest.raises(Blocked, match="someone else has to pass this plan on"):
        edit(knows=False)
    edit(knows=True)
    with pytest.raises(Blocked, match="so someone else must pass it on"):
        build.act(db, HOUSING, "pass_on", who.ray, build.ALL_THE_SAME)


def test_pat_never_gets_into_the_housing_plan(db: Database, who: build.Cast) -> None:
    """INV-51: to the manager of another service the text is not there at all."""
    with pytest.raises(NotFound):
        build.act(db, HOUSING, "submit", who.pat)
    with pytest.raises(NotFound):
        db.run(
            lambda s: plans.write_section(
                s, build.actor(s, who.pat), build.plan(s, HOUSING).id, "purpose", "Parks!", NO_PAGE
            )
        )


def test_mo_cannot_do_what_is_rays_to_do(db: Database, who: build.Cast) -> None:
    """INV-27: the author cannot pass on his own plan, and a step that is not open is refused."""
    build.fill(db, HOUSING, who.mo)
    with pytest.raises(NotAvailable):
        build.act(db, HOUSING, "pass_on", who.ray, build.ALL_THE_SAME)
    build.act(db, HOUSING, "submit", who.mo)
    with pytest.raises(NotPermitted):
        build.act(db, HOUSING, "pass_on", who.mo)


def test_a_section_is_asked_of_tess_and_handed_over(db: Database, who: build.Cast) -> None:
    """F6: the request is her task; Mo cannot submit while it is open; she writes only that."""
    build.fill(db, HOUSING, who.mo)

    def queue_of(person: int) -> int:
        return db.read(lambda s: next(iter(build.actor_of(s, person).queue_ids)))

    tess = queue_of(who.tess)
    asked = db.run(
        lambda s: (
            plans.ask(
                s, build.actor(s, who.mo), build.plan(s, HOUSING).id, "purpose", tess, "Two lines."
            ).id
        )
    )
    assert open_tasks(db, HOUSING) == ["contribute", "draft_proposals"]
    with pytest.raises(Blocked, match="have no answer yet"):
        build.act(db, HOUSING, "submit", who.mo)
    db.run(
        lambda s: plans.write_section(
            s, build.actor(s, who.tess), build.plan(s, HOUSING).id, "purpose", "Lettings.", NO_PAGE
        )
    )
    with pytest.raises(NotPermitted, match="another section"):
        db.run(
            lambda s: plans.write_section(
                s, build.actor(s, who.tess), build.plan(s, HOUSING).id, "evaluation", "No.", NO_PAGE
            )
        )
    db.run(lambda s: plans.answer(s, build.actor(s, who.tess), asked, "given"))
    assert open_tasks(db, HOUSING) == ["draft_proposals"]
    build.act(db, HOUSING, "submit", who.mo)


def test_mo_takes_back_what_he_submitted_too_early(db: Database, who: build.Cast) -> None:
    """The author may take the plan back before it is published."""
    build.fill(db, HOUSING, who.mo)
    build.act(db, HOUSING, "submit", who.mo)
    build.act(db, HOUSING, "take_back", who.mo)
    assert build.state(db, HOUSING) == "proposals_drafting"


def test_a_director_suggests_a_change_instead_of_making_it(db: Database, who: build.Cast) -> None:
    """A suggestion is a comment: Ray can still pass the plan on."""
    build.fill(db, HOUSING, who.mo)
    build.act(db, HOUSING, "submit", who.mo)
    remark = Remarked("purpose", "Shorter.", "Homes for everyone.")
    db.run(
        lambda s: comments.comment(s, build.actor(s, who.ray), build.plan(s, HOUSING).id, [remark])
    )
    build.act(db, HOUSING, "pass_on", who.ray, build.ALL_THE_SAME)
    assert build.state(db, HOUSING) == "proposals_with_group"


def test_an_unchanged_plan_keeps_its_version(db: Database, who: build.Cast) -> None:
    """Versions are sealed when the text has changed, not at every step."""
    build.fill(db, HOUSING, who.mo)
    build.act(db, HOUSING, "submit", who.mo)
    build.act(db, HOUSING, "pass_on", who.ray, build.ALL_THE_SAME)
    count = db.read(
        lambda s: s.scalar(
            text("SELECT count(*) FROM plan_version WHERE plan_id = :p"),
            {"p": s.scalars(select(Plan.id).where(Plan.ref == HOUSING)).one()},
        )
    )
    assert count == 1
