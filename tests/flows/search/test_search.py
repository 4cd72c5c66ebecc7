"""What is found, by whom, and how soon: words, wrongly typed words, changes, closed texts.

Mo manages Housing, Ray directs it, Pat manages Parks and must never find Housing's draft; Sue
supports and reads every text, Mem is a member of a committee.
"""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock, people
from cycle.db import Database
from cycle.errors import BadInput
from cycle.record import formats
from cycle.seen import NO_PAGE
from tests import build
from tests.build import Cast
from tests.flows import committees
from tests.flows.committees import HOUSING, STP, on
from tests.flows.plans.test_reading import statements
from tests.kit import TestDatabase
from workflows import sweep
from workflows.meetings import resolutions
from workflows.plans import plans
from workflows.search import indexing, reading, sources
from workflows.search.reading import Results
from workflows.search.sources import Right

Found = Callable[..., Results]
DRAFT = "The strategic housing pressures are damp and draughts."


@pytest.fixture
def who(db: Database) -> Iterator[Cast]:
    """Smallshire in June 2027; Mo has written what Housing is for."""
    with clock.set_to(build.SPRING):
        found = build.year_one(db)
        build.issue_outcomes(db, found)
        build.act(db, HOUSING, "start", None)
        write(db, found.mo, "purpose", DRAFT)
        db.run(indexing.refresh)
        yield found


def write(db: Database, by: int, key: str, words: str) -> None:
    """Mo saves a section of Housing's plan."""

    def work(session: Session) -> None:
        plan = build.plan(session, HOUSING)
        actor = build.actor(session, by)
        plans.write_section(session, actor, plan.id, key, words, NO_PAGE, knows_four_eyes=True)

    db.run(work)


def search(db: Database, person: int, typed: str, only: str | None = None) -> Results:
    return db.read(lambda s: reading.search(s, people.actor(s, person), typed, only))


def titles(results: Results, group: str) -> list[str]:
    """What was found of one kind."""
    return [found.title for each in results.groups if each.key == group for found in each.rows]


def test_words_are_found_in_any_form_and_the_piece_marks_them(db: Database, who: Cast) -> None:
    results = search(db, who.mo, "draught house")
    (found,) = (row for group in results.groups if group.key == "sections" for row in group.rows)
    assert found.title == "What the service is for"
    assert found.where == (
        "Service Plan 2028/29: Housing",
        "Plans for 2028/29 (written in 2027/28)",
    )
    assert [words for words, sought in found.piece if sought] == ["housing", "draughts"]
    assert (found.ref, found.section) == (HOUSING, "purpose")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("straegic", "strategic"), ("huosing", "housing"), ("Presures", "pressures")],
)
def test_a_word_typed_wrongly_finds_what_was_meant(
    db: Database, who: Cast, typed: str, meant: str
) -> None:
    """And says so: whoever reads the page knows that another word was looked for."""
    results = search(db, who.mo, typed)
    assert results.words == meant
    assert "What the service is for" in titles(results, "sections")
    assert results.lost[0].near[0] == meant


def test_a_wrong_word_with_the_right_stem_is_found_as_it_is(db: Database, who: Cast) -> None:
    results = search(db, who.mo, "houseing")
    assert (results.words, results.lost) == ("houseing", ())
    assert "What the service is for" in titles(results, "sections")


def test_two_words_one_of_them_wrong(db: Database, who: Cast) -> None:
    results = search(db, who.mo, "huosing damp")
    assert results.words == "housing damp"
    assert titles(results, "sections") == ["What the service is for"]


def test_a_plan_is_found_by_title_reference_and_service(db: Database, who: Cast) -> None:
    for typed in ("service plan housing", HOUSING, HOUSING.lower(), '"Plan 2028/29: Housing"'):
        assert "Service Plan 2028/29: Housing" in titles(search(db, who.pat, typed), "plans"), typed


