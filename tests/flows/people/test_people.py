"""People, posts and cover: who leaves, who takes over, and no task that reaches nobody."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from config.dates import long_date
from cycle import clock, vacancies
from cycle.db import Database
from cycle.errors import BadInput, Blocked, NotPermitted, Rejected
from cycle.models import Appointment, Attribution, Cover, Event, Person, Post, Task
from tests import build
from workflows.people import accounts, sessions
from workflows.record.verify import verify

HOUSING = "SVP-2028-HOUSING"
UNREACHED = text(
    vacancies.REACHES + "SELECT task.id FROM task WHERE closed_at IS NULL "
    "AND queue_id NOT IN (SELECT origin FROM reaches)"
)


@pytest.fixture
def who(db: Database) -> build.Cast:
    """Smallshire, in the spring of Year 1."""
    return build.council(db)


@pytest.fixture
def drafting(db: Database, who: build.Cast) -> build.Cast:
    """Smallshire with the housing proposals with Mo."""
    build.cycle(db, who)
    build.issue_outcomes(db, who)
    build.act(db, HOUSING, "start", None)
    return who


def does(db: Database, who: int, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """One verb as this person."""
    return db.run(lambda s: verb(s, build.actor(s, who), *args, **kwargs))


def post(db: Database, key: str) -> int:
    """The number of a post."""
    return int(db.read(lambda s: s.scalar(select(Post.id).where(Post.key == key))) or 0)


def appointment(db: Database, person: int) -> int:
    """The number of a person's appointment."""
    return int(
        db.read(lambda s: s.scalar(select(Appointment.id).where(Appointment.person_id == person)))
        or 0
    )


def unreached(db: Database) -> list[int]:
    """Open tasks that nobody can see today."""
    return db.read(lambda s: list(s.scalars(UNREACHED, {"today": clock.today()})))


def sound(db: Database) -> bool:
    """Whether the whole record verifies."""
    assert db.read(verify.check).broken == ()
    return True


def days(number: int) -> date:
    """So many days from today."""
    return clock.today() + timedelta(days=number)


# Leaving ------------------------------------------------------------------------------------------


def test_a_leavers_tasks_stay_with_the_post_and_reach_the_line(
    db: Database, drafting: build.Cast
) -> None:
    """Mo leaves; the housing proposals are then with his director Ray."""
    does(db, drafting.adam, accounts.deactivate, drafting.mo, "Left the council")
    assert unreached(db) == []
    queue = db.read(
        lambda s: s.scalars(select(Task.queue_id).where(Task.kind == "draft_proposals")).first()
    )
    assert queue in db.read(
        lambda s: vacancies.fallen_to(s, build.actor_of(s, drafting.ray).queue_ids)
    )
    with pytest.raises(NotPermitted, match="no longer active"):
        db.read(lambda s: build.actor_of(s, drafting.mo))
    assert sound(db)


def test_when_the_whole_line_is_away_the_support_service_has_the_task(
    db: Database, drafting: build.Cast
) -> None:
    for each in (drafting.mo, drafting.ray, drafting.dirk, drafting.vera):
        does(db, drafting.adam, accounts.deactivate, each)
    assert unreached(db) == []
    queues = db.read(lambda s: vacancies.fallen_to(s, build.actor_of(s, drafting.sue).queue_ids))
    task = db.read(lambda s: s.scalars(select(Task).where(Task.kind == "draft_proposals")).first())
    assert task is not None
    assert task.queue_id in queues


def test_the_last_of_the_support_service_cannot_leave(db: Database, who: build.Cast) -> None:
    with pytest.raises(Blocked, match="Nobody would be left in the support service"):
        does(db, who.adam, accounts.deactivate, who.sue)
    with pytest.raises(Blocked, match="Nobody would be left in the support service"):
        does(db, who.adam, accounts.end_appointment, appointment(db, who.sue))
    with pytest.raises(Blocked, match="Nobody would be left in the support service"):
        does(db, who.adam, accounts.end_appointment, appointment(db, who.sue), days(30))
    assert db.read(lambda s: s.get_one(Person, who.sue).active)


def test_a_task_that_a_leaver_had_taken_goes_back_to_the_queue(
    db: Database, drafting: build.Cast
) -> None:
    claim = text("UPDATE task SET claimed_by_id = :mo, claimed_at = now() WHERE closed_at IS NULL")
    db.run(lambda s: s.execute(claim, {"mo": drafting.mo}))
    does(db, drafting.adam, accounts.deactivate, drafting.mo)
    left = select(Task.id).where(Task.claimed_by_id == drafting.mo, Task.closed_at.is_(None))
    assert db.read(lambda s: s.scalars(left).all()) == []


def test_a_task_taken_under_cover_goes_back_when_the_cover_ends(
    db: Database, drafting: build.Cast
) -> None:
    args = (post(db, "manager-housing"), drafting.tess, clock.today(), days(14))
    cover = does(db, drafting.mo, accounts.set_cover, *args)
    claim = text(
        "UPDATE task SET claimed_by_id = :tess, claimed_at = now() WHERE closed_at IS NULL "
        "AND queue_id = (SELECT queue_id FROM post WHERE key = 'manager-housing')"
    )
    db.run(lambda s: s.execute(claim, {"tess": drafting.tess}))
    taken = select(Task.id).where(Task.claimed_by_id == drafting.tess)
    assert db.read(lambda s: s.scalars(taken).all()) != []
    does(db, drafting.mo, accounts.end_cover, cover.id)
    assert db.read(lambda s: s.scalars(taken).all()) == []


