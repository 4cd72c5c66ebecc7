"""Cover counts while the person covered holds the post: whoever covers acts for nobody who has left
it, however they left it, and both are told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from config.council_loading import load_council
from cycle import clock, people, vacancies
from cycle.db import Database
from cycle.errors import Blocked
from cycle.models import Cover
from notifications import serving
from tests import administering, build
from tests.flows.people.test_administrators import days, does, events, held, mails, post
from tests.flows.people.test_people import sound
from workflows.council import loading
from workflows.people import accounts

MANAGER = "manager-housing"


@pytest.fixture
def who(db: Database) -> build.Cast:
    """Smallshire; Tess covers for Mo, the manager of Housing, for half a year."""
    cast = administering.set_up(db, ("adam",), ())
    for each in ("mo", "tess"):
        token = db.run(accounts.print_link, f"{each}@smallshire.example")
        db.run(accounts.set_password, token, "seven grey buckets below")
    span = (clock.today(), days(180), "A long leave")
    does(db, cast.mo, accounts.set_cover, post(db, MANAGER), cast.tess, *span)
    assert acts_for(db, cast.tess) == ["Mo Manager"]
    return cast


def acts_for(db: Database, person: int) -> list[str]:
    """For whom somebody acts today."""
    return [each.for_name for each in db.read(people.actor, person).posts_held if each.for_name]


def ends(db: Database, who: build.Cast, tmp_path: Path) -> None:
    """Adam ends Mo's time in the post."""
    does(db, who.adam, accounts.end_appointment, held(db, who.mo))


def moves(db: Database, who: build.Cast, tmp_path: Path) -> None:
    """Mo gets another post instead."""
    does(db, who.adam, accounts.change_role, held(db, who.mo), post(db, "member-place"))


def is_erased(db: Database, who: build.Cast, tmp_path: Path) -> None:
    """Mo has left, and his name is removed."""
    does(db, who.adam, accounts.deactivate, who.mo)
    does(db, who.adam, accounts.erase, who.mo, "He asked for it")


def is_followed(db: Database, who: build.Cast, tmp_path: Path) -> None:
    """Mo has left, and Rita takes his post."""
    does(db, who.adam, accounts.deactivate, who.mo)
    does(db, who.adam, accounts.hold_post, who.rita, post(db, MANAGER))


def is_replaced_in_the_files(db: Database, who: build.Cast, tmp_path: Path) -> None:
    """The council's files let Mo and Rita change posts."""
    council_file = (build.HERE / "data" / "smallshire.toml").read_text(encoding="utf-8")
    for old, new in ((MANAGER, "kept"), ("director-green", MANAGER), ("kept", "director-green")):
        council_file = council_file.replace(f'posts = ["{old}"]', f'posts = ["{new}"]')
    file = tmp_path / "council.toml"
    file.write_text(council_file, encoding="utf-8")
    db.run(loading.load, None, load_council(file), build.framework_data())


WAYS = (ends, moves, is_erased, is_followed, is_replaced_in_the_files)
ACTS = dict(zip(WAYS, ("end_holding", "change_role", "erase", "hold_post", ""), strict=True))


@pytest.mark.parametrize("leaves", WAYS)
def test_cover_ends_with_the_time_of_who_is_covered(
    db: Database, who: build.Cast, tmp_path: Path,
    leaves: Callable[[Database, build.Cast, Path], None],
) -> None:  # fmt: skip
    """INV-27, SR-80: Tess acts for Mo no more; she is told, and the record says that it ended."""
    number = db.read(lambda s: s.scalar(text("SELECT id FROM cover")))
    leaves(db, who, tmp_path)
    assert acts_for(db, who.tess) == []
    assert db.read(lambda s: s.scalar(text("SELECT count(*) FROM cover"))) == 0
    assert mails(db, who.tess)[-1] == "Your cover ends"
    if ACTS[leaves]:
        assert events(db, ACTS[leaves])[-1]["covers"] == [number]
    else:
        assert events(db, "load_council")[-1]["changes"]["covers"] == {"ended": [number]}
    assert sound(db)


def test_cover_that_nobody_cut_gives_no_right_and_is_no_bar(db: Database, who: build.Cast) -> None:
    """INV-27: a row left by an earlier version counts nowhere; the next act on the post ends it."""
    db.run(lambda s: s.execute(
        text("UPDATE appointment SET during = daterange(lower(during), current_date) "
             "WHERE person_id = :p"), {"p": who.mo},
    ))  # fmt: skip
    at = {"today": clock.today()}
    queue = db.read(
        lambda s: s.scalar(text("SELECT queue_id FROM post WHERE key = :k"), {"k": MANAGER})
    )
    assert acts_for(db, who.tess) == []
    assert db.read(lambda s: people.holders(s, [queue])) == []
    assert who.tess not in db.read(serving.teams).get(queue, {})
    reached = text(vacancies.REACHES + "SELECT post_id FROM reaches WHERE origin = :q")
    assert post(db, MANAGER) not in db.read(lambda s: s.scalars(reached, at | {"q": queue}).all())
    does(db, who.adam, accounts.hold_post, who.rita, post(db, MANAGER))
    does(db, who.rita, accounts.set_cover, post(db, MANAGER), who.tess, clock.today(), days(7))
    assert acts_for(db, who.tess) == ["Rita Director"]


def test_nobody_is_covered_beyond_their_own_last_day(db: Database, who: build.Cast) -> None:
    """INV-27: Pat has the post for three more days and cannot give it away for two hundred."""
    does(db, who.adam, accounts.end_appointment, held(db, who.pat), days(3))
    asked = (post(db, "manager-parks"), who.tess, clock.today())
    with pytest.raises(Blocked, match=r"Pat Parks holds this post until .* an earlier day"):
        does(db, who.pat, accounts.set_cover, *asked, days(200))
    made = does(db, who.pat, accounts.set_cover, *asked, days(3))
    assert isinstance(made, Cover)


def test_a_last_day_that_comes_nearer_takes_the_cover_with_it(
    db: Database, who: build.Cast
) -> None:
    """INV-27: Mo's time ends in ten days; so does Tess's cover, and both hear of it."""
    does(db, who.adam, accounts.end_appointment, held(db, who.mo), days(10))
    until = text("SELECT upper(during) FROM cover")
    assert db.read(lambda s: s.scalar(until)) == days(10)
    assert acts_for(db, who.tess) == ["Mo Manager"]
    assert mails(db, who.mo)[-1] == "The cover at your post ends"
    assert mails(db, who.tess)[-1] == "Your cover ends"
