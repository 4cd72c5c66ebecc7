"""The flag on a late report names the law of the council's nation and of the kind of body."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle.db import Database
from cycle.errors import Blocked
from tests import build
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP, on
from workflows.meetings import resolutions
from workflows.meetings.outcomes import Resolved
from workflows.reports import agenda_items

PEOPLE = "STP-2028-PEOPLE"
LATE = "The report was not published in time before the meeting: "


@pytest.mark.parametrize(
    ("nation", "kind", "law"),
    [
        ("england", "committee", "five clear days, Local Government Act 1972 s.100B(3), (4)."),
        ("england", "cabinet", "(England) Regulations 2012 (SI 2012/2089) regs 6, 7."),
        ("wales", "committee", "three clear days, Local Government Act 1972 s.100BA(3)."),
        ("wales", "cabinet", "Regulations 2001 (SI 2001/2290) reg. 5 (unconfirmed)."),
        ("scotland", "committee", "three clear days, Local Government (Scotland) Act 1973 s.50B"),
        ("northern-ireland", "committee", "Local Government Act (Northern Ireland) 2014 ss.42(6)"),
    ],
)
def test_the_flag_on_a_late_report_names_the_right_law(
    db: Database, tmp_path: Path, nation: str, kind: str, law: str
) -> None:
    """Fault R12: it said s.100B and five clear days in Wales and for a cabinet too."""
    who = co.council(db, tmp_path)
    co.to_committees(db, who, STP)
    meeting = co.listed(db, who, PEOPLE, AUTUMN)
    db.run(_as_if, nation, kind)

    def record(session: Session) -> None:
        item = co.item(session, PEOPLE)
        numbered = agenda_items.recommendations(session, item)
        given = [Resolved(each.id, "considered") for each in numbered]
        resolutions.record_resolution(session, build.actor(session, who.cy), item.id, given)

    with on(meeting.on_date + timedelta(days=1)), pytest.raises(Blocked) as refused:
        db.run(record)
    flag = next(each for each in refused.value.reasons if each.startswith(LATE))
    assert law in flag


def _as_if(session: Session, nation: str, kind: str) -> None:
    session.execute(
        text(
            "UPDATE council_setting SET value = to_jsonb(CAST(:nation AS text)) "
            "WHERE key = 'nation'"
        ),
        {"nation": nation},
    )
    session.execute(
        text("UPDATE body SET kind = :kind WHERE key = 'people_committee'"), {"kind": kind}
    )
