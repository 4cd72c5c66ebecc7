"""Journey 7: Adam looks after people, posts and cover; no task is left without a holder."""

import re

import pytest
from sqlalchemy import text

from tests import build
from tests.browser.conftest import Visits
from tests.browser.states import HOUSING
from tests.browser.town import PASSWORD, Town

PLAN = f"/plans/{HOUSING}"
LAST_MAIL = text("SELECT body FROM outbox WHERE kind = 'account' ORDER BY id DESC LIMIT 1")


@pytest.mark.begins("housing_drafting")
def test_adam_invites_olga_who_chooses_her_password_once(visits: Visits, town: Town) -> None:
    adam = visits("adam").opens("/people").follows("Add a person")
    adam.types("Full name", "Olga New").types("E-mail", "olga@smallshire.example")
    adam.presses("Add and invite").sees("Olga New", "the invitation is on its way")
    assert "/set-password/" not in adam.text()
    mail = str(town.run(lambda s: s.scalar(LAST_MAIL)))
    link = re.search(r"/set-password/[\w-]+", mail)
    assert link is not None

    olga = visits("olga", signed=False).opens(link[0]).sees("For Olga New.")
    olga.types("New password", "password1234").presses("Set this password", 422)
    olga.types("New password", PASSWORD).presses("Set this password")
    olga.types("E-mail", "olga@smallshire.example").types("Password", PASSWORD)
    olga.presses("Sign in").sees("No task is waiting for you")
    visits("thief", signed=False).opens(link[0], 404).sees("does not work any more")

    adam.opens("/people?q=Olga").follows("Olga New").follows("Give a post")
    adam.chooses("Post", "Group manager, Parks").presses("Give this post", 422)
    adam.sees("There is a problem")


@pytest.mark.begins("housing_written")
def test_tess_covers_for_mo_and_the_record_says_so(visits: Visits) -> None:
    mo = visits("mo").opens("/").follows("Mo Manager").sees("Your account")
    mo.follows("Your posts and cover").follows("Set cover").chooses("Who covers", "Tess Team")
    mo.dates("First day", 9, 6, 2027).dates("Last day", 30, 6, 2027).types("Why", "Leave")
    mo.presses("Set cover").sees("is covered by Tess Team", "30 June 2027")

    tess = visits("tess").opens("/").sees("Write the proposals", "Mo Manager")
    tess.follows("Go to it").follows("Submit for review").presses("Submit for review")
    tess.opens(f"{PLAN}/history").sees("Tess Team for Mo Manager")


@pytest.mark.begins("housing_drafting")
def test_when_mo_leaves_he_is_out_at_once_and_his_task_goes_up_to_ray(visits: Visits) -> None:
    mo = visits("mo").opens("/").sees("Write the proposals")
    adam = visits("adam").opens("/people").follows("Mo Manager").follows("Deactivate")
    adam.types("A note", "Left on Friday.").presses("Deactivate").sees("can no longer sign in")
    mo.opens("/tasks").sees("Sign in")
    ray = visits("ray").opens("/").sees("Write the proposals")
    ray.opens(PLAN).sees("Submit for review")
    adam.opens("/people").sees("Vacant")


@pytest.mark.begins("housing_drafting")
def test_a_post_that_ends_takes_its_rights_along(visits: Visits) -> None:
    mo = visits("mo").opens(PLAN).sees("Still to do")
    adam = visits("adam").opens("/people").follows("Mo Manager").follows("End")
    adam.presses("End it").sees("ends as you said")
    mo.opens(PLAN).sees("Sign in").signs_in()
    mo.opens(PLAN, 404)


@pytest.mark.begins("housing_drafting")
def test_adam_proposes_cover_for_vera_and_ada_agrees(visits: Visits, town: Town) -> None:
    """SR-80: what gives rights waits for a second administrator, who sees what would follow."""
    visits("adam").opens("/people").sees("you decide alone")
    town.run(build.more_administrators)
    town.who = build.cast(town.db)
    ada = visits("ada").opens("/people").sees("A second administrator has to agree")
    adam = visits("adam").opens("/people").follows("Vera Chief").follows("Set cover")
    adam.chooses("Who covers", "Tess Team").types("Why", "Vera is ill")
    adam.dates("First day", 9, 6, 2027).dates("Last day", 30, 6, 2027)
    adam.presses("Set cover").sees("This is proposed", "Take it back")
    ada.opens("/people").sees("Waiting for a second administrator").follows("Tess Team would cover")
    ada.sees("What would follow", "Reads the text of every plan", "Vera is ill")
    ada.presses("Agree").sees("It is agreed and done", "Agreed by")
    adam.opens("/people").follows("Vera Chief").sees("is covered by Tess Team")
    adam.opens("/people").follows("Tess Team").follows("Deactivate").sees("This cover needs a look")
