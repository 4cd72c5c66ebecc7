"""The pages of the rules of days: Monty changes one, everybody sees it, Sue may not."""

import pytest
from sqlalchemy import text

from cycle import clock
from cycle.errors import BadInput
from tests import build
from workflows.calendar import day_rules

PAGE = "/meetings/rules"


@pytest.fixture
def year(db, who):
    with clock.set_to(build.SPRING):
        build.cycle(db, who)
        yield


def test_monty_changes_a_rule_and_everybody_sees_it(signed, year):
    monty = signed("monty")
    assert "No rule has been changed" in monty.get(PAGE).text
    empty = monty.send(f"{PAGE}/final_report", count="", source="")
    follow = "Open tasks of reports follow at once, and those who have them are told."
    assert follow in empty.text
    assert empty.status_code == 422
    for words in ("Enter the number of days.", "Enter the first day.", "Say why the rule"):
        assert words in empty.text
    given = {"count": "8", "unit": "working", "source": "Part 4 of the constitution", "reason": "R"}
    day = {"first_day": "1", "first_month": "9", "first_year": "2027"}
    early = monty.send(f"{PAGE}/final_report", **given, **(day | {"first_year": "2020"}))
    assert early.status_code == 422
    assert "Give a day after today." in early.text
    assert "Part 4 of the constitution" in early.text
    reply = monty.send(f"{PAGE}/final_report", **given, **day)
    assert (reply.status_code, reply.location) == (303, PAGE)
    page = signed("mo").get(PAGE).text
    for words in ("Part 4 of the constitution", "Eight working days", "Monitoring Officer"):
        assert words in page
    assert f"{PAGE}/final_report" not in page
    assert f'href="{PAGE}"' in signed("mo").get("/meetings").text
    assert signed("sue").get(f"{PAGE}/final_report").status_code == 403
    assert monty.get(f"{PAGE}/solstice").status_code == 404


def test_open_tasks_follow_a_changed_rule_at_once_and_who_has_them_is_told(own_smallshire):
    """Fault P7: what the page of the rule says before is so after."""
    town, monty = own_smallshire, own_smallshire.browser("monty")
    due = text("SELECT id, due_on FROM task WHERE subject_id = :item AND closed_at IS NULL")
    mailed = text("SELECT count(*) FROM outbox WHERE kind = 'papers'")
    asked = {"item": town.places["waiting"]}
    before = dict(town.db.read(lambda s: s.execute(due, asked).all()))
    sent = town.db.read(lambda s: s.scalar(mailed))
    follow = "Open tasks of reports follow at once, and those who have them are told."
    assert follow in monty.get(f"{PAGE}/final_report").text
    given = {"count": "9", "unit": "working", "source": "Part 4", "reason": "R"}
    day = {"first_day": "21", "first_month": "10", "first_year": "2027"}
    assert monty.send(f"{PAGE}/final_report", **given, **day).status_code == 303
    after = dict(town.db.read(lambda s: s.execute(due, asked).all()))
    assert after.keys() == before.keys()
    assert after != before
    assert town.db.read(lambda s: s.scalar(mailed)) > sent


def test_before_a_framework_is_published_there_is_no_rule_to_change(db):
    none = "No framework has been published yet."
    with pytest.raises(BadInput, match=none):
        db.read(lambda s: day_rules._framework(s))
    build.council(db)
    assert db.read(lambda s: day_rules._framework(s)).day_rules
