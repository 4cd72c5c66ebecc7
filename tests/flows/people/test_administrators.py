"""Adam, Ada and Abe look after people: what one of them may do, and what needs two."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.errors import Blocked, NotPermitted, Rejected
from cycle.models import RightsProposal
from cycle.people import actor as person_of
from tests import administering, build
from tests.administering import ALONE, DENIED, DONE, PROPOSED, TABLES, Row
from tests.flows.core.test_races import race
from workflows.core import council_subject
from workflows.framework import post_permissions
from workflows.people import accounts, administrators, agreeing
from workflows.record import history
from workflows.record.verify import verify

RIGHTS = text(
    "SELECT subject, body, coalesce(to_email, '') AS to_email FROM outbox "
    "WHERE kind = 'rights' AND person_id = :p ORDER BY id"
)


class Undone(Exception):
    """A row was tried; nothing of it is kept."""


@pytest.fixture
def who(db: Database) -> build.Cast:
    """Smallshire where Adam, Ada and Abe have signed in; the auditor's post is vacant."""
    return administering.set_up(db, administering.ADMINISTRATORS, ())


@pytest.fixture
def first(db: Database) -> build.Cast:
    """Smallshire where only Adam has ever signed in."""
    return administering.set_up(db, ("adam",), ())


def does(db: Database, by: int, verb: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """One verb as this person."""
    return db.run(lambda s: verb(s, build.actor(s, by), *args, **more))


def post(db: Database, key: str) -> int:
    """The number of a post."""
    return db.read(administering.post_id, key)


def held(db: Database, person: int) -> int:
    """The number of a person's appointment."""
    return db.read(administering.appointment, person)


def days(number: int) -> date:
    """So many days from today."""
    return clock.today() + timedelta(days=number)


def mails(db: Database, person: int) -> list[str]:
    """The subjects of what a person was told of their rights."""
    return [row.subject for row in db.read(lambda s: s.execute(RIGHTS, {"p": person}).all())]


def events(db: Database, action: str) -> list[dict[str, Any]]:
    """The details of the council's events of one kind, the oldest first."""
    found = text("SELECT payload FROM event WHERE action = :a ORDER BY id")
    rows = db.read(lambda s: s.scalars(found, {"a": action}).all())
    return [json.loads(row)["details"] for row in rows]


def proposed(db: Database, who: build.Cast, by: str = "adam", cover: str = "tess") -> int:
    """A proposal that somebody covers for the chief executive."""
    made = does(
        db, who.ids[by], accounts.set_cover, post(db, "chief-executive"), who.ids[cover],
        clock.today(), days(7), "Vera is ill",
    )  # fmt: skip
    assert isinstance(made, RightsProposal)
    return int(made.id)


# The rows -----------------------------------------------------------------------------------------


def tried(session: Session, who: build.Cast, row: Row) -> str:
    """What comes of a row's act with the verb."""
    by, whom = build.actor(session, who.ids[row.by]), who.ids[row.whom]
    today = clock.today()
    try:
        if row.act == "post":
            made = accounts.hold_post(session, by, whom, administering.post_id(session, row.post))
        elif row.act == "cover":
            at = administering.post_id(session, row.post)
            made = accounts.set_cover(session, by, at, whom, today, days(7))
        elif row.act == "end":
            return _ended(session, by, administering.appointment(session, whom))
        else:
            accounts.deactivate(session, by, whom)
            return DONE
    except NotPermitted:
        return DENIED
    except Blocked as refusal:
        return str(refusal)
    if isinstance(made, RightsProposal):
        return PROPOSED
    last = session.scalar(text("SELECT payload FROM event ORDER BY id DESC LIMIT 1"))
    return ALONE if json.loads(str(last))["details"].get("alone") else DONE


def _ended(session: Session, by: Any, appointment_id: int) -> str:
    accounts.end_appointment(session, by, appointment_id)
    return DONE


@pytest.mark.parametrize("table", TABLES)
def test_each_row_of_what_administrators_may_do(db: Database, table: str) -> None:
    """Fault X1, SR-80: rows written by hand from the requirement, asked of the verbs."""
    rows, signed_in, gone = TABLES[table]
    who = administering.set_up(db, signed_in, gone)
    wrong = []
    for row in rows:
        found = []

        def work(session: Session, row: Row = row, found: list[str] = found) -> None:
            found.append(tried(session, who, row))
            raise Undone

        with pytest.raises(Undone):
            db.run(work)
        if row.comes not in found[-1]:
            wrong.append((row, found[-1]))
    assert wrong == []


def test_the_posts_that_need_two_are_read_from_the_framework(db: Database) -> None:
    """SR-80: a role that decides, signs, comments, records or has permissions needs two."""
    build.council(db)
    framework = db.read(post_permissions.framework)
    guarded = administrators.guarded(framework)
    assert framework is not None
    assert guarded >= {"chief_executive", "group_manager", "service_director", "clerk", "auditor",
                       "finance_commenter", "s151_officer", "clt_secretary", "administrator",
                       "monitoring_officer", "support_service"}  # fmt: skip
    assert not guarded & {"team_manager", "member"}
    assert administrators.auditing(framework) == {"auditor"}


# Two of them --------------------------------------------------------------------------------------


def test_a_proposal_gives_nobody_anything_until_another_has_agreed(
    db: Database, who: build.Cast
) -> None:
    """Fault X1, SR-80: proposed by Adam and agreed by Ada; the record and Vera's mail name both."""
    found = proposed(db, who)
    roles = db.read(lambda s: build.actor_of(s, who.tess).roles)
    assert "chief_executive" not in roles
    assert mails(db, who.vera) == []
    assert "Something waits for a second administrator" in mails(db, who.ada)
    assert mails(db, who.adam) == []
    assert does(db, who.ada, agreeing.agree, found).done
    assert "chief_executive" in db.read(lambda s: build.actor_of(s, who.tess).roles)
    last = events(db, "set_cover")[-1]
    assert (last["proposal"], last["proposed_by"]) == (found, who.adam)
    mail = db.read(lambda s: s.execute(RIGHTS, {"p": who.vera}).one())
    assert "Tess Team acts for you" in mail.body
    assert "Done by: Adam Admin" in mail.body
    assert "Agreed by: Ada Admin" in mail.body
    assert "tell the support service at once" in mail.body
    assert mails(db, who.tess) == ["You cover for somebody"]
    assert mails(db, who.adam)[-1] == "What you proposed was agreed"
    assert db.read(verify.check).broken == ()


def test_nobody_agrees_to_their_own_proposal_nor_to_what_is_for_them(
    db: Database, who: build.Cast
) -> None:
    """Fault X1, SR-80: not the proposer, not whom it is for, not who covers for either of them."""
    found = proposed(db, who, cover="abe")
    for by, why in (("adam", "proposed this"), ("abe", "is for you")):
        with pytest.raises(Blocked, match=why):
            does(db, who.ids[by], agreeing.agree, found)
    # Adam lets Rita cover at his own post: she acts for him and is no second administrator.
    does(
        db,
        who.adam,
        accounts.set_cover,
        post(db, "administrator"),
        who.rita,
        clock.today(),
        days(9),
    )
    with pytest.raises(Blocked, match="somebody you act for proposed this"):
        does(db, who.rita, agreeing.agree, found)
    with pytest.raises(NotPermitted):
        does(db, who.sue, agreeing.agree, found)
    assert does(db, who.ada, agreeing.agree, found).done


def test_who_covers_for_the_first_does_not_make_two(db: Database, first: build.Cast) -> None:
    """SR-80: Rita at Adam's post acts alone like him; they are not each other's second."""
    does(
        db, first.adam, accounts.set_cover, post(db, "administrator"), first.rita, clock.today(),
        days(9),
    )  # fmt: skip
    administering.signs_in(db, first.rita)
    does(
        db, first.rita, accounts.set_cover, post(db, "chief-executive"), first.tess, clock.today(),
        days(7),
    )  # fmt: skip
    assert events(db, "set_cover")[-1]["alone"] is True


@pytest.mark.parametrize(
    ("changed", "by"),
    [
        (
            "status = 'agreed', settled_at = now(), settled_by_id = proposed_by_id",
            "agreed_by_anoth",
        ),
        ("status = 'agreed', settled_by_id = person_id", "settled"),
        ("status = 'done', settled_at = now()", "status"),
        ("kind = 'rename'", "kind"),
    ],
)
def test_the_database_refuses_a_proposal_that_cannot_be(
    db: Database, who: build.Cast, changed: str, by: str
) -> None:
    """SR-80: one person is never proposer and second, and a proposal is settled or waits."""
    proposed(db, who)
    with pytest.raises(Rejected, match=by):
        db.run(lambda s: s.execute(text(f"UPDATE rights_proposal SET {changed}")))


def test_the_database_lets_the_same_wait_once(db: Database, who: build.Cast) -> None:
    proposed(db, who)
    twice = text(
        "INSERT INTO rights_proposal (kind, person_id, post_id, during, reason, knows_four_eyes, "
        "proposed_by_id, proposed_at, status, why) SELECT kind, person_id, post_id, during, '', "
        "false, proposed_by_id, now(), 'waiting', '' FROM rights_proposal"
    )
    with pytest.raises(Rejected, match="rights_proposal_once"):
        db.run(lambda s: s.execute(twice))


def test_a_second_click_a_refusal_and_a_proposal_taken_back_are_said_kindly(
    db: Database, who: build.Cast
) -> None:
    found = proposed(db, who)
    with pytest.raises(Blocked, match="proposed already"):
        proposed(db, who, by="abe")
    with pytest.raises(Blocked, match="Take it back instead"):
        does(db, who.adam, agreeing.refuse, found, "No")
    with pytest.raises(Blocked, match="Only who proposed this"):
        does(db, who.ada, agreeing.withdraw, found)
    with pytest.raises(Blocked, match="a reason is needed"):
        does(db, who.ada, agreeing.refuse, found, "  ")
    does(db, who.ada, agreeing.refuse, found, "Hana should do it")
    with pytest.raises(Blocked, match="refused already"):
        does(db, who.abe, agreeing.agree, found)
    assert mails(db, who.adam)[-1] == "What you proposed was refused"
    other = proposed(db, who)
    does(db, who.adam, agreeing.withdraw, other)
    with pytest.raises(Blocked, match="taken back"):
        does(db, who.ada, agreeing.agree, other)
    assert db.read(lambda s: s.scalar(text("SELECT count(*) FROM cover"))) == 0


def test_what_can_no_longer_be_done_is_closed_with_the_reason(
    db: Database, who: build.Cast
) -> None:
    """SR-80: facts that changed since are told, and nothing is done."""
    found = proposed(db, who)
    does(db, who.abe, accounts.deactivate, who.tess)
    answer = does(db, who.ada, agreeing.agree, found)
    assert not answer.done
    assert "Tess Team is not active" in answer.why
    assert mails(db, who.adam)[-1] == "What you proposed can no longer be done"
    bodies = text("SELECT body FROM outbox WHERE person_id = :p ORDER BY id DESC")
    assert "It was not done:" in str(db.read(lambda s: s.scalar(bodies, {"p": who.adam})))
    again = proposed(db, who, cover="rita")
    does(db, who.abe, accounts.end_appointment, held(db, who.adam))
    assert "no longer looks after people" in does(db, who.ada, agreeing.agree, again).why
    assert db.read(lambda s: s.scalar(text("SELECT count(*) FROM cover"))) == 0
    assert db.read(verify.check).broken == ()


def test_eight_clicks_of_two_administrators_agree_once(db: Database, who: build.Cast) -> None:
    """SR-80: of Ada and Abe at the same instant one agrees, and the others are told so."""
    found = proposed(db, who)

    def work(session: Session, number: int) -> str:
        by = who.ada if number % 2 else who.abe
        return str(agreeing.agree(session, person_of(session, by, lock=True), found).done)

    answers = race(db.url, work)
    assert sorted(set(answers)) == ["Blocked", "done"]
    assert answers.count("done") == 1
    assert len(events(db, "set_cover")) == 1


def test_a_role_is_changed_by_two(db: Database, who: build.Cast) -> None:
    """SR-80, SR-16: Tess becomes auditor once Ada agrees; until then she stays what she is."""
    made = does(db, who.adam, accounts.change_role, held(db, who.tess), post(db, "auditor"))
    assert db.read(lambda s: build.actor_of(s, who.tess).roles) == {"team_manager"}
    does(db, who.ada, agreeing.agree, made.id)
    assert db.read(lambda s: build.actor_of(s, who.tess).roles) == {"auditor"}
    assert mails(db, who.tess)[-1] == "Your post was changed"


def test_the_record_says_in_words_that_the_first_acted_alone(
    db: Database, first: build.Cast
) -> None:
    """SR-80: "set cover, alone, for want of a second administrator"; with two it says nothing."""
    args = (post(db, "chief-executive"), first.tess, clock.today(), days(7))
    does(db, first.adam, accounts.set_cover, *args)

    def last(session: Session) -> str:
        return history.entries(session, council_subject.subject_of(session))[-1].sentence

    assert "alone, for want of a second administrator" in db.run(last)
    does(db, first.ray, accounts.set_cover, post(db, "director-homes"), first.dirk, *args[2:])
    assert "alone" not in db.run(last)
