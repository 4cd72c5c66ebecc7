"""Whether there is a second administrator: what of the first and the second is kept for good."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from config.council_loading import load_council
from cycle import clock
from cycle.db import Database
from cycle.errors import Blocked
from cycle.models import Cover, Person, Post, RightsProposal
from tests import administering, build
from tests.flows.people.test_administrators import days, does, events, held, mails, post
from workflows.core import council_subject
from workflows.council import loading
from workflows.people import (
    accounts,
    administrators,
    agreeing,
    reading_proposals,
    sessions,
)
from workflows.people.access_log import Place
from workflows.people.administrators import Status
from workflows.plans import plans
from workflows.record import history
from workflows.record.verify import verify


@pytest.fixture
def two(db: Database) -> build.Cast:
    """Smallshire with Adam and Ada, who have signed in; Abe's account is closed."""
    return administering.set_up(db, ("adam", "ada"), ("abe",))


def covers(db: Database, who: build.Cast, by: int, cover: int, key: str, until: int = 7) -> Any:
    """Somebody sets cover from today on, and what comes of it."""
    return does(db, by, accounts.set_cover, post(db, key), cover, clock.today(), days(until))


def stands(db: Database) -> Status:
    """How many administrators there are."""
    return db.read(administrators.status)


# Cover --------------------------------------------------------------------------------------------


def test_covering_for_the_second_administrator_lets_nobody_decide_alone(
    db: Database, two: build.Cast
) -> None:
    """Fault X1, SR-80: Ada goes on leave and names Adam; what he wants waits for her all the same,
    and his page says so."""
    assert isinstance(covers(db, two, two.ada, two.adam, "administrator-ada"), Cover)
    made = covers(db, two, two.adam, two.connie, "chief-executive")
    assert isinstance(made, RightsProposal)
    appointed = does(db, two.adam, accounts.hold_post, two.pat, post(db, "administrator-abe"))
    assert isinstance(appointed, RightsProposal), "she is there: nobody is appointed alone"
    assert not any("alone" in each for each in events(db, "set_cover"))
    note = db.read(lambda s: reading_proposals.note(s, build.actor_of(s, two.adam)))
    assert "A second administrator has to agree" in note
    assert "You act for Ada Admin, and that does not make two of you" in note
    with pytest.raises(Blocked, match="Another administrator has to agree"):
        does(db, two.adam, agreeing.agree, made.id)
    assert "Something waits for a second administrator" in mails(db, two.ada)
    assert does(db, two.ada, agreeing.agree, made.id).done


def test_who_covers_for_all_of_them_has_still_to_wait(db: Database, two: build.Cast) -> None:
    """Fault X1, SR-80: Rita acts for Adam and for Ada; that makes neither of them gone."""
    covers(db, two, two.adam, two.rita, "administrator")
    covers(db, two, two.ada, two.rita, "administrator-ada")
    made = covers(db, two, two.rita, two.connie, "chief-executive")
    assert isinstance(made, RightsProposal)
    assert isinstance(
        does(db, two.rita, accounts.hold_post, two.pat, post(db, "administrator-abe")),
        RightsProposal,
    )


# What is kept for good ----------------------------------------------------------------------------


def newcomer(db: Database, who: build.Cast) -> None:
    """Only Adam has ever signed in; he makes Pat, who uses her account, an administrator today."""
    administering.signs_in(db, who.pat)
    does(db, who.adam, accounts.deactivate, who.abe)
    does(db, who.adam, accounts.hold_post, who.pat, post(db, "administrator-abe"), clock.today())


@pytest.fixture
def first(db: Database) -> build.Cast:
    """Smallshire where only Adam has ever signed in."""
    return administering.set_up(db, ("adam",), ())