def test_nobody_but_an_administrator_manages_people(db: Database, who: build.Cast) -> None:
    for verb, args in (
        (accounts.add_person, ("Zoe New", "zoe@smallshire.example")),
        (accounts.invite, (who.mo, "https://x/")),
        (accounts.deactivate, (who.ray,)),
        (accounts.hold_post, (who.pat, post(db, "manager-housing"))),
        (accounts.end_appointment, (appointment(db, who.mo),)),
        (accounts.erase, (who.ray, "Asked for it")),
    ):
        with pytest.raises(NotPermitted):
            does(db, who.pat, verb, *args)


# Posts --------------------------------------------------------------------------------------------


def test_two_people_cannot_hold_one_post_at_once(db: Database, who: build.Cast) -> None:
    with pytest.raises(Blocked, match="holds this post. End that first"):
        does(db, who.adam, accounts.hold_post, who.pat, post(db, "manager-housing"))


def test_the_database_refuses_a_second_holder_by_itself(db: Database, who: build.Cast) -> None:
    double = Appointment(
        post_id=post(db, "manager-housing"), person_id=who.pat, during=Range(days(10), days(20))
    )
    with pytest.raises(Rejected, match="one_holder"):
        db.run(lambda s: s.add(double))


def test_a_post_whose_holder_has_left_can_be_filled(db: Database, who: build.Cast) -> None:
    does(db, who.adam, accounts.deactivate, who.mo)
    does(db, who.adam, accounts.hold_post, who.tess, post(db, "manager-housing"))
    titles = [d.post_title for d in db.read(lambda s: build.actor_of(s, who.tess)).posts_held]
    assert len(titles) == 2
    assert sound(db)


def test_nobody_gives_themselves_a_post(db: Database, who: build.Cast) -> None:
    with pytest.raises(Blocked, match="Somebody else has to give you a post"):
        does(db, who.adam, accounts.hold_post, who.adam, post(db, "manager-housing"))


def test_a_change_of_role_takes_effect_at_once(db: Database, who: build.Cast) -> None:
    """Tess stops being team manager and is signed out; the new post is hers the same moment."""
    token = db.run(lambda s: sessions.begin(s, s.get_one(Person, who.tess), "Firefox"))
    does(db, who.adam, accounts.end_appointment, appointment(db, who.mo))
    does(db, who.adam, accounts.change_role, appointment(db, who.tess), post(db, "manager-housing"))
    actor = db.read(lambda s: build.actor_of(s, who.tess))
    assert actor.roles == {"group_manager"}
    assert build.signed_in(db, token) is None
    assert sound(db)


# Cover --------------------------------------------------------------------------------------------


def test_cover_acts_for_the_holder_and_the_record_says_so(
    db: Database, drafting: build.Cast
) -> None:
    """Tess covers for Mo; what she does is on the record as Tess for Mo."""
    does(
        db, drafting.mo, accounts.set_cover, post(db, "manager-housing"), drafting.tess,
        clock.today(), days(14), "Annual leave",
    )  # fmt: skip
    build.fill(db, HOUSING, drafting.tess)
    build.act(db, HOUSING, "submit", drafting.tess)
    words = db.read(
        lambda s: s.scalars(
            select(Attribution.words)
            .join(Event, Event.id == Attribution.event_id)
            .where(Event.action == "submit")
        ).one()
    )
    assert '"for":"Mo' in str(words)
    assert sound(db)


def test_cover_ends_and_the_post_is_the_holders_again(db: Database, who: build.Cast) -> None:
    args = (post(db, "manager-housing"), who.tess, clock.today(), days(14))
    cover = does(db, who.mo, accounts.set_cover, *args)
    assert len(db.read(lambda s: build.actor_of(s, who.tess)).posts_held) == 2
    does(db, who.mo, accounts.end_cover, cover.id)
    assert len(db.read(lambda s: build.actor_of(s, who.tess)).posts_held) == 1


def test_cover_that_cannot_be_is_refused_with_a_reason(db: Database, who: build.Cast) -> None:
    at = post(db, "manager-housing")
    with pytest.raises(Blocked, match="Choose somebody else as cover"):
        does(db, who.adam, accounts.set_cover, at, who.mo, clock.today(), days(3))
    with pytest.raises(Blocked, match="The last day is before the first one"):
        does(db, who.adam, accounts.set_cover, at, who.tess, days(3), days(3))
    does(db, who.adam, accounts.set_cover, at, who.tess, days(3), days(10))
    with pytest.raises(Blocked, match="covers this post at that time"):
        does(db, who.adam, accounts.set_cover, at, who.ray, days(5), days(6))
    with pytest.raises(NotPermitted):
        does(db, who.pat, accounts.set_cover, at, who.pat, days(20), days(30))
    assert db.read(lambda s: len(s.scalars(select(Cover)).all())) == 1


