"""How the council is governed, in the browser: Adam changes it from a date; everyone reads it."""

from collections.abc import Callable
from datetime import date

import pytest

from config.governance import COMMITTEES, EXECUTIVE, Governed
from cycle import council_facts
from cycle.db import Database
from tests import build
from tests.build import Cast
from tests.flows.committees import on
from tests.web.browsing import Browser

Signed = Callable[[str], Browser]
SPRING = date(2028, 4, 3)
BOXES = {
    "model": EXECUTIVE,
    "from_on_day": "18",
    "from_on_month": "5",
    "from_on_year": "2028",
    "reason": "Council, 31 March 2028",
}


def test_adam_changes_it_from_a_date_and_everyone_reads_it(signed: Signed, db: Database) -> None:
    with on(SPRING):
        adam = signed("adam")
        assert "Committee system" in adam.get("/governance").text
        assert "Nobody has said since when." in adam.page
        reply = adam.send("/governance/change", **BOXES)
        assert reply.headers["Location"] == "/governance"
        page = signed("mem").get("/governance").text
    assert "Leader and cabinet" in page
    assert "18 May 2028" in page
    assert "Nobody has said since when." not in page
    assert "Change it from a date" not in page
    assert db.read(council_facts.governance) == (Governed(EXECUTIVE, date(2028, 5, 18)),)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"from_on_year": "2027"}, "from today or a later day"),
        ({"from_on_month": "13"}, 'href="#from_on-'),
        ({"from_on_year": "10000"}, 'href="#from_on-'),
        ({"model": "monarchy"}, "#model"),
        ({"model": COMMITTEES}, "already has this model on 18 May 2028"),
        ({"reason": " "}, 'href="#reason"'),
    ],
)
def test_what_cannot_be_is_told_with_what_was_typed_and_nothing_is_kept(
    signed: Signed, db: Database, changed: dict[str, str], words: str
) -> None:
    with on(SPRING):
        reply = signed("adam").send("/governance/change", **(BOXES | changed))
    assert reply.status_code == 422
    assert words in reply.text
    if changed.get("reason") is None:
        assert "Council, 31 March 2028" in reply.text
    assert db.read(council_facts.governance) == ()


def test_plans_under_way_are_counted_by_the_route_that_they_keep(
    signed: Signed, db: Database, who: Cast
) -> None:
    count = len(build.cycle(db, who))
    page = signed("sue").get("/governance").text
    assert "Plans under way" in page
    assert f">{count}<" in page


def test_pat_cannot_change_it(signed: Signed) -> None:
    assert signed("pat").get("/governance/change").status_code == 403