@pytest.mark.parametrize("way", ["end", "change", "erase", "load"])
def test_a_post_that_ends_on_its_first_day_keeps_counting(
    db: Database, first: build.Cast, tmp_path: Path, way: str
) -> None:
    """Fault X1, SR-80: Pat was an administrator for an hour; Adam is never again the only one who
    ever was. Whether her post is ended or changed, her name removed or the files loaded again."""
    assert stands(db) is Status.ALONE
    newcomer(db, first)
    assert stands(db) is Status.SEVERAL
    at = db.read(appointment_at, first.pat, "administrator-abe")
    if way == "end":
        does(db, first.adam, accounts.end_appointment, at)
    elif way == "change":
        does(db, first.adam, accounts.change_role, at, post(db, "member-place"))
    elif way == "erase":
        does(db, first.adam, accounts.deactivate, first.pat)
        does(db, first.adam, accounts.erase, first.pat, "She asked")
    else:
        loads_again(db, tmp_path)
    rows = text("SELECT count(*) FROM appointment WHERE id = :id")
    assert db.read(lambda s: s.scalar(rows, {"id": at})) == 0, "the row is gone"
    assert stands(db) is Status.LEFT
    made = covers(db, first, first.adam, first.connie, "chief-executive")
    assert isinstance(made, RightsProposal)


def test_a_post_that_never_began_does_not_count(db: Database, first: build.Cast) -> None:
    """SR-80: Pat would be an administrator from next week; that is taken back, and nothing was."""
    administering.signs_in(db, first.pat)
    does(db, first.adam, accounts.deactivate, first.abe)
    at = post(db, "administrator-abe")
    made = does(db, first.adam, accounts.hold_post, first.pat, at, days(7))
    does(db, first.adam, accounts.end_appointment, made.id)
    assert stands(db) is Status.ALONE


def appointment_at(session: Any, person: int, key: str) -> int:
    """The number of a person's appointment of one post."""
    found = text(
        "SELECT appointment.id FROM appointment JOIN post ON post.id = post_id "
        "WHERE person_id = :p AND key = :k"
    )
    return int(session.scalar(found, {"p": person, "k": key}))


def loads_again(db: Database, folder: Path) -> None:
    """Load the files of Smallshire, in which Pat is no administrator."""
    loaded = load_council(build.HERE / "data" / "smallshire.toml")
    db.run(loading.load, None, loaded, build.framework_data())


# Accounts that open again -------------------------------------------------------------------------


def test_an_account_with_such_a_post_is_opened_again_by_two(db: Database, two: build.Cast) -> None:
    """Fault X1, SR-80: Vera is the chief executive still; closed and opened by Adam, she waits for
    Ada. Both names stand on the record and in Vera's mail."""
    does(db, two.adam, accounts.deactivate, two.vera)
    made = does(db, two.adam, accounts.reactivate, two.vera)
    assert isinstance(made, RightsProposal)
    assert not is_active(db, two.vera)
    assert "opening the account of Vera Chief again" in db.run(last_sentence)
    with pytest.raises(Blocked, match="proposed already"):
        does(db, two.adam, accounts.reactivate, two.vera)
    with pytest.raises(Blocked, match="Another administrator has to agree"):
        does(db, two.adam, agreeing.agree, made.id)
    answer = does(db, two.ada, agreeing.agree, made.id)
    assert answer.opened == two.vera
    assert is_active(db, two.vera)
    assert events(db, "reactivate")[-1]["proposed_by"] == two.adam
    assert "opened the account of Vera Chief again, as Adam Admin had proposed" in db.run(
        last_sentence
    )
    assert mails(db, two.vera)[-1] == "Your account is open again"
    assert db.read(verify.check).broken == ()


def test_an_account_opened_by_hand_meanwhile_closes_the_proposal(
    db: Database, two: build.Cast
) -> None:
    """SR-80: her post was ended, so Adam opened the account by himself: nothing is left to do."""
    does(db, two.adam, accounts.deactivate, two.tess)
    does(db, two.adam, accounts.hold_post, two.rita, post(db, "member-place"))
    covers(db, two, two.mo, two.rita, "manager-housing")
    does(db, two.adam, accounts.deactivate, two.rita)
    made = does(db, two.adam, accounts.reactivate, two.rita)
    assert isinstance(made, RightsProposal), "she covers for Mo still, and directs"
    for row in db.read(lambda s: s.scalars(HELD_BY, {"p": two.rita}).all()):
        does(db, two.adam, accounts.end_appointment, row)
    does(db, two.adam, accounts.reactivate, two.rita)
    assert is_active(db, two.rita)
    answer = does(db, two.ada, agreeing.agree, made.id)
    assert not answer.done
    assert "it is active" in answer.why


