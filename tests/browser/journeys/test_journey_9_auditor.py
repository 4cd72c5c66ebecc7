"""Journey 9: Aud checks the record: what the check says, the last checkpoint, a plan in full."""

import pytest
from sqlalchemy import text

from cycle.db import Database
from cycle.server.embedded import Servers
from tests import kit
from tests.browser.conftest import Visits
from tests.browser.states import HOUSING
from tests.browser.town import Town


@pytest.mark.begins("housing_submitted")
def test_aud_checks_the_record_seals_it_and_reads_a_plan_in_full(visits: Visits) -> None:
    aud = visits("aud").opens("/").follows("Check the record").sees("Last checkpoint None yet")
    aud.presses("Seal now").sees("Checkpoint 1", "Since then 0 events")
    aud.unfolds("Text of checkpoint 1")
    saved = aud.downloads("Save it as a file").path().read_text(encoding="utf-8")
    assert "root: " in saved

    aud.follows("Check everything now").sees("The record is whole").sees_not("Does not hold")
    aud.follows("Check the record").types("Reference or title", "housing").presses("Find")
    aud.follows(HOUSING).sees("Mo Manager", "in checkpoint 1")
    assert aud.page.locator(".app-record-hash").count() > 4


@pytest.mark.begins("housing_submitted")
def test_a_sentence_changed_in_the_database_is_found(
    visits: Visits, town: Town, servers: Servers
) -> None:
    owner = Database(servers.url(kit.OWNER, town.name))
    with owner.engine.begin() as intruder:
        intruder.execute(text("SET LOCAL session_replication_role = 'replica'"))
        intruder.execute(text("UPDATE event SET at = at - interval '1 day' WHERE seq = 2"))
    owner.dispose()
    visits("aud").opens("/audit/verify").sees("The record is not whole", "Does not hold")


@pytest.mark.begins("housing_submitted")
def test_mo_is_no_auditor(visits: Visits) -> None:
    visits("mo").opens("/audit", 403)


@pytest.mark.begins("housing_submitted")
def test_aud_sees_who_was_refused_and_monty_who_read_an_exempt_paper(
    visits: Visits, town: Town
) -> None:
    """Fault X10, SR-69: neither sees what is for the other alone."""
    exempt = text("UPDATE subject SET exempt = true WHERE ref = :ref")
    with town.db.engine.begin() as line:
        line.execute(exempt, {"ref": HOUSING})
    visits("mo").opens(f"/plans/{HOUSING}").opens("/audit", 403)
    monty = visits("monty").opens("/audit").follows("Who read exempt papers")
    monty.sees("Mo Manager", HOUSING, "/plans/…", "UTC")
    aud = visits("aud").opens("/audit").sees_not("Who read exempt papers")
    aud.follows("Access log").sees("Mo Manager", "Refused", "/audit").sees_not(HOUSING)
    aud.chooses("What", "Refused").presses("Find").sees("Not allowed").sees_not("Signed in at")
