"""Comments beside a plan's sections are answered, dealt with and counted (fault P5)."""

import pytest
from sqlalchemy import text

from cycle.db import Database
from cycle.errors import Blocked, NotFound, NotPermitted
from tests import build
from workflows.core.attempt import Evidence, Remarked
from workflows.plans import comments, reading_text
from workflows.plans.plans import SectionText
from workflows.plans.reading_text import RemarkView
from workflows.record.verify import verify

HOUSING = "SVP-2028-HOUSING"
OTHER = "SVP-2028-PARKS"


@pytest.fixture
def returned(db: Database) -> build.Cast:
    """Ray has returned Mo's proposals with one comment beside the purpose."""
    return _returned(db)


@build.once
def _returned(db: Database) -> None:
    who = build.year_one(db)
    build.issue_outcomes(db, who)
    build.act(db, HOUSING, "start", None)
    build.fill(db, HOUSING, who.mo)
    build.act(db, HOUSING, "submit", who.mo)
    evidence = Evidence(reason="Say how many.", remarks=(Remarked("purpose", "How many?"),))
    build.act(db, HOUSING, "return_for_changes", who.ray, evidence)


def beside(db: Database, by: int) -> list[RemarkView]:
    """The comments beside the purpose, as this person's page has them."""
    page = db.read(lambda s: reading_text.comment_page(s, build.actor_of(s, by), HOUSING))
    return next(each.remarks for each in page.sections if each.key == "purpose")


def settle(
    db: Database, by: int, *, settled: bool = True, words: SectionText | None = None
) -> None:
    """Somebody marks the comment."""
    (comment,) = beside(db, by)
    plan = db.read(build.plan, HOUSING).id
    db.run(
        lambda s: comments.settle(
            s, build.actor(s, by), plan, comment.id, settled=settled, text=words
        )
    )


def test_a_comment_is_answered_and_the_answer_stands_with_it(
    db: Database, returned: build.Cast
) -> None:
    """Fault P5: an answer is on the record, on the version of the comment."""
    (asked,) = beside(db, returned.mo)
    plan = db.read(build.plan, HOUSING).id
    db.run(
        lambda s: comments.answer_comment(
            s, build.actor(s, returned.mo), plan, asked.id, " 4,200. "
        )
    )
    (asked,) = beside(db, returned.ray)
    assert [(each.name, each.body) for each in asked.answers] == [("Mo Manager", "4,200.")]
    assert asked.answers[0].version == asked.version
    assert not asked.settled
    with pytest.raises(Blocked, match="Write your answer first"):
        db.run(
            lambda s: comments.answer_comment(s, build.actor(s, returned.mo), plan, asked.id, " ")
        )


def test_whoever_writes_the_section_or_wrote_the_comment_marks_it(
    db: Database, returned: build.Cast
) -> None:
    """Fault P5: it can be opened again; twice the same is told; the record verifies."""
    settle(db, returned.mo)
    (asked,) = beside(db, returned.ray)
    assert (asked.settled, asked.marked_by) == (True, "Mo Manager")
    with pytest.raises(Blocked, match="dealt with already"):
        settle(db, returned.mo)
    settle(db, returned.ray, settled=False)
    assert not beside(db, returned.mo)[0].settled
    with pytest.raises(NotPermitted):
        settle(db, returned.sue)
    assert db.read(verify.check).broken == ()


def test_what_was_written_is_saved_with_the_mark(db: Database, returned: build.Cast) -> None:
    """Fault L1: an act beside a text saves the text first, or neither is done."""
    read = text(
        "SELECT section.version FROM section JOIN subject ON subject.id = plan_id "
        "WHERE ref = :ref AND section.key = 'purpose'"
    )
    version = db.read(lambda s: s.scalar(read, {"ref": HOUSING}))
    settle(db, returned.mo, words=SectionText("4,200 families.", version))
    page = db.read(lambda s: reading_text.comment_page(s, build.actor_of(s, returned.mo), HOUSING))
    assert next(each.body for each in page.sections if each.key == "purpose") == "4,200 families."


def test_a_comment_of_another_plan_is_not_there(db: Database, returned: build.Cast) -> None:
    (asked,) = beside(db, returned.ray)
    other = db.read(build.plan, OTHER).id
    with pytest.raises(NotFound):
        db.run(
            lambda s: comments.settle(
                s, build.actor(s, returned.sue), other, asked.id, settled=True
            )
        )
