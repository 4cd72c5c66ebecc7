"""Journey 10: a committee meets on another day. Cy records it, Sue sees what breaks and proposes,
Vera approves, everyone is told once, and the timetable is issued again."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from tests.browser.conftest import Visits
from tests.browser.town import Town

_GROUP = text(
    "SELECT meeting.id, meeting.on_date FROM step JOIN meeting ON meeting.id = step.meeting_id "
    "WHERE step.rule = :rule LIMIT 1"
)
_PROFILE = text(
    "SELECT due_on, latest_on FROM step WHERE key = 'service_profile_draft:SPR-2028-HOUSING'"
)
_NOTIFIED = text("SELECT person_id FROM outbox WHERE kind = 'moved'")


def meeting(town: Town, rule: str) -> tuple[int, date]:
    """The meeting on which a step hangs, and its day."""
    row = town.db.read(lambda s: s.execute(_GROUP, {"rule": rule}).one())
    return row.id, row.on_date


@pytest.mark.begins("timetable_issued")
def test_a_meeting_moves_and_everybody_is_told_once(visits: Visits, town: Town) -> None:
    number, was = meeting(town, "strategic_plan_policy_committee")
    new = was + timedelta(days=7)
    day = (new.day, new.month, new.year)

    cy = visits("cy").opens(f"/meetings/{number}").follows("Move this meeting: what breaks?")
    cy.presses("Show what follows", 422).sees("Enter the day to try.")
    cy.dates("The day to try", *day).presses("Show what follows")
    cy.sees("dates move", "Date now", "New date")
    cy.follows("Record that the meeting has moved").dates("New day", *day)
    cy.types("Why it moved", "The hall is being repaired.").presses("Record the move")
    cy.sees("The move is recorded.")
    assert town.db.read(lambda s: s.scalars(_NOTIFIED).all()) == []

    sue = visits("sue").opens("/timetable").follows("Dates to move")
    sue.presses("Save as a proposal", 422).sees("Say why the dates are changed.")
    sue.types("Why the dates are changed", "Policy Committee meets a week later.")
    sue.presses("Save as a proposal").sees("The proposal is saved. Nothing has moved yet.")
    assert town.db.read(lambda s: s.scalars(_NOTIFIED).all()) == []

    vera = visits("vera").opens("/").follows("Approve the new dates")
    vera.sees("Policy Committee meets a week later.").follows("Approve these dates")
    vera.presses("Approve these dates").sees("Approved")

    sue.opens("/").follows("Apply the new dates").follows("Apply these dates")
    sue.presses("Apply these dates").sees("moved. People are told.", "Applied")
    notified = town.db.read(lambda s: s.scalars(_NOTIFIED).all())
    assert notified
    assert len(notified) == len(set(notified))

    vera.opens("/plans/TT-2028").follows("Issue it again with the dates of today")
    vera.types("Why", "Policy Committee moved.").presses("Issue it again with the dates of today")
    vera.opens("/timetable").follows("What has moved")
    vera.sees("Issue 1", "Issue 2", "Policy Committee moved.", "meets a week later.")


@pytest.mark.begins("timetable_issued")
def test_mo_asks_for_more_time_and_ray_grants_it(visits: Visits, town: Town) -> None:
    due, latest = town.db.read(lambda s: s.execute(_PROFILE).one())
    wanted = min(latest, due + timedelta(days=7 - due.weekday()))
    mo = visits("mo").opens("/plans/SPR-2028-HOUSING").follows("Ask for more time")
    mo.presses("Ask for more time", 422).sees("Enter the day until which you need.")
    mo.dates("The day until which you need", latest.day, latest.month, latest.year + 1)
    mo.types("Why you need more time", "Two of the team are ill.")
    mo.presses("Ask for more time", 422).sees("The last day is")
    mo.dates("The day until which you need", wanted.day, wanted.month, wanted.year)
    mo.presses("Ask for more time").sees("Your request is sent.", "in hand", "Two of the team")

    ray = visits("ray").opens("/").follows("Answer the request for more time")
    ray.sees("Two of the team are ill.").follows("Grant the later day")
    ray.presses("Grant the later day").sees("Done: 1 date moved.", "Granted")
    mo.opens("/plans/SPR-2028-HOUSING").sees(f"{wanted.day} {wanted:%B %Y}")


@pytest.mark.begins("timetable_issued")
def test_a_late_settlement_and_a_meeting_that_is_not_held_say_what_can_be_done(
    visits: Visits, town: Town
) -> None:
    """Faults S11, T5 and T9: from the list of outside days, and from the meeting."""
    sue = visits("sue").opens("/meetings/days").follows("An event on another day: what follows?")
    sue.presses("Show what follows", 422).sees("Enter the day to try.")
    sue.marks("Provisional settlement").marks("No, it is another one")
    sue.dates("The day to try", 7, 1, 2028).presses("Show what follows")
    sue.sees("No other date moves and nothing breaks.", "Working time left after it")
    sue.sees("Send the papers late", "Call a special meeting of Council", "What was looked at")
    number, on = meeting(town, "strategic_plan_council")
    cy = (
        visits("cy")
        .opens(f"/meetings/{number}/what-if")
        .follows("Try the year without this meeting")
    )
    cy.sees(
        "If it were not held", "This would break something", "Call a special meeting of Council"
    )
    new = on + timedelta(days=5)
    cy.dates("The day to try", new.day, new.month, new.year).presses("Show what follows")
    cy.sees("Nothing breaks", "What was looked at")
    mo = visits("mo").opens("/frameworks/published-timetables").follows("The words of timetables")
    mo.sees("report_after", "stands_for", "calendar_clear", "to_follow")
    mo.opens("/frameworks/published-timetables/maidstone-2018").sees("by rhythm", "Decides")


@pytest.mark.begins("timetable_issued")
def test_the_law_of_days_is_read_and_two_polls_stand_side_by_side(
    visits: Visits, town: Town
) -> None:
    """Faults D2, D3 and D7, from the first page."""
    monty = visits("monty").opens("/").follows("Meetings").follows("Deadline rules")
    monty.follows("the law of days").sees("The law of days in England", "Notice of election")
    monty.follows("Wales").sees("There is no such rule in Wales.", "Unconfirmed")

    sue = visits("sue").opens("/meetings/days").follows("Record the day of an event")
    sue.presses("Record the day of an event", 422).sees("Say whether it is one of these.")
    for kind, called, day in (
        ("Election", "Council elections", (4, 5, 2028)),
        ("By-election", "By-election in Ford ward", (13, 4, 2028)),
    ):
        sue.opens("/meetings/days/event").marks(kind)
        sue.marks("No, it is another one").dates("On which day", *day)
        sue.types("What it is called, such as the ward (leave empty for the usual name)", called)
        sue.types("How the day is known, such as a letter or a web page", "The notice.")
        sue.presses("Record the day of an event").sees("Recorded:")
    sue.sees("Council elections", "By-election in Ford ward", "Notice of election by")
    sue.follows("Take back: By-election in Ford ward, 13 April 2028")
    sue.types("Why it is taken back", "It was called off.").presses("Take it back")
    sue.sees("It is taken back.")

    _, on = meeting(town, "strategic_plan_policy_committee")
    sue.opens("/meetings/days/holiday").dates("On which day", on.day, on.month, on.year)
    sue.types("What the holiday is called", "Coronation day").marks("No: it is a bank holiday")
    sue.presses("Record a holiday").sees(
        "ask its clerk whether it moves.", "Meetings on these days"
    )
