"""Everybody may read the framework: plans, routes, roles, and how each one moves."""

import html
import re

import pytest
from markupsafe import escape
from sqlalchemy import select, text

from config import editions, framework_loader
from config.timetables.words import TABLES
from cycle import people
from cycle.models import Council
from cycle.record import canonical
from tests import build, old_record
from tests.flows.committees import on
from tests.web import browsing
from webui.council import published
from workflows.council import framework_publishing

BASE = "/frameworks/nottinghamshire-smf"


def test_the_published_editions_are_listed(signed):
    page = signed("mo").get("/frameworks").text
    assert "Strategic Management Framework, edition 1" in page


def test_routes_are_said_in_words(signed):
    page = signed("mo").get(BASE).text
    assert (
        "Each service committee considers, then Policy Committee recommends, then Council adopts"
        in page
    )
    assert "No committee: it ends with officers" in page


@pytest.mark.parametrize(
    "part", ["", "/roles", "/days", "/report", "/ways", "/plans/service_plan", "/ways/item"]
)
def test_every_part_is_open_and_names_its_edition(signed, part):
    reply = signed("mem").get(BASE + part)
    assert reply.status_code == 200
    assert "edition 1" in reply.text


def test_the_picture_begins_with_the_first_state_and_the_table_has_every_step(signed, app):
    page = signed("mo").get(BASE + "/ways/service_plan").text
    assert "<svg" in page
    assert "The table has every step." in page
    table = page.split("Where it can stand")[1]
    assert table.index("Not started") < table.index("Standards check") < table.index("In force")
    for step in ("Submit for review", "Pass on", "Withdraw", "Correct", "Be superseded"):
        assert step in page


def test_what_must_exist_first_is_told(signed):
    page = signed("mo").get(BASE + "/plans/delivery_plan").text
    assert "The draft outcomes of the Strategic Plan are not issued yet." in page
    assert "Nothing must exist first." not in page
    assert "Nothing must exist first." in signed("mo").get(BASE + "/plans/mtfs").text


@pytest.mark.parametrize(
    "path",
    [
        "/frameworks/nowhere",
        BASE + "?edition=2",
        BASE + "?edition=x",
        BASE + "/ways/none",
        BASE + "/plans/none",
    ],
)
def test_what_does_not_exist_is_not_found(signed, path):
    assert signed("mo").get(path).status_code == 404


@pytest.mark.parametrize("key", framework_loader.available())
def test_every_framework_that_comes_with_the_product_can_be_read_whole(signed, key):
    """Whether it is published here or not: plans, routes, bodies, days, report, each lifecycle."""
    mo, framework = signed("mo"), framework_loader.load(key)
    assert framework.title in mo.get("/frameworks").text
    parts = ["", "/roles", "/days", "/report", "/ways"]
    parts += [f"/plans/{each}" for each in framework.plan_types]
    parts += [f"/ways/{each.key}" for each in framework.lifecycles.values() if each.transitions]
    for part in parts:
        assert mo.get(f"/frameworks/{key}{part}").status_code == 200, part


@pytest.mark.parametrize("key", framework_loader.available())
def test_where_each_part_comes_from_stands_on_the_pages(signed, key):
    """Fault R8: a key that nothing reads promises what is not so; a source is there to be read."""
    mo, framework = signed("mo"), framework_loader.load(key)
    parts = ["", "/roles", "/days", "/report"]
    parts += [f"/plans/{each}" for each in framework.plan_types]
    pages = [html.unescape(mo.get(f"/frameworks/{key}{part}").text) for part in parts]
    held = {
        each
        for template in framework.templates.values()
        for section in template.sections
        for each in section.item_types
    }
    named = [
        *(each for each in framework.roles.values() if each.key != "system"),
        *framework.bodies.values(),
        *framework.plan_types.values(),
        *(each for template in framework.templates.values() for each in template.sections),
        *(framework.item_types[each] for each in held),
        *framework.years,
        *framework.settings.values(),
        *framework.day_rules.values(),
        *framework.limits.values(),
        *framework.report_fields.values(),
        *framework.comments.values(),
        *framework.reporting.values(),
    ]
    sources = {each.source for each in named if each.source}
    assert len(sources) > 20
    assert [each for each in sources if not any(each in page for page in pages)] == []


def test_cabinets_own_days_limits_and_consultees_are_told(signed):
    mo = signed("mo")
    days = mo.get("/frameworks/stockton-pmf/days").text
    assert "28 clear calendar days before the meeting" in days
    assert "Five working days after “Decisions published”" in days
    assert "Council meets again before 11 March" in days
    report = mo.get("/frameworks/bromsgrove-pms/report").text
    assert "Yes or no, and where or how, for each of: Portfolio holder, Chief Executive" in report
    assert "Each quarter, on each Corporate Plan" in report
    assert "not published here" in report
    assert ": comes with Plancycle, not published here" in report
    assert ": comes with Plancycle, not published here" not in mo.get(BASE).text


