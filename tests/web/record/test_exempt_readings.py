"""No log, no text: whoever is sent words of an exempt paper stands in the log before they are sent.

Every plan and report of Smallshire is exempt here, and a word is planted in each kind of text that
they have; every address is asked as everybody.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import access
from cycle.db import Database
from cycle.models import Person, Subject
from cycle.people import actor
from cycle.server.embedded import OWNER, Servers
from tests import kit
from tests.flows.committees import HOUSING, STP
from tests.web.browsing import Browser
from tests.web.http import test_every_route as others
from tests.web.http.test_matrix import LOOKED_FOR, words_of
from tests.web.matrix_table import PAGES
from tests.web.town import Town
from workflows.people import access_log

SECRET = "Geheimratswort"
LOG = ("access_log", "access_log_salt")
# Each kind of text of a plan or report: where it is, and what to put there.
PLANTED = (
    "UPDATE subject SET exempt = true WHERE kind IN ('plan', 'item')",
    "UPDATE subject SET title = title || ' {0}' WHERE kind = 'plan'",
    "UPDATE section SET body = 'What is written: {0}.' WHERE kind = 'text'",
    "UPDATE sealed_section SET body = 'What was sealed: {0}.' WHERE section_key = 'purpose'",
    'UPDATE item SET fields = fields || \'{{"title": "{0}"}}\'',
    "UPDATE remark SET body = 'See {0}.', suggestion = 'Write {0}.'",
    "UPDATE contribution SET note = 'Please look at {0}.'",
    "UPDATE sign_off SET note = 'But {0}.'",
    "UPDATE agenda_item SET report = (SELECT jsonb_object_agg(key, '{0}') "
    "FROM jsonb_each_text(report)) WHERE report <> '{{}}'",
    "UPDATE recommendation SET words = 'That {0} be agreed.'",
    "UPDATE officer_comment SET wording = 'Costs {0}.'",
    "UPDATE decision SET words = 'As {0}.', reason = 'Since {0}.'",
    "UPDATE event SET payload = jsonb_set(CAST(payload AS jsonb), '{{reason}}', '\"{0}\"') "
    "WHERE CAST(payload AS jsonb) ? 'reason' "
    "AND subject_id IN (SELECT id FROM subject WHERE exempt)",
)
PATHS = sorted({*PAGES, *LOOKED_FOR, *others.PAGES} - {"/audit/verify"})
# Those of the cast between whom nearly all pages are open.
READERS = ("sue", "mo", "aud", "cy")


@pytest.fixture
def secret(own_smallshire: Town, servers: Servers) -> Iterator[tuple[Town, Database]]:
    """The town in which all is exempt, and its database as the owner sees it."""
    name = own_smallshire.db.engine.url.database or ""
    owner = Database(servers.url(OWNER, name))
    with owner.engine.begin() as line:
        line.execute(text("SET LOCAL session_replication_role = 'replica'"))
        for statement in PLANTED:
            line.execute(text(statement.replace(":", r"\:").format(SECRET)))
    yield own_smallshire, owner
    owner.dispose()


def at(town: Town, path: str) -> str:
    known = {"mo": town.who.mo, "held": town.places["held"], "section": "purpose"}
    return path.format(**known | town.places)


def lines(town: Town) -> int:
    """How many readings the log holds."""
    return int(town.db.read(lambda s: s.scalar(text(READINGS))) or 0)


READINGS = "SELECT count(*) FROM access_log WHERE kind = 'exempt_read'"
LAST = text(
    "SELECT person.key, subject.ref, subject.exempt, access_log.address FROM access_log "
    "JOIN person ON person.id = person_id JOIN subject ON subject.id = subject_id "
    "WHERE access_log.kind = 'exempt_read' ORDER BY access_log.id DESC LIMIT 1"
)


def shown(town: Town, name: str, browser: Browser) -> tuple[list[str], list[str]]:
    """Where the word was shown, and where it was without a line of the log."""
    found, unlogged = [], []
    for path in PATHS:
        before = lines(town)
        reply = browser.get(at(town, path))
        assert reply.status_code < 500, path
        if SECRET not in words_of(reply):
            continue
        found.append(path)
        row = town.db.read(lambda s: s.execute(LAST).one_or_none())
        if lines(town) == before or row is None or (row.key, row.exempt) != (name, True):
            unlogged.append(path)
    return found, unlogged


def test_every_page_and_file_with_words_of_an_exempt_paper_is_in_the_log_and_none_goes_without(
    secret: tuple[Town, Database],
) -> None:
    """Fault X10, SR-69, INV-16: page by page and person by person; nothing but the log is written.
    With the log away the same pages answer 503 and hold no word of it."""
    town, owner = secret
    browsers = {name: town.browser(name) for name in READERS}
    before, all_shown, wrong = kit.digests(town.db, "sign_in_session", *LOG), {}, {}
    for name, browser in browsers.items():
        all_shown[name], wrong[name] = shown(town, name, browser)
    assert {name: each for name, each in wrong.items() if each} == {}
    assert kit.digests(town.db, "sign_in_session", *LOG) == before
    everywhere = set().union(*all_shown.values())
    assert {f"/plans/{HOUSING}", f"/plans/{STP}", f"/plans/{HOUSING}/print", "/entries.xlsx",
            "/plans.xlsx", "/timetable/Y-2027-1/steps.csv", "/work-programme.csv",
            "/items/{decided}"} <= everywhere  # fmt: skip
    assert len(everywhere) > 30
    owner.run(lambda s: s.execute(text("ALTER TABLE access_log RENAME TO out_of_reach")))
    for name, browser in browsers.items():
        for path in all_shown[name]:
            reply = browser.get(at(town, path))
            assert (reply.status_code, SECRET in words_of(reply)) == (503, False), (name, path)
            assert int(reply.headers["Retry-After"]) > 0
            assert "Content-Disposition" not in reply.headers
    assert browsers["sue"].client.head(f"/plans/{HOUSING}").status_code == 200, "it has no words"


def test_a_form_that_comes_back_with_exempt_words_is_in_the_log_too(
    secret: tuple[Town, Database],
) -> None:
    """Fault X10: a refused form shows the page again, and with it what stands there."""
    town, _owner = secret
    mo = town.browser("mo")
    path = f"/plans/{HOUSING}/sections/purpose"
    mo.get(path)
    before = lines(town)
    reply = mo.send(path, body="x" * 70_000)
    assert reply.status_code == 422
    assert lines(town) - before == 2, "the page and its form's answer"
    assert town.db.read(lambda s: s.execute(LAST).one().address) == "POST /plans/…/sections/…"


def test_who_may_not_know_of_a_paper_leaves_no_reading_by_asking_for_it(
    secret: tuple[Town, Database],
) -> None:
    """Nobody is written down as the reader of what was not shown."""
    town, _owner = secret
    pat = town.browser("pat")
    assert pat.get(f"/plans/{HOUSING}").status_code == 404
    pat.get(f"/people?q={HOUSING}")
    readers = text("SELECT DISTINCT person_id FROM access_log WHERE kind = 'exempt_read'")
    assert town.who.pat not in town.db.read(lambda s: s.scalars(readers).all())


def test_the_exempt_papers_of_which_each_person_may_know_are_those_of_the_one_door(
    secret: tuple[Town, Database],
) -> None:
    """INV-51: what is asked at each request is the short form of ``access.known_right``."""
    town, _owner = secret
    exempt = select(Subject.id).where(text(access.EXEMPT), Subject.kind.in_(("plan", "item")))

    def both(session: Session, person_id: int) -> tuple[set[int], set[int]]:
        who = actor(session, person_id)
        papers = access_log.papers_open_to(session, who)
        known = session.scalars(exempt.where(access.known_right(who)))
        return {each.subject_id for each in papers}, set(known)

    everybody = select(Person.id).where(Person.active, ~Person.is_system)
    found = [
        town.db.read(both, person) for person in town.db.read(lambda s: s.scalars(everybody).all())
    ]
    assert [short for short, _ in found] == [full for _, full in found]
    assert len({frozenset(short) for short, _ in found}) > 3
