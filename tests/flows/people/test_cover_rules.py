"""Cover that cannot be: by whom, for whom and until when cover is refused (P2)."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.errors import Blocked
from tests import administering, build
from tests.flows.people.test_administrators import days, does, held, mails, post
from workflows.people import accounts


@pytest.fixture
def first(db: Database) -> build.Cast:
    """Smallshire where only Adam has ever signed in."""
    return administering.set_up(db, ("adam",), ())


def test_cover_is_not_given_to_who_cannot_be_there(db: Database, first: build.Cast) -> None:
    """Fault P2: not to who leaves before it ends, nor to who is away then, nor for who covers."""
    at = post(db, "manager-housing")
    does(db, first.adam, accounts.end_appointment, held(db, first.tess), days(5))
    with pytest.raises(Blocked, match="Tess Team has no post after"):
        does(db, first.mo, accounts.set_cover, at, first.tess, clock.today(), days(7))
    does(db, first.mo, accounts.set_cover, at, first.tess, clock.today(), days(5))
    by_mo = (post(db, "director-homes"), first.mo, days(2), days(9))
    with pytest.raises(Blocked, match="Mo Manager is away at that time: Tess Team covers until"):
        does(db, first.ray, accounts.set_cover, *by_mo)
    by_rita = (post(db, "manager-parks"), first.rita, days(9), days(12))
    does(db, first.pat, accounts.set_cover, *by_rita)
    for_rita = (post(db, "director-green"), first.dirk, days(10), days(11))
    with pytest.raises(Blocked, match="Rita Director covers for Pat Parks at that time"):
        does(db, first.rita, accounts.set_cover, *for_rita)


def test_cover_is_not_given_across_members_and_officers_nor_to_the_auditor(
    db: Database,
) -> None:
    """Fault P2: councillors cover for councillors, officers for officers, auditors not."""
    who = build.council(db)
    span = (clock.today(), days(7))
    with pytest.raises(Blocked, match="Chas Chair is a councillor"):
        does(db, who.mo, accounts.set_cover, post(db, "manager-housing"), who.chas, *span)
    with pytest.raises(Blocked, match="Mo Manager is not a councillor"):
        does(db, who.chas, accounts.set_cover, post(db, "chair-policy"), who.mo, *span)
    with pytest.raises(Blocked, match="Aud Itor checks the record"):
        does(db, who.mo, accounts.set_cover, post(db, "manager-housing"), who.aud, *span)
    does(db, who.chas, accounts.set_cover, post(db, "chair-policy"), who.mem, *span)


def test_cover_by_who_loses_their_last_post_ends_with_it(db: Database, first: build.Cast) -> None:
    """Fault P2: Tess covers for Mo for a fortnight; her post ends in a week, and so does that."""
    cover = does(
        db, first.mo, accounts.set_cover, post(db, "manager-housing"), first.tess, clock.today(),
        days(14),
    )  # fmt: skip
    does(db, first.adam, accounts.end_appointment, held(db, first.tess), days(7))
    ends = text("SELECT upper(during) FROM cover WHERE id = :id")
    assert db.read(lambda s: s.scalar(ends, {"id": cover.id})) == days(7)
    assert mails(db, first.mo)[-1] == "The cover at your post ends"


def test_deactivation_asks_about_tomorrow_too(db: Database, first: build.Cast) -> None:
    """Fault P2: Hana takes over the support service tomorrow, so she cannot be closed today."""
    hana = (first.hana, post(db, "support"), days(1))

    def hand_over(session: Session) -> None:
        adam = build.actor(session, first.adam)
        session.execute(
            text(
                "UPDATE appointment SET during = daterange(lower(during), :d) WHERE person_id = :p"
            ),
            {"d": days(1), "p": first.sue},
        )
        accounts.hold_post(session, adam, *hana)

    db.run(hand_over)
    with pytest.raises(Blocked, match="Nobody would be left in the support service"):
        does(db, first.adam, accounts.deactivate, first.hana)