def test_the_page_of_days_says_what_this_council_chose(signed):
    """Fault R8: Smallshire bills council tax, whatever is usual; another framework says what is
    usual alone."""
    mo = signed("mo")
    days = " ".join(mo.get("/frameworks/nottinghamshire-smf/days").text.split())
    assert "In this council" in days
    row = days[days.index("The council bills council tax") :]
    assert re.findall(r">(Yes|No)<", row)[:2] == ["No", "Yes"]
    assert "In this council" not in mo.get("/frameworks/stockton-pmf/days").text
    assert "recorded by name" not in days


def test_the_headings_of_a_report_stand_in_the_order_of_the_file(signed):
    """Fault S4: of the published edition they stood in the alphabetical order of their keys."""
    page = signed("mo").get(BASE + "/report").text
    titles = [each["title"] for each in build.framework_data()["report_fields"].values()]
    places = [page.index(f">{escape(title)}<") for title in titles]
    assert places == sorted(places)
    assert titles != sorted(titles)


def test_an_edition_whose_order_was_never_kept_says_so(app, db, database):
    """Mem reads which lists are alphabetical, and of the others nothing that is not so."""
    old_record.restore(database)
    with on(old_record.LAST_DAY):
        mem = browsing.signed_in(app, db, build.cast(db).mem)
        before = "This edition was published before editions kept the order of their lists."
        assert "alphabetical" not in mem.get(BASE + "?edition=1").text
        assert before not in mem.page

        def publish_own(session):
            own = editions.contents(old_record.edition("nottinghamshire-smf"))
            own["report_fields"]["zz_own"] = {"title": "For members of the ward"}
            system = people.system(session)
            council = session.scalars(select(Council)).one()
            framework_publishing.publish(session, system, people.SYSTEM, council, own)

        with pytest.MonkeyPatch.context() as as_then:
            as_then.setattr(editions, "body", canonical.dumps)
            as_then.setattr(framework_publishing, "check", lambda _data: [])
            db.run(publish_own)
        page = mem.get(BASE + "?edition=3").text
        assert "stand in alphabetical order here" in page
        assert before in page
        assert page.count("alphabetical") == 1


def test_who_comments_in_person_is_said_of_those_and_of_no_other(signed):
    """INV-21: where a framework lets a deputy comment, nothing of the kind stands beside it."""
    personal = "In person, never for someone else"
    page = signed("mo").get(BASE + "/report").text
    lines = {
        each.key: each for each in framework_loader.load("nottinghamshire-smf").comments.values()
    }
    assert {each.own for each in lines.values()} == {True, False}
    for each in lines.values():
        (row,) = [
            part for part in page.split("<tr")[1:] if str(escape(each.title)) + "</th>" in part
        ]
        if each.own:
            assert personal in row
        else:
            assert personal not in row


def test_what_always_runs_has_no_steps_and_what_has_steps_is_no_such_thing(signed):
    page = signed("mo").get(BASE + "/ways").text
    for each in framework_loader.load("nottinghamshire-smf").lifecycles.values():
        title = escape(each.title)
        if each.transitions:
            assert f"{title}: always running; what changes in it stands on the record" not in page
        else:
            assert f"<li>{title}: always running; what changes in it stands on the record" in page


def test_published_timetables_come_out_as_they_were_published(signed):
    """What their pages say of every row is so: nothing disagrees, and where no meeting is published
    the day says that it comes by rhythm."""
    mo, rhythm = signed("mo"), "by rhythm: the meeting is not published"
    again = "Plancycle works each one out again from a pattern of steps and the council’s meetings"
    usual = "Where no meeting of a body is published, the body meets by its usual rhythm."
    every = "Yes, every row"
    assert again in mo.get("/frameworks/published-timetables").text
    seen = set()
    for key in published._keys():
        _timetable, found = published._one(key)
        page = mo.get(f"/frameworks/published-timetables/{key}").text
        assert usual in page
        assert every in page
        assert not found.disagreements
        by_rhythm = any(line.by_rhythm for line in found.lines)
        seen.add(by_rhythm)
        if by_rhythm:
            assert rhythm in page
        else:
            assert rhythm not in page
    assert seen == {True, False}


def test_the_words_of_timetables_are_all_on_their_page(signed):
    every = "every word that their files may say."
    page = signed("mo").get("/frameworks/published-timetables/words").text
    assert every in page
    every_word = [word for _title, _place, words in TABLES for word in words]
    assert [word for word in every_word if f"<code>{escape(word)}</code>" not in page] == []


def test_before_one_is_published_the_list_says_so(app, db):
    none = "No framework is published yet."
    new = text(
        "INSERT INTO person (key, name, initials, email, salt, active, epoch, is_system) "
        "VALUES ('eve', 'Eve Early', 'EE', 'eve@smallshire.example', 'aa', true, 0, false) "
        "RETURNING id"
    )
    eve = browsing.signed_in(app, db, db.run(lambda s: s.scalar(new)))
    assert none in eve.get("/frameworks").text
    app.extensions["db"].dispose()  # the council is a copy of a database, made in its place
    who = build.council(db)
    assert none not in browsing.signed_in(app, db, who.mo).get("/frameworks").text
