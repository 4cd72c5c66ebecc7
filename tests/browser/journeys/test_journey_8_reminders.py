"""Journey 8: Mo is reminded by mail, once a day, and the mail's link leads to his work."""

import re
from datetime import date

import pytest

from tests.browser.conftest import Visits
from tests.browser.town import Town
from tests.flows.posting import mail_in


def letters(town: Town, to: str) -> list[str]:
    """The mails that went to somebody: subject and text."""
    return [
        f"{each['Subject']}\n{each.get_body(('plain',)).get_content()}"  # type: ignore[union-attr]
        for each in mail_in(town.data_dir)
        if to in str(each["To"])
    ]


@pytest.mark.begins("housing_drafting")
def test_mo_is_reminded_before_the_day_and_when_it_is_late(visits: Visits, town: Town) -> None:
    for letter in (town.data_dir / "mail").glob("*.eml"):
        letter.unlink()
    town.it_is(date(2027, 9, 23), 8)
    for _round in range(3):
        town.sweep()
    first = [each for each in letters(town, "mo@") if "Write the proposals" in each]
    assert len(first) == 1, "one mail a day, however often the sweep runs"
    assert "30 September 2027" in first[0]

    link = re.search(rf"All your tasks: {re.escape(town.url)}(/\S+)", first[0])
    assert link is not None
    mo = visits("mo").opens(link[1])
    mo.sees("Write the proposals", "5 days in hand")

    town.it_is(date(2027, 10, 1), 8)
    town.sweep()
    late = [each for each in letters(town, "mo@") if "Write the proposals" in each]
    assert len(late) == 2
    mo.signs_in().opens("/").sees("1 working day late")
    sue = (
        visits("sue").opens("/tasks").follows("Chase list").sees("Mo Manager", "1 working day late")
    )
    sue.opens("/board?late=y").sees("1 working day late")
    assert letters(town, "pat@") == [] or "Housing" not in letters(town, "pat@")[-1]