def test_one_opens_an_account_that_has_nothing_of_this_kind(db: Database, two: build.Cast) -> None:
    """SR-15: Tess leads a team; she is back at once, whoever opens her account."""
    does(db, two.adam, accounts.deactivate, two.tess)
    does(db, two.adam, accounts.reactivate, two.tess)
    assert is_active(db, two.tess)


def test_who_is_left_opens_an_administrators_account_alone_and_no_other(
    db: Database, two: build.Cast
) -> None:
    """SR-80: Ada is closed as well; Adam, left alone, opens her account or Abe's, not Vera's."""
    for person in (two.ada, two.vera):
        does(db, two.adam, accounts.deactivate, person)
    assert isinstance(does(db, two.adam, accounts.reactivate, two.vera), RightsProposal)
    does(db, two.adam, accounts.reactivate, two.ada)
    assert is_active(db, two.ada)
    assert events(db, "reactivate")[-1]["alone"] is True


@pytest.mark.parametrize("way", ["by hand", "by files"])
def test_the_password_of_before_never_works_again(
    db: Database, two: build.Cast, tmp_path: Path, way: str
) -> None:
    """Fault X1, SR-80: who knew the password of a closed account knows nothing when it opens."""
    token = db.run(accounts.print_link, "tess@smallshire.example")
    db.run(accounts.set_password, token, PASSWORD)
    assert enters(db)
    does(db, two.adam, accounts.deactivate, two.tess)
    assert not enters(db)
    if way == "by hand":
        does(db, two.adam, accounts.reactivate, two.tess)
    else:
        loads_again(db, tmp_path)
    assert is_active(db, two.tess)
    assert not enters(db)
    assert "password of before works no more" in db.read(lambda s: s.scalar(LAST, {"p": two.tess}))
    assert db.run(lambda s: accounts.invite(s, build.actor(s, two.adam), two.tess, "")) == "invite"


PASSWORD = "seven grey buckets below"
LAST = text("SELECT body FROM outbox WHERE kind = 'rights' AND person_id = :p ORDER BY id DESC")
HELD_BY = text("SELECT id FROM appointment WHERE person_id = :p AND upper_inf(during) ORDER BY id")


def enters(db: Database) -> bool:
    """Whether Tess signs in with the password of before."""
    place = Place("198.51.100.7", "/sign-in")
    return bool(sessions.sign_in(db, "tess@smallshire.example", PASSWORD, place, "Firefox/1").token)


def is_active(db: Database, person: int) -> bool:
    """Whether somebody can sign in."""
    return db.read(lambda s: bool(s.get_one(Person, person).active))


# Queues that were asked ---------------------------------------------------------------------------

HOUSING = "SVP-2028-HOUSING"


@pytest.fixture
def writing(db: Database) -> build.Cast:
    """Housing writes its plan; Adam and Ada are there, Abe's account is closed."""
    return _writing(db)


@build.once
def _writing(db: Database) -> None:
    build.issue_outcomes(db, build.year_one(db))
    build.act(db, HOUSING, "start", None)
    db.run(build.more_administrators)
    who = build.cast(db)
    administering.signs_in(db, who.adam, who.ids["ada"])
    does(db, who.adam, accounts.deactivate, who.ids["abe"])


def test_a_post_that_was_asked_for_a_part_of_a_plan_is_given_by_two(
    db: Database, writing: build.Cast
) -> None:
    """Fault X1, SR-80: whoever serves a queue that was asked reads the plan, writes and comments.
    The lettings team's post is covered by one hand; once it was asked, by two, and given by two."""
    who, at = writing, post(db, "manager-lettings")
    covered = covers(db, who, who.adam, who.rita, "manager-lettings", 1)
    assert isinstance(covered, Cover)

    db.run(ask, who.mo, at)
    again = does(db, who.adam, accounts.set_cover, at, who.connie, days(2), days(9))
    assert isinstance(again, RightsProposal)
    does(db, who.adam, accounts.end_appointment, held(db, who.tess))
    made = does(db, who.adam, accounts.hold_post, who.rita, at)
    assert isinstance(made, RightsProposal)
    page = db.read(lambda s: reading_proposals.proposal(s, build.actor_of(s, who.ada), made.id))
    assert any("for which this post was asked" in each for each in page.follows)


