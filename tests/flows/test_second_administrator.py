"""Whether there is a second administrator: what of the first and the second is kept for good."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from config.council_loading import load_council
from cycle import clock
from cycle.db import Database
from cycle.errors import Blocked
from cycle.models import Cover, RightsProposal
from tests import administering, build
from tests.flows.test_administrators import days, does, events, mails, post
from webui.views import proposal_pages
from workflows import administrators, agreeing, council_load, people
from workflows.administrators import Standing


@pytest.fixture
def two(db: Database) -> build.Cast:
    """Smallshire with Adam and Ada, who have signed in; Abe's account is closed."""
    return administering.set_up(db, ("adam", "ada"), ("abe",))


def covers(db: Database, who: build.Cast, by: int, cover: int, key: str, until: int = 7) -> Any:
    """Somebody sets cover from today on, and what comes of it."""
    return does(db, by, people.set_cover, post(db, key), cover, clock.today(), days(until))


def stands(db: Database) -> Standing:
    """How many administrators there are."""
    return db.read(administrators.standing)


# Cover --------------------------------------------------------------------------------------------


def test_covering_for_the_second_administrator_lets_nobody_decide_alone(
    db: Database, two: build.Cast
) -> None:
    """Fault X1, SR-80: Ada goes on leave and names Adam; what he wants waits for her all the same,
    and his page says so."""
    assert isinstance(covers(db, two, two.ada, two.adam, "administrator-ada"), Cover)
    made = covers(db, two, two.adam, two.connie, "chief-executive")
    assert isinstance(made, RightsProposal)
    appointed = does(db, two.adam, people.hold_post, two.pat, post(db, "administrator-abe"))
    assert isinstance(appointed, RightsProposal), "she is there: nobody is appointed alone"
    assert not any("alone" in each for each in events(db, "set_cover"))
    note = db.read(lambda s: proposal_pages.note(s, build.actor_of(s, two.adam)))
    assert "A second administrator has to agree" in note
    assert "You act for Ada Admin, and that does not make two of you" in note
    with pytest.raises(Blocked, match="Another administrator has to agree"):
        does(db, two.adam, agreeing.agree, made.id)
    assert "Something waits for a second administrator" in mails(db, two.ada)
    assert does(db, two.ada, agreeing.agree, made.id).done


def test_who_covers_for_all_of_them_has_still_to_wait(db: Database, two: build.Cast) -> None:
    """Fault X1, SR-80: Rita acts for Adam and for Ada; that makes neither of them gone."""
    covers(db, two, two.adam, two.rita, "administrator")
    covers(db, two, two.ada, two.rita, "administrator-ada")
    made = covers(db, two, two.rita, two.connie, "chief-executive")
    assert isinstance(made, RightsProposal)
    assert isinstance(
        does(db, two.rita, people.hold_post, two.pat, post(db, "administrator-abe")),
        RightsProposal,
    )


# What is kept for good ----------------------------------------------------------------------------


def newcomer(db: Database, who: build.Cast) -> None:
    """Only Adam has ever signed in; he makes Pat, who uses her account, an administrator today."""
    administering.signs_in(db, who.pat)
    does(db, who.adam, people.deactivate, who.abe)
    does(db, who.adam, people.hold_post, who.pat, post(db, "administrator-abe"), clock.today())


@pytest.fixture
def first(db: Database) -> build.Cast:
    """Smallshire where only Adam has ever signed in."""
    return administering.set_up(db, ("adam",), ())


@pytest.mark.parametrize("way", ["end", "change", "erase", "load"])
def test_a_post_that_ends_on_its_first_day_keeps_counting(
    db: Database, first: build.Cast, tmp_path: Path, way: str
) -> None:
    """Fault X1, SR-80: Pat was an administrator for an hour; Adam is never again the only one who
    ever was. Whether her post is ended or changed, her name removed or the files loaded again."""
    assert stands(db) is Standing.ALONE
    newcomer(db, first)
    assert stands(db) is Standing.SEVERAL
    at = db.read(holding_at, first.pat, "administrator-abe")
    if way == "end":
        does(db, first.adam, people.end_holding, at)
    elif way == "change":
        does(db, first.adam, people.change_role, at, post(db, "member-place"))
    elif way == "erase":
        does(db, first.adam, people.deactivate, first.pat)
        does(db, first.adam, people.erase, first.pat, "She asked")
    else:
        loads_again(db, tmp_path)
    rows = text("SELECT count(*) FROM holding WHERE id = :id")
    assert db.read(lambda s: s.scalar(rows, {"id": at})) == 0, "the row is gone"
    assert stands(db) is Standing.LEFT
    made = covers(db, first, first.adam, first.connie, "chief-executive")
    assert isinstance(made, RightsProposal)


def test_a_post_that_never_began_does_not_count(db: Database, first: build.Cast) -> None:
    """SR-80: Pat would be an administrator from next week; that is taken back, and nothing was."""
    administering.signs_in(db, first.pat)
    does(db, first.adam, people.deactivate, first.abe)
    at = post(db, "administrator-abe")
    made = does(db, first.adam, people.hold_post, first.pat, at, days(7))
    does(db, first.adam, people.end_holding, made.id)
    assert stands(db) is Standing.ALONE


def holding_at(session: Any, person: int, key: str) -> int:
    """The number of a person's holding of one post."""
    found = text(
        "SELECT holding.id FROM holding JOIN post ON post.id = post_id "
        "WHERE person_id = :p AND key = :k"
    )
    return int(session.scalar(found, {"p": person, "k": key}))


def loads_again(db: Database, folder: Path) -> None:
    """Load the files of Smallshire, in which Pat is no administrator."""
    loaded = load_council(build.HERE / "data" / "smallshire.toml")
    db.run(council_load.load, None, loaded, build.framework_data())