def test_meetings_and_people_are_found(db: Database, who: Cast) -> None:
    groups = search(db, who.mo, "place committee").groups
    meetings = next(group for group in groups if group.key == "meetings")
    days = [row.on for row in meetings.rows]
    assert days == sorted(days, key=lambda day: abs((day or date.max) - clock.today()))
    assert titles(search(db, who.mo, "Ray"), "people") == ["Ray Director"]
    assert titles(search(db, who.mo, "group manager parks"), "people") == ["Pat Parks"]


def test_nobody_else_finds_a_draft_nor_a_word_of_it(db: Database, who: Cast) -> None:
    """SR-30, INV-51: not by a hit, a count, a piece or a word that is offered."""
    assert search(db, who.mo, "draughts").many == 1
    for typed in ("draughts", "draugts", "damp", "strategic pressures"):
        results = search(db, who.pat, typed)
        assert [g.key for g in results.groups if g.key != "plans"] == [], typed
        offered = {near for lost in results.lost for near in lost.near}
        assert offered & {"draughts", "damp", "pressures"} == set(), typed
    assert search(db, who.pat, "draughts").many == 0


def test_what_is_said_of_a_closed_word_is_said_of_a_word_that_nobody_wrote(
    db: Database, who: Cast
) -> None:
    closed, nowhere = search(db, who.pat, "draughts"), search(db, who.pat, "quaffles")
    assert (closed.groups, closed.lost[0].near) == (nowhere.groups, nowhere.lost[0].near)


def test_an_exempt_plan_is_closed_at_once(db: Database, who: Cast) -> None:
    """INV-51: the index still has its words; who does not work on it finds neither title nor
    text."""
    assert titles(search(db, who.pat, "housing"), "plans")
    db.run(
        lambda s: s.execute(
            text("UPDATE subject SET exempt = true WHERE ref ~ 'HOUSING'"),
        )
    )
    assert titles(search(db, who.pat, "housing"), "plans") == []
    assert HOUSING in str(search(db, who.mo, "draughts"))


def test_members_do_not_find_people(db: Database, who: Cast) -> None:
    """People and posts are for officers; the page does not say that it looked through them."""
    assert titles(search(db, who.sue, "Mo Manager"), "people") == ["Mo Manager"]
    member = search(db, who.mem, "Mo Manager")
    assert titles(member, "people") == []
    assert "people" not in member.groups_there


def test_what_is_written_anew_is_found_and_the_old_words_are_gone(db: Database, who: Cast) -> None:
    write(db, who.mo, "purpose", "Homes for families.")
    db.run(indexing.refresh)
    assert titles(search(db, who.mo, "homes families"), "sections") == ["What the service is for"]
    assert search(db, who.mo, "draughts").groups == ()
    assert db.read(lambda s: s.scalar(_COUNT_WORD, {"word": "draughts"})) == 0


_COUNT_WORD = text("SELECT count(*) FROM search_word WHERE word = :word")
_RENAME = text("UPDATE subject SET title = :title WHERE ref = :ref")
_REMOVE = text("DELETE FROM item WHERE plan_id = (SELECT id FROM subject WHERE ref = :ref)")


def test_a_plan_that_is_renamed_is_shown_by_its_new_name_at_once(db: Database, who: Cast) -> None:
    """And found by it after the next refresh, no longer by the old one."""
    db.run(lambda s: s.execute(_RENAME, {"ref": HOUSING, "title": "Homes and Tenancies"}))
    assert "Homes and Tenancies" in titles(search(db, who.mo, "service plan housing"), "plans")
    db.run(indexing.refresh)
    assert titles(search(db, who.mo, "tenancies"), "plans") == ["Homes and Tenancies"]


def test_entries_are_found_and_gone_with_their_row(db: Database, who: Cast) -> None:
    build.fill(db, HOUSING, who.mo)
    db.run(indexing.refresh)
    words = db.read(lambda s: s.scalar(_AN_ENTRY, {"ref": HOUSING}))
    assert search(db, who.mo, words, "entries").many >= 1
    assert search(db, who.pat, words, "entries").many == 0
    db.run(lambda s: s.execute(_REMOVE, {"ref": HOUSING}))
    db.run(indexing.refresh)
    assert search(db, who.mo, words, "entries").many == 0