def test_an_account_whose_post_was_asked_is_opened_again_by_two(
    db: Database, writing: build.Cast
) -> None:
    """Fault X1, SR-80: Tess of the lettings team was asked, and reads that plan again."""
    who = writing
    db.run(ask, who.mo, post(db, "manager-lettings"))
    does(db, who.adam, accounts.deactivate, who.tess)
    assert isinstance(does(db, who.adam, accounts.reactivate, who.tess), RightsProposal)


def ask(session: Session, by: int, post_id: int) -> None:
    """Ask the queue of a post for a section of the Housing plan."""
    queue_id, plan = session.get_one(Post, post_id).queue_id, build.plan(session, HOUSING)
    plans.ask(session, build.actor(session, by), plan.id, "purpose", queue_id, "Please")


# Appointed by one alone ---------------------------------------------------------------------------


def test_what_two_agree_of_whom_one_appointed_the_other_alone_says_so(
    db: Database, two: build.Cast
) -> None:
    """Fault X1, SR-80: Adam closes Ada's account and makes Pat an administrator alone. Whoever
    checks the record is told at once, and what the two then agree is marked on the record."""
    does(db, two.adam, accounts.deactivate, two.ada)
    does(db, two.adam, accounts.hold_post, two.pat, post(db, "administrator-abe"))
    assert "Somebody was made an administrator by one person alone" in mails(db, two.monty)
    bodies = text("SELECT body FROM outbox WHERE person_id = :p ORDER BY id DESC")
    words = " ".join(str(db.read(lambda s: s.scalar(bodies, {"p": two.monty}))).split())
    assert "You are told because you check the record: ask them whether it is right." in words
    administering.signs_in(db, two.pat)
    made = covers(db, two, two.adam, two.connie, "monitoring-officer")
    assert isinstance(made, RightsProposal)
    asked_of_pat = db.read(warning, two.pat, made.id)
    assert "Of Adam Admin and Pat Parks one appointed the other an administrator alone" in (
        asked_of_pat
    )
    assert does(db, two.pat, agreeing.agree, made.id).done
    assert events(db, "set_cover")[-1]["appointed_alone"] is True
    assert "of whom one had appointed the other alone" in db.run(last_sentence)
    assert db.read(warning, two.adam, made.id) == asked_of_pat
    other = covers(db, two, two.pat, two.connie, "chief-executive")
    assert does(db, two.adam, agreeing.agree, other.id).done
    assert events(db, "set_cover")[-1]["appointed_alone"] is True, "either way round"
    third = does(db, two.adam, accounts.hold_post, two.rita, post(db, "administrator-ada"))
    does(db, two.pat, agreeing.agree, third.id)
    administering.signs_in(db, two.rita)
    last = covers(db, two, two.adam, two.connie, "group-secretary")
    assert does(db, two.rita, agreeing.agree, last.id).done
    assert events(db, "set_cover")[-1]["appointed_alone"] is True, "whom the two appointed, too"
    assert db.read(verify.check).broken == ()


def test_what_others_agree_says_nothing_of_it(db: Database, two: build.Cast) -> None:
    """SR-80: Adam and Ada came with the council's files; nobody appointed anybody alone."""
    made = covers(db, two, two.adam, two.connie, "chief-executive")
    assert db.read(warning, two.ada, made.id) == ""
    assert does(db, two.ada, agreeing.agree, made.id).done
    assert "appointed_alone" not in events(db, "set_cover")[-1]
    assert "alone" not in db.run(last_sentence)
    assert mails(db, two.monty) == []


def warning(session: Session, reader: int, proposal: int) -> str:
    """What the proposal's page says of who appointed whom."""
    return reading_proposals.proposal(session, build.actor_of(session, reader), proposal).warning


def last_sentence(session: Session) -> str:
    """The council's last act, as the record's pages say it."""
    return history.entries(session, council_subject.subject_of(session))[-1].sentence
