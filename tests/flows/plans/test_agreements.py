"""How a group or a portfolio holder agreed stands on the record, with day and giver."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.errors import Blocked
from cycle.models import SignOff
from tests import build, cabinet
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP, on
from webui.plans import forms as plan_forms
from workflows.core.attempt import Evidence, Given
from workflows.plans import agreements, reading, reading_actions
from workflows.record import history
from workflows.record.verify import verify

PLAN = "CP-2028"
STATUS = text("UPDATE meeting SET status = :status WHERE id = :id")
OPEN = text("SELECT queue_id FROM task WHERE kind = :kind AND closed_at IS NULL")


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Cast:
    """Smallshire; its Strategic Plan is with the leadership team since 1 September, a Wednesday."""
    made = co.council(db, tmp_path)
    with on(AUTUMN):
        build.act(db, STP, "start", None)
        build.fill(db, STP, made.hana)
        build.act(db, STP, "issue_outcomes", made.hana)
        build.act(db, STP, "submit", made.hana)
        build.act(db, STP, "pass_on", made.vera, co.OVERRIDE)
    return made


def meeting(db: Database, day: date, body: str = "clt") -> int:
    """The meeting of a body on or after a day."""
    found = text(
        "SELECT meeting.id FROM meeting JOIN body ON body.id = body_id "
        "WHERE framework_key = :body AND on_date >= :day ORDER BY on_date, meeting.id LIMIT 1"
    )
    return int(db.read(lambda s: s.scalar(found, {"body": body, "day": day})) or 0)


def agree(db: Database, by: int, given: Given, reason: str = "") -> None:
    """Sec records that the team agreed."""
    build.act(db, STP, "record_agreed", by, Evidence(reason=reason, given=given))


def signed(db: Database, ref: str) -> list[tuple[str, str]]:
    """The sign-offs of a plan: kind and note."""

    def read(session: Session) -> list[tuple[str, str]]:
        found = select(SignOff).where(SignOff.plan_id == build.plan(session, ref).id)
        return [(each.kind, each.note) for each in session.scalars(found.order_by(SignOff.id))]

    return db.read(read)


def sentences(db: Database, ref: str) -> str:
    """The newest sentence of a plan's history."""
    return db.read(lambda s: history.entries(s, build.plan(s, ref))[-1].sentence)


def test_a_groups_agreement_names_a_meeting_held_after_the_plan_came(
    db: Database, who: Cast
) -> None:
    """Fault R6: a group agreed on a Saturday, for a plan that came after its last meeting."""
    before = meeting(db, AUTUMN - timedelta(days=7))
    other = meeting(db, AUTUMN, "policy_committee")
    held = meeting(db, AUTUMN)
    with on(AUTUMN + timedelta(days=3)):  # a Saturday, before the first meeting
        for given, why in (
            (Given(), "Choose the meeting at which the Corporate Leadership Team agreed"),
            (Given(meeting_id=before), "The plan came on 1 September 2027, after the meeting of"),
            (Given(meeting_id=held), "is still to come"),
            (Given(meeting_id=other), "Choose a meeting of the group"),
            (Given(meeting_id=held, by_mail_on=AUTUMN), "or else give the day of its e-mail"),
        ):
            with pytest.raises(Blocked, match=why):
                agree(db, who.sec, given)
        assert db.read(lambda s: agreements.meetings(s, build.plan(s, STP), "clt")) == []
    assert build.state(db, STP) == "with_clt"
    with on(AUTUMN + timedelta(days=7)):
        db.run(
            lambda s: s.execute(text(f"UPDATE meeting SET status = 'cancelled' WHERE id = {held}"))
        )
        with pytest.raises(Blocked, match="was cancelled"):
            agree(db, who.sec, Given(meeting_id=held))
        db.run(
            lambda s: s.execute(text(f"UPDATE meeting SET status = 'planned' WHERE id = {held}"))
        )
        (offered,) = db.read(lambda s: agreements.meetings(s, build.plan(s, STP), "clt"))
        assert offered.id == held
        agree(db, who.sec, Given(meeting_id=held))
    words = "At the meeting of Corporate Leadership Team on 7 September 2027"
    assert signed(db, STP)[-1] == ("clt", words)
    assert words in sentences(db, STP)
    assert db.read(verify.check).broken == ()


def test_a_meeting_that_had_begun_when_the_plan_came_agreed_nothing(
    db: Database, who: Cast
) -> None:
    """Fault R6: also on the very day on which the plan came."""
    held = meeting(db, AUTUMN)
    moved = "UPDATE meeting SET on_date = :day, at_time = CAST(:at AS time) WHERE id = :id"
    with on(AUTUMN + timedelta(days=1)):
        for at, begun in (("00:05", True), ("23:55", False)):
            given = {"day": AUTUMN, "at": at, "id": held}
            db.run(lambda s, given=given: s.execute(text(moved), given))
            offered = db.read(lambda s: agreements.meetings(s, build.plan(s, STP), "clt"))
            assert [each.id for each in offered] == ([] if begun else [held])
            if begun:
                with pytest.raises(
                    Blocked, match="after the meeting of 1 September 2027 had begun"
                ):
                    agree(db, who.sec, Given(meeting_id=held))
        agree(db, who.sec, Given(meeting_id=held))
    assert signed(db, STP)[-1][0] == "clt"