_AN_ENTRY = text("""
SELECT fields->>'text' FROM item JOIN subject ON subject.id = plan_id
WHERE ref = :ref AND NOT inherited AND fields->>'text' <> '' LIMIT 1
""")


def test_who_is_deactivated_is_found_no_more_at_once(db: Database, who: Cast) -> None:
    db.run(lambda s: s.execute(text("UPDATE person SET active = false WHERE key = 'ray'")))
    assert titles(search(db, who.mo, "Ray Director"), "people") == []


def test_of_two_versions_each_finds_the_one_that_is_open_to_them(
    db: Database, tmp_path: Path
) -> None:
    """Fault R3: what a published report showed is found by everybody, the redraft by who works on
    it; once another version is open, the one before it is found by nobody, before any refresh."""
    who = committees.council(db, tmp_path)
    with on(committees.AUTUMN):
        committees.to_committees(db, who, STP)
        refs = committees.refs(db)
    report = next(ref for ref in refs if ref.startswith(STP))
    with on(committees.AUTUMN):
        db.run(lambda s: s.execute(_SAY, {"ref": STP, "words": "Lanterns for the redraft."}))
        committees.ready(db, who, report)
    meeting = committees.published(db, who, report, committees.AUTUMN)
    with on(meeting.on_date):
        db.run(indexing.refresh)
        open_words = "regard"
        assert titles(search(db, who.pat, open_words), "sections")
        assert search(db, who.pat, "lanterns").groups == ()
        assert search(db, who.sue, "lanterns").many == 1
        db.run(lambda s: s.execute(_RECALL, {"ref": report}))
        assert titles(search(db, who.pat, open_words), "sections") == []


_SAY = text("""
UPDATE section SET body = :words, version = version + 1
WHERE plan_id = (SELECT id FROM subject WHERE ref = :ref) AND kind = 'text' AND key = 'context'
""")
_RECALL = text("UPDATE subject SET phase = 'in_review' WHERE ref = :ref")


def test_a_decision_that_was_corrected_is_found_by_its_correction(
    db: Database, tmp_path: Path
) -> None:
    """At once by the old words no more, after a refresh by the new ones; Mem finds it too, since
    the report is published."""
    who = committees.council(db, tmp_path)
    committees.to_committees(db, who, STP)
    day = committees.through(db, who, "STP-2028-PEOPLE", committees.AUTUMN)
    with on(day):
        db.run(indexing.refresh)
        assert search(db, who.mem, "considered", "decisions").many == 1
        db.run(_correct, who.cy)
        assert search(db, who.mem, "considered", "decisions").many == 0
        db.run(indexing.refresh)
        (group,) = search(db, who.mem, "thankfully", "decisions").groups
        assert [(row.on, row.where) for row in group.rows] == [(day, ("People Committee",))]


def _correct(session: Session, by: int) -> None:
    first = session.scalar(text("SELECT min(id) FROM decision"))
    resolutions.correct(session, build.actor(session, by), first, "Thankfully noted.", "A slip.")


def test_words_that_stand_apart_are_not_said_to_stand_nowhere(db: Database, who: Cast) -> None:
    results = search(db, who.mo, "draughts committee")
    assert (results.groups, results.lost) == ((), ())


def test_what_cannot_be_looked_for_is_told_in_a_sentence(db: Database, who: Cast) -> None:
    for typed, sentence in (
        ("x" * 201, reading.TOO_LONG),
        ("the and of", reading.ONLY_SMALL),
        ("!!! ... %_\\", reading.ONLY_SMALL),
        ("-housing", reading.ONLY_WITHOUT),
    ):
        with pytest.raises(BadInput, match=sentence[:20]):
            search(db, who.mo, typed)
    for odd in ("' OR 1=1 --", "a & | ! (b:*", '"unclosed', "or or or house"):
        search(db, who.mo, odd)  # whatever is typed is words


