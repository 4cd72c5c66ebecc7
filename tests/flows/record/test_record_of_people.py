"""What the record says of acts on people and posts: who got what, by the names of today.

Adam and Ada look after people; Tess leads a team, Connie is chief executive.
"""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle.db import Database
from cycle.models import Cover, Event
from notifications import dispatch
from notifications.channels.file import FileChannel
from tests import administering, build
from tests.flows.council.test_units import unit
from tests.flows.people.test_administrators import days, does, held, post
from tests.flows.posting import mail_in
from webui.record import pages as audit_pages
from workflows.core import council_subject
from workflows.council import reorganisation
from workflows.people import accounts, agreeing
from workflows.record import history


@pytest.fixture
def who(db: Database) -> build.Cast:
    """Smallshire where Adam and Ada have signed in; the auditor's post is vacant."""
    return administering.set_up(db, ("adam", "ada"), ())


def last(db: Database, back: int = 1) -> history.Entry:
    """One of the last events of the council, as the record tells it."""

    def work(session: Session) -> history.Entry:
        return history.entries(session, council_subject.subject_of(session))[-back]

    return db.run(work)


def test_the_record_says_who_got_which_post_and_who_proposed_it(
    db: Database, who: build.Cast
) -> None:
    """SR-80: both administrators, the person and the post's title stand in the sentence."""
    made = does(db, who.adam, accounts.hold_post, who.tess, post(db, "auditor"))
    assert "Adam Admin" in last(db).sentence
    assert "proposed to a second administrator: the post “Internal auditor” for Tess Team" in (
        last(db).sentence
    )
    does(db, who.ada, agreeing.agree, made.id)
    sentence = last(db).sentence
    assert "gave Tess Team the post “Internal auditor”, as Adam Admin had proposed" in sentence
    assert dict(audit_pages.pairs(last(db).shown))["Person"] == "Tess Team"
    assert "Made room" not in dict(audit_pages.pairs(last(db).shown))
    does(db, who.adam, accounts.end_appointment, held(db, who.tess))
    assert "ended the time of Tess Team in the post “" in last(db).sentence


def test_the_record_says_who_covers_for_whom_and_what_was_refused(
    db: Database, who: build.Cast
) -> None:
    """SR-80: cover begun, ended, proposed, refused and taken back names both people."""
    until = days(7)
    does(db, who.ray, accounts.set_cover, post(db, "director-homes"), who.dirk, days(0), until)
    assert "set cover: Dirk" in last(db).sentence
    assert "for Ray Director in the post “Director of Homes”" in last(db).sentence
    assert "proposed" not in last(db).sentence
    number = db.read(lambda s: s.scalar(select(Cover.id)))
    does(db, who.ray, accounts.end_cover, number)
    assert "ended cover: Dirk" in last(db).sentence
    chief = post(db, "chief-executive")
    made = does(db, who.adam, accounts.set_cover, chief, who.tess, days(0), until)
    does(db, who.adam, agreeing.withdraw, made.id)
    assert "took back a proposal: cover, Tess Team for " in last(db).sentence
    assert "proposed by" not in last(db).sentence
    made = does(db, who.adam, accounts.set_cover, chief, who.tess, days(0), until)
    does(db, who.ada, agreeing.refuse, made.id, "Hana should do it")
    assert "refused a proposal: cover, Tess Team for " in last(db).sentence
    assert ", proposed by Adam Admin" in last(db).sentence


def test_a_name_that_was_erased_is_not_told_and_none_is_sealed(
    db: Database, who: build.Cast
) -> None:
    """SR-80: names are looked up when shown; what is sealed has numbers only."""
    does(db, who.adam, accounts.deactivate, who.tess)
    assert last(db).sentence.endswith("closed the account of Tess Team.")
    does(db, who.adam, accounts.erase, who.tess, "She asked for it")
    assert "closed the account of someone whose name has been erased" in last(db, 2).sentence
    sealed: list[Any] = db.read(lambda s: list(s.scalars(select(Event.payload))))
    assert not [each for each in sealed if "Tess Team" in each]


def test_what_somebody_loads_at_the_terminal_is_not_told_of_the_calendar(
    db: Database, who: build.Cast
) -> None:
    """A load is nobody's calendar; what people do keeps their own names."""

    def loads(session: Session) -> list[str]:
        found = history.entries(session, council_subject.subject_of(session))
        return [each.sentence for each in found if each.action == "load_council"]

    assert db.run(loads)[0].startswith(
        "Whoever runs the service, at the terminal, loaded the council's files"
    )
    does(db, who.adam, accounts.end_sessions, who.adam)
    assert "terminal" not in last(db).sentence


def test_units_are_told_by_name(db: Database, who: build.Cast) -> None:
    """“merged Parks into Housing”, not the name of a verb."""
    parks, housing = unit(db, "parks"), unit(db, "housing")
    made = does(
        db, who.adam, reorganisation.add_unit, "repairs", "Repairs", "team", housing, days(0)
    )
    assert last(db).sentence.endswith("added the unit Repairs.")
    does(db, who.adam, reorganisation.drop_unit, made.id, days(0), "Not needed")
    assert last(db).sentence.endswith("closed the unit Repairs.")
    does(db, who.adam, reorganisation.merge_units, parks, housing, days(0), "One service")
    assert "merged Parks into Housing" in last(db).sentence
    assert "did “" not in last(db).sentence


def test_the_mail_leads_to_the_proposal_and_goes_only_to_who_can_agree(
    db: Database, who: build.Cast, tmp_path: Path
) -> None:
    """SR-80: Tess covers for Adam, who proposes; she cannot agree and is not asked to. Ada is."""
    does(db, who.adam, accounts.set_cover, post(db, "administrator"), who.tess, days(0), days(7))
    chief = post(db, "chief-executive")
    made = does(db, who.adam, accounts.set_cover, chief, who.rita, days(0), days(7))
    channel = FileChannel(tmp_path / "mail", "p@smallshire.example")
    dispatch.drain(db, channel, base_url="https://plans.smallshire.example")
    asked = [each for each in mail_in(tmp_path) if "waits for a second" in each["Subject"]]
    assert {each["To"].split()[0] for each in asked} == {"Ada", "Abe"}
    link = f"https://plans.smallshire.example/people/proposals/{made.id}"
    assert link in asked[0].get_content().replace("=\n", "")