def test_cover_that_would_break_four_eyes_is_told_first(db: Database, drafting: build.Cast) -> None:
    """Mo wrote the housing proposals, so he should not have the post that passes them on."""
    build.fill(db, HOUSING, drafting.mo)
    args = (post(db, "director-homes"), drafting.mo, clock.today(), days(7))
    with pytest.raises(Blocked, match=HOUSING):
        does(db, drafting.ray, accounts.set_cover, *args)
    mos = (post(db, "manager-housing"), drafting.ray, clock.today(), days(7))
    with pytest.raises(Blocked, match=HOUSING):
        does(db, drafting.mo, accounts.set_cover, *mos)
    does(db, drafting.ray, accounts.set_cover, *args, knows_four_eyes=True)
    build.act(db, HOUSING, "submit", drafting.mo)
    with pytest.raises(Blocked):
        build.act(db, HOUSING, "pass_on", drafting.mo, build.ALL_THE_SAME)


def test_what_stands_in_the_way_of_cover_names_no_plan_that_the_reader_may_not_know_of(
    db: Database, drafting: build.Cast
) -> None:
    """INV-51: Adam, who runs accounts, sets the cover; Ray, whose line it is, is told."""
    build.fill(db, HOUSING, drafting.mo)
    db.run(lambda s: s.execute(text("UPDATE subject SET exempt = true WHERE ref = :ref"),
                               {"ref": HOUSING}))  # fmt: skip
    args = (post(db, "director-homes"), drafting.mo, clock.today(), days(7))
    with pytest.raises(Blocked) as raised:
        does(db, drafting.adam, accounts.set_cover, *args)
    assert HOUSING not in str(raised.value)
    assert "could then not pass on a plan that is not open to you" in str(raised.value)
    with pytest.raises(Blocked, match=HOUSING):
        does(db, drafting.ray, accounts.set_cover, *args)


# Erasure and accounts -----------------------------------------------------------------------------


def test_erasing_a_person_leaves_the_record_verifying(db: Database, drafting: build.Cast) -> None:
    build.fill(db, HOUSING, drafting.mo)
    build.act(db, HOUSING, "submit", drafting.mo)
    before = db.read(lambda s: s.execute(select(Event.id, Event.payload, Event.hash)).all())
    does(db, drafting.adam, accounts.deactivate, drafting.mo)
    does(db, drafting.adam, accounts.erase, drafting.mo, "Asked for it six years after leaving")

    def look(session: Session) -> None:
        person = session.get_one(Person, drafting.mo)
        assert person.salt is None
        assert person.password_hash is None
        assert "mo" not in (person.name.lower().split(), person.email, person.key)
        words = session.scalars(
            select(Attribution.words).where(Attribution.person_id == drafting.mo)
        ).all()
        assert words
        assert set(words) == {None}
        after = session.execute(select(Event.id, Event.payload, Event.hash)).all()
        assert after[: len(before)] == before

    db.read(look)
    assert sound(db)
    with pytest.raises(Blocked, match="its name was removed"):
        does(db, drafting.adam, accounts.reactivate, drafting.mo)


def test_a_person_who_works_here_is_not_erased(db: Database, who: build.Cast) -> None:
    with pytest.raises(Blocked, match="Deactivate the account first"):
        does(db, who.adam, accounts.erase, who.mo, "By mistake")


def test_two_accounts_never_share_an_address(db: Database, who: build.Cast) -> None:
    taken = db.read(lambda s: s.get_one(Person, who.mo).email)
    with pytest.raises(Blocked, match="Somebody signs in with this address already"):
        does(db, who.adam, accounts.add_person, "Moses Other", taken.upper())
    with pytest.raises(BadInput, match="cannot be seen"):
        does(db, who.adam, accounts.add_person, "Mo\u202eses", "moses@smallshire.example")
    with pytest.raises(BadInput, match="Give one e-mail address"):
        does(db, who.adam, accounts.add_person, "Moses", "mоses@smallshire.example")
    made = does(db, who.adam, accounts.add_person, "Mo Manager", "moses@smallshire.example")
    assert made.id
    assert sound(db)


def test_who_holds_a_post_until_when_is_told_by_the_last_day(db: Database, who: build.Cast) -> None:
    """The last day is one on which it holds; the day after can be another's first."""
    housing = post(db, "manager-housing")
    does(db, who.adam, accounts.end_appointment, appointment(db, who.mo), days(10))
    last, first = long_date(days(9)), long_date(days(10))
    words = f"until {last}. Choose {first} or later as the first day"
    with pytest.raises(Blocked, match=words):
        does(db, who.adam, accounts.hold_post, who.pat, housing)
    does(db, who.adam, accounts.hold_post, who.pat, housing, days(10))
    does(db, who.adam, accounts.end_appointment, appointment(db, who.mo), days(5))
    words = f"from {first}. Choose a last day up to {last}"
    with pytest.raises(Blocked, match=words):
        does(db, who.adam, accounts.hold_post, who.tess, housing, days(6))
