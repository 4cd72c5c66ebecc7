"""The page of the law of days: whose it is, from where, and what is not known."""

import pytest
from sqlalchemy import text

from config import law
from cycle import clock
from tests import build

PAGE = "/meetings/rules/law"
RULES = "/meetings/rules"


@pytest.fixture
def year(db, who):
    with clock.set_to(build.SPRING):
        build.cycle(db, who)
        yield


def in_nation(db, nation: str) -> None:
    """The council is in another nation."""
    db.run(
        lambda s: s.execute(
            text(
                "UPDATE council_setting SET value = to_jsonb(CAST(:n AS text)) WHERE key='nation'"
            ),
            {"n": nation},
        )
    )


def test_everybody_reads_the_law_of_the_councils_nation_with_its_sources(signed, year):
    """Fault D2: a rule says for which nation it is."""
    page = signed("mo").get(PAGE).text
    assert "The law of days in England" in page
    assert "These rules that count here" not in page
    for words in ("These are the rules that count here.", "SI 2012/2089", "Five clear days before",
                  "28 clear calendar days before", "Notice of election", "Annual meeting",
                  "within 21 days of retirement", "Call-in ends"):  # fmt: skip
        assert words in page, words
    assert f'href="{PAGE}"' in signed("mo").get(RULES).text


@pytest.mark.parametrize(
    ("nation", "found", "absent"),
    [
        ("wales", ("There is no such rule in Wales.", "Unconfirmed", "s.100BA(3)"), "SI 2012/2089"),
        ("scotland", ("There is no such rule in Scotland.", "s.50B(3)", "Easter Monday"), "s.9F"),
        (
            "northern-ireland",
            ("No rule known in Northern Ireland.", "Five calendar days before", "In June"),
            "SI 2012/2089",
        ),
    ],
)
def test_another_nation_says_its_own_and_that_it_does_not_count_here(
    signed, year, nation, found, absent
):
    """Fault D2: the page says where a nation has no such rule, and where none is known."""
    page = signed("mo").get(f"{PAGE}/{nation}").text
    assert "These rules do not count here: this council is in England." in page
    for words in found:
        assert words.lower() in page.lower(), words
    assert absent not in page


def test_a_nation_that_is_none_is_not_found(signed, year):
    assert signed("mo").get(f"{PAGE}/mars").status_code == 404


def test_the_rules_of_days_of_a_welsh_council_are_not_englands(signed, year, db):
    """Fault D2: ``--nation`` changed the holidays and not the law."""
    assert "Local Government Act 1972 s.100B(3), (4)" in signed("mo").get(RULES).text
    in_nation(db, "wales")
    page = signed("mo").get(RULES).text
    assert "Three clear days before the meeting" in page
    assert "s.100BA(3)" in page
    in_nation(db, "scotland")
    assert "the English case does not bind" in signed("mo").get(RULES).text


def test_every_row_that_was_not_read_in_the_law_is_marked(signed, year):
    """What is by memory is shown as unconfirmed, once for each row."""
    for nation in law.NATIONS:
        rows = [
            row
            for rule in law.rules().values()
            for row in rule.rows
            if row.nation == nation and not row.confirmed and (not row.until_on)
        ]
        annual = not law.annual_meetings()[nation].confirmed
        page = signed("mo").get(f"{PAGE}/{nation}").text
        assert page.count(">Unconfirmed</strong>") == len(rows) + annual, nation