def test_an_agreement_by_e_mail_names_its_day_and_the_reason(db: Database, who: Cast) -> None:
    """Fault R6: by e-mail on a day since the plan came, and why there was no meeting."""
    day = AUTUMN + timedelta(days=2)
    with on(day):
        with pytest.raises(Blocked, match="Say why the Corporate Leadership Team agreed without"):
            agree(db, who.sec, Given(by_mail_on=day))
        for wrong in (AUTUMN - timedelta(days=1), day + timedelta(days=1)):
            with pytest.raises(Blocked, match="Give the day of the e-mail: from 1 September 2027"):
                agree(db, who.sec, Given(by_mail_on=wrong), "The meeting fell out.")
        agree(db, who.sec, Given(by_mail_on=day), "The meeting fell out.")
    assert signed(db, STP)[-1][1] == "By e-mail on 3 September 2027. The meeting fell out."
    assert "By e-mail on 3 September 2027." in sentences(db, STP)


@pytest.fixture
def quayshire(db: Database) -> Cast:
    """Quayshire under Stockton's framework; its Council Plan is with the portfolio holder."""
    with clock.set_to(build.SPRING):
        made = cabinet.year_one(db, "stockton-pmf")
    with on(AUTUMN):
        build.act(db, PLAN, "start", None)
        build.fill(db, PLAN, made.hana)
        build.act(db, PLAN, "issue_outcomes", made.hana)
    return made


def with_portfolio_holder(db: Database, who: Cast) -> None:
    """From the author to the portfolio holder."""
    with on(AUTUMN):
        build.act(db, PLAN, "submit", who.hana)
        build.act(db, PLAN, "pass_on", who.vera, co.OVERRIDE)
        build.act(db, PLAN, "record_agreed", who.sec)
    assert build.state(db, PLAN) == "with_portfolio_holder"


def test_the_portfolio_holder_signs_in_person(db: Database, quayshire: Cast) -> None:
    """Fault R5: it was recorded by the plan's reviewer and printed under the reviewer's name."""
    db.run(_lee_holds_the_portfolio)
    with_portfolio_holder(db, quayshire)
    lee = build.cast(db).lee
    assert co.tasks(db, PLAN) == ["review_portfolio_holder"]
    with on(AUTUMN):
        queues = db.read(lambda s: build.actor_of(s, lee).queue_ids)
        queue = db.read(lambda s: s.scalar(OPEN, {"kind": "review_portfolio_holder"}))
        assert queue in queues
        for given in (Given(by="Cllr Harrington"), Given(by_mail_on=AUTUMN)):
            with pytest.raises(Blocked, match="You sign this yourself"):
                build.act(db, PLAN, "pass_on", lee, Evidence(given=given))
        build.act(db, PLAN, "pass_on", lee, Evidence(reason="Clear at last."))
    row = db.read(lambda s: s.scalars(select(SignOff).order_by(SignOff.id.desc()).limit(1)).one())
    assert (row.kind, row.person_id, row.note) == ("portfolio_holder", lee, "Clear at last.")
    assert db.read(verify.check).broken == ()


def _lee_holds_the_portfolio(session: Session) -> None:
    queue = session.scalar(text("SELECT id FROM queue WHERE role = 'portfolio_holder'"))
    session.execute(
        text("UPDATE post SET queue_id = :queue WHERE key = 'leader'"), {"queue": queue}
    )


def test_what_another_records_for_the_portfolio_holder_names_both(
    db: Database, quayshire: Cast
) -> None:
    """Fault R5: on paper or by e-mail it is said who gave it, on which day, and who recorded it."""
    with_portfolio_holder(db, quayshire)
    vera = quayshire.vera
    with on(AUTUMN):
        asked = db.read(
            lambda s: reading_actions.act_page(s, build.actor_of(s, vera), PLAN, "pass_on")
        )
        form = plan_forms.act_form(asked.transition, [], (), for_another=asked.for_another)
        labels = [field.args[0] for field in vars(form).values() if hasattr(field, "args")]
        assert "Which portfolio holder agreed" in labels
        assert "Day of their e-mail" in labels
        for given in (Given(), Given(by="Cllr Harrington"), Given(by_mail_on=AUTUMN)):
            with pytest.raises(Blocked, match="Say which portfolio holder gave this by e-mail"):
                build.act(db, PLAN, "pass_on", vera, Evidence(given=given))
        late = Given(by="Cllr Harrington", by_mail_on=AUTUMN + timedelta(days=1))
        with pytest.raises(Blocked, match="from 1 September 2027"):
            build.act(db, PLAN, "pass_on", vera, Evidence(given=late))
        given = Given(by="Cllr Harrington", by_mail_on=AUTUMN)
        build.act(db, PLAN, "pass_on", vera, Evidence(given=given))
    words = "Cllr Harrington, by e-mail on 1 September 2027"
    assert signed(db, PLAN)[-1] == ("portfolio_holder_by_mail", words)
    shown = db.read(lambda s: reading.plan_page(s, build.actor_of(s, vera), PLAN)).sign_offs[0]
    assert (shown["words"], shown["note"]) == (
        "Portfolio holder, by e-mail, recorded by Vera Quay",
        f"{words}.",
    )
    assert words in sentences(db, PLAN)
    assert db.read(verify.check).broken == ()
