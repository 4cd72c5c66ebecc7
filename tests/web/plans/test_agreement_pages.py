"""Help asked of any service, an agreement recorded, a committee asked again: on their pages."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cycle.db import Database
from cycle.errors import Blocked
from tests import build
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, HOUSING, STP, on
from tests.flows.meetings.test_standstill import tasks_of, withdrawn
from tests.flows.plans.test_agreements import meeting
from tests.web.browsing import Browser, prefilled
from workflows.plans import plans, reading_text

Signed = Callable[[str], Browser]
AGREED = f"/plans/{STP}/record_agreed"


@pytest.fixture
def who(db: Database, tmp_path: Path) -> build.Cast:
    """Smallshire with two service committees; the Strategic Plan is with the leadership team."""
    found = co.council(db, tmp_path)
    with on(AUTUMN):
        build.act(db, STP, "start", None)
        build.fill(db, STP, found.hana)
        build.act(db, STP, "issue_outcomes", found.hana)
        build.act(db, STP, "submit", found.hana)
        build.act(db, STP, "pass_on", found.vera, co.OVERRIDE)
    return found


def test_sec_chooses_the_meeting_at_which_the_team_agreed(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """Fault R6: without a meeting or a day nothing is recorded, and nothing typed is lost."""
    held = meeting(db, AUTUMN)
    with on(AUTUMN):
        assert "The group has not met since the plan came to it." in signed("sec").get(AGREED).text
    with on(AUTUMN + timedelta(days=7)):
        sec = signed("sec")
        refused = sec.send(AGREED, reason="All content.")
        assert refused.status_code == 422
        assert "Choose the meeting at which the Corporate Leadership Team agreed" in refused.text
        assert "All content." in refused.text
        assert sec.send(AGREED, meeting=str(held), reason="All content.").status_code == 303
        page = sec.get(f"/plans/{STP}").text
        words = "At the meeting of Corporate Leadership Team on 7 September 2027. All content."
        assert words in page
        assert "Corporate Leadership Team, recorded by Sec Retary. Version 1, " in page
        assert "(clt)" not in page
        assert "(reviewer). Version 1, " in page
        assert ".." not in page[page.index("Sign-offs") :]
        assert words.removesuffix(" All content.") in sec.get(f"/plans/{STP}/history").text
        assert words in sec.get(f"/plans/{STP}/print").text


def test_the_form_says_what_an_agreement_by_e_mail_needs(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """Fault R6: no list without meetings, and the note says when it is needed."""
    with on(AUTUMN):
        before = signed("sec").get(AGREED).text
        assert "Meeting at which they agreed" not in before
    meeting(db, AUTUMN)
    with on(AUTUMN + timedelta(days=7)):
        sec = signed("sec")
        page = sec.get(AGREED).text
        assert "Choose a meeting" in page
        assert "No meeting: by e-mail" not in page
        assert "Day of their e-mail, if they agreed without a meeting" in page
        assert "A note (needed if they agreed by e-mail: why there was no meeting)" in page
        assert "A note (optional)" not in page
        sent = {"by_mail_on_day": 7, "by_mail_on_month": 9, "by_mail_on_year": 2027}
        assert sec.send(AGREED, **sent, reason="It fell out").status_code == 303
        page = sec.get(f"/plans/{STP}").text
        assert "By e-mail on 7 September 2027. It fell out.</li>" in page


def test_mo_finds_pat_of_parks_and_asks_her(db: Database, who: build.Cast, signed: Signed) -> None:
    """Fault R11: everybody who can be asked stands under their department, or is found."""
    with on(AUTUMN):
        build.act(db, HOUSING, "start", None)
        mo = signed("mo")
        page = mo.get(f"/plans/{HOUSING}/ask").text
        assert page.index('optgroup label="Place"') < page.index(
            'optgroup label="The whole council"'
        )
        assert "Pat Parks" in page
        found = mo.get(f"/plans/{HOUSING}/ask?find=pat").text
        assert "Pat Parks" in found
        assert "Fred" not in found
        assert "matches “nobody”" in mo.get(f"/plans/{HOUSING}/ask?find=nobody").text
        pat = db.read(lambda s: build.actor_of(s, who.pat).posts_held[0].queue_id)
        asked = mo.send(f"/plans/{HOUSING}/ask", section="purpose", queue=str(pat), note="Please.")
        assert asked.status_code == 303
        assert signed("pat").get(f"/plans/{HOUSING}/sections/purpose").status_code == 200


def test_finding_whom_to_ask_keeps_what_was_typed(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """The list is narrowed; section, words and day stay, and nobody is asked by that."""
    with on(AUTUMN):
        build.act(db, HOUSING, "start", None)
        mo, path = signed("mo"), f"/plans/{HOUSING}/ask"
        typed = {"section": "purpose", "note": "Two sentences, please.", "due_on_day": 9}
        found = mo.send(path, **typed, find="pat", finding="y")
        assert found.status_code == 200
        assert "The list below shows those that match “pat”" in found.text
        none = "Nobody who can be asked matches"
        assert none not in found.text
        assert none in mo.send(path, **typed, find="zzz", finding="y").text
        assert "Pat Parks" in found.text
        assert "Fred" not in found.text
        assert "Two sentences, please." in found.text
        kept = prefilled(found.text, path)
        assert (kept["due_on-day"], kept["find"]) == ("9", "pat")
        assert '<option value="purpose" selected' in found.text
        pat = db.read(lambda s: build.actor_of(s, who.pat).posts_held[0].queue_id)
        sent = kept | {"section": "purpose", "queue": str(pat), "due_on-day": ""}
        assert mo.post(path, sent).status_code == 303


def test_nobody_is_asked_for_what_comes_from_another_plan(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """A section that is inherited can be written by nobody, so that it is offered to nobody."""
    with on(AUTUMN):
        build.act(db, HOUSING, "start", None)
        page = signed("mo").get(f"/plans/{HOUSING}/ask").text
        sections = db.read(lambda s: reading_text.kit(build.plan(s, HOUSING))[2].sections)
        inherited = [each for each in sections if each.inherit]
        assert inherited
        for each in sections:
            assert (f'<option value="{each.key}"' in page) == (each not in inherited), each.key
        queue = db.read(lambda s: build.actor_of(s, who.pat).posts_held[0].queue_id)
        with pytest.raises(Blocked, match="comes from another plan, so nobody writes it here"):
            db.run(
                lambda s: plans.ask(
                    s,
                    build.actor(s, who.mo),
                    build.plan(s, HOUSING).id,
                    inherited[0].key,
                    queue,
                    "Please.",
                )
            )


def test_sue_asks_a_committee_again_on_the_plans_page(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """Fault R10: the way out is on the page of the plan that waits for nobody."""
    with on(AUTUMN):
        build.act(db, STP, "record_agreed", who.sec)
        build.act(db, STP, "pass_check", who.sue, co.checked(db, STP))
        sue, again = signed("sue"), f"/plans/{STP}/ask-a-committee"
        assert again not in sue.get(f"/plans/{STP}").text
        assert "to be written again" not in sue.get(f"/plans/{STP}").text
        withdrawn(db, who, "STP-2028-PEOPLE")
        assert again in sue.get(f"/plans/{STP}").text
        assert again not in signed("mo").get(f"/plans/{STP}").text
        assert signed("mo").get(again).status_code == 403
        page = sue.get(f"/plans/{STP}").text
        assert "A report is to be written again for: People Committee." in page
        assert "No committee is asked about this plan" not in page
        assert "People Committee: waits for a new report" in page
        assert ">Place Committee</a>: asked now" in page
        asking = sue.get(again).text
        already = "has its report already, so there is nothing to ask for."
        assert already not in asking
        assert "A report is to be written again for: People Committee." in asking
        late = signed("sue")
        late.get(again)
        sent, too_late = (prefilled(each.page, again) for each in (sue, late))
        assert sue.post(again, sent).status_code == 303
        assert tasks_of(db, who.sue) == []
        done = sue.get(again).text
        assert already in done
        assert 'type="submit">' not in done.split("<main")[1]
        refused = late.post(again, too_late)
        assert refused.status_code == 409
        assert "Someone has changed this since you opened it" in refused.text