def test_a_search_sends_few_statements_whatever_is_found(db: Database, who: Cast) -> None:
    """Two where something is found, five where a word is put right, whoever asks."""
    for typed, most in (("housing", 2), ("huosing", 5), ("quaffles", 4)):
        with statements(db) as sent:
            actor = db.read(lambda s: people.actor(s, who.pat))
            sent.clear()
            db.read(reading.search, actor, typed)
        assert len(sent) <= most, (typed, sent)


def test_a_refresh_sends_as_many_statements_for_much_as_for_nothing(
    db: Database, who: Cast
) -> None:
    with statements(db) as nothing:
        db.run(indexing.refresh)
    build.fill(db, HOUSING, who.mo)
    with statements(db) as much:
        db.run(indexing.refresh)
    assert len(nothing) == 2 * len(sources.SOURCES) + 2
    assert len(much) <= len(nothing) + 1


def test_a_refresh_after_which_nothing_was_saved_changes_no_entry(db: Database, who: Cast) -> None:
    build.fill(db, HOUSING, who.mo)
    db.run(indexing.refresh)
    before = db.read(_rows)
    db.run(indexing.refresh)
    assert db.read(_rows) == before


def _rows(session: Session) -> list[tuple[str, str]]:
    """Every entry with the transaction that wrote it."""
    found = session.execute(text("SELECT key, xmin::text FROM search_entry ORDER BY key"))
    return [(row[0], row[1]) for row in found]


def test_the_sweep_of_each_minute_brings_it_up_to_date(
    db: Database, who: Cast, database: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(db, who.mo, "purpose", "Lanterns and harbours.")
    monkeypatch.setenv("DATABASE_URL", database.app_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SECRET_KEY", "k" * 40)
    assert search(db, who.mo, "lanterns").groups == ()
    sweep.tick()
    assert search(db, who.mo, "lanterns").many == 1
    assert search(db, who.mo, "lanterns").fresh_at == clock.now()
    sweep._database(database.app_url).dispose()


def test_a_kind_without_a_right_is_found_by_nobody() -> None:
    """INV-53: what may be shown is said kind by kind, and of any other the answer is no."""
    assert {each.right for each in sources.SOURCES} <= set(Right)
    assert all(f"WHEN '{each.kind}' THEN" in sources.SHOWN for each in sources.SOURCES)
    assert sources.SHOWN.endswith("END, false)")
    assert {each.group for each in sources.SOURCES} == set(sources.GROUPS)


def test_the_manifests_that_are_searched_are_of_the_format_that_is_known() -> None:
    """A format of manifests that comes is read by ``sources`` too, or its words are not found."""
    assert set(formats.MANIFEST_FORMATS) == {1}


@pytest.mark.parametrize(
    ("first", "letters", "parts"), [(0x3B1, 24, 4), (0x20000, 20_000, 2), (0x61, 26, 4)]
)
def test_no_text_stops_search_for_the_whole_council(
    db: Database, who: Cast, first: int, letters: int, parts: int
) -> None:
    """A report of hundreds of thousands of words that are all different, in letters of one, two or
    four bytes: more stems than PostgreSQL takes of one text. Everything else is still found."""

    def word(number: int) -> str:
        return "".join(chr(first + number // letters**each % letters) for each in range(parts))

    made = " ".join(f"{word(2 * each)}-{word(2 * each + 1)}" for each in range(40_000))
    with on(date(2027, 9, 1)):
        committees.to_committees(db, who, STP)
        db.run(
            lambda s: s.execute(
                text(
                    "UPDATE agenda_item "
                    "SET report = jsonb_build_object('background', CAST(:made AS text))"
                ),
                {"made": made[:400_000]},
            )
        )
        db.run(indexing.refresh)
        assert search(db, who.mo, "damp draughts").many == 1
        assert search(db, who.sue, word(0)).many > 0
