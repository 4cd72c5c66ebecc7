"""One door for what may be read: a marker in every kind of text, every address asked by every kind
of person, published and unpublished, exempt and open. One marker too many or too few fails (faults
R2, R3, X3)."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.routing import BuildError

from cycle.db import Database
from cycle.server.embedded import APP, Servers
from tests.web import browsing, marked
from tests.web.http.test_matrix import words_of
from tests.web.marker_table import CAST, CELLS, READERS, SHOWN

# What stands in the braces of an address; several for one name are all tried, where they fit.
VALUES = {
    "number": "SELECT number::text FROM planning_year WHERE number = 1",
    "item_id": "SELECT agenda_item.id FROM agenda_item JOIN subject USING (id) "
    "WHERE ref ~ '(PEOPLE|PEOPLE-2|PLACE-2)$'",
    "decision_id": "SELECT min(id) FROM decision UNION SELECT max(id) FROM decision",
    "stage_id": "SELECT max(id) FROM route_stage WHERE status = 'open'",
    "meeting_id": "SELECT DISTINCT meeting_id FROM agenda_item WHERE meeting_id IS NOT NULL",
    "task_id": "SELECT task.id FROM task JOIN subject ON subject.id = subject_id "
    "WHERE closed_at IS NULL AND ref LIKE 'SVP-%' AND task.kind = 'change'",
    "comment_id": "SELECT id FROM remark WHERE answers_id IS NULL",
    "person_id": "SELECT id FROM person WHERE key IN ('mo', 'pat')",
    "appointment_id": "SELECT appointment.id FROM appointment JOIN person ON person.id = person_id "
    "WHERE person.key = 'mo'",
    "unit_id": "SELECT id FROM unit WHERE key IN ('housing', 'parks')",
    "uid": "SELECT uid FROM item JOIN subject ON subject.id = plan_id "
    "WHERE fields::text LIKE '%Xerographica%'",
    "proposal_id": "SELECT id FROM rights_proposal",
    "correction_id": "SELECT id FROM decision_correction",
    "plan_id": "SELECT plan.id FROM plan JOIN subject USING (id) WHERE ref LIKE 'STP-%'",
    "on": "SELECT '2027-12-24'",
    "nation": "SELECT 'wales'",
    "guide": "SELECT 'clerks'",
    "way": "SELECT 'service_plan'",
    "timetable": "SELECT 'medway-2017-18'",
    "kind": "SELECT 'finance' UNION SELECT 'constitutional' UNION SELECT 'service_plan'",
}
REFS = (
    "SELECT ref FROM subject WHERE kind = '{}' AND (kind <> 'plan' OR ref ~ '^(SVP|STP)-') "
    "AND (kind <> 'year' OR ref LIKE '%-1')"
)
# Which kind of subject a reference names, by the beginning of the address.
KIND_OF_REF = (
    ("/plans/", "plan"), ("/audit/plans/", "plan"), ("/timetable/changes/", "change"),
    ("/timetable/cycles/", "cycle"), ("/cycles/find/", "year"), ("/cycles/", "cycle"),
    ("/timetable/", "year"),
)  # fmt: skip
KEYS = {
    "/plans/": "(SELECT DISTINCT ON (ref, section.kind) key FROM section "
    "JOIN subject ON subject.id = plan_id WHERE ref ~ '^(SVP|STP)-' "
    "AND section.kind IN ('text', 'items') ORDER BY ref, section.kind, position) UNION "
    "SELECT section_key FROM item WHERE fields::text LIKE '%Xerographica%'",
    "/frameworks/": "SELECT key FROM framework_version",
    "/meetings/rules/": "SELECT 'final_report'",
    "/meetings/days/event/": "SELECT 'by_election_2027_11_18'",
    "/timetable/": "SELECT 'open_year' UNION SELECT rule FROM step WHERE title = 'Yttriferous'",
}
ACTIONS = {
    "/plans/": ("submit", "return_for_changes"),
    "/timetable/changes/": ("grant", "refuse"),
}
NOT_ASKED = {"static", "signing.set_password"}


@dataclass
class Seen:
    """Which markers were met: by whom and where."""

    by: dict[str, set[str]] = field(default_factory=dict)
    at: dict[str, set[str]] = field(default_factory=dict)
    where: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    endpoints: set[str] = field(default_factory=set)

    def note(self, person: str, endpoint: str, path: str, words: str) -> None:
        """Look for every marker in what a person was given."""
        self.endpoints.add(endpoint)
        for kind, marker in marked.MARKERS.items():
            if marker in words and marker not in path:
                self.by.setdefault(kind, set()).add(person)
                self.at.setdefault(endpoint, set()).add(kind)
                self.where.setdefault((kind, person), set()).add(path)


@pytest.fixture(scope="module")
def app(servers: Servers, worker: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The service on the town of markers."""
    folder, name = tmp_path_factory.mktemp("marked"), f"marked_{worker}"
    marked.made(servers, name, folder)
    return browsing.application(servers.url(APP, name), folder)


@pytest.fixture(scope="module")
def seen(servers: Servers, worker: str, app: Flask) -> Seen:
    """Every address that answers a GET, asked by everybody; and every mail that was written."""
    found = Seen()
    with marked.opened(servers, app, f"marked_{worker}") as db:
        places = list(_addresses(app, db))
        for person in CAST:
            browser = marked.browser(app, db, person)
            for endpoint, path in places:
                reply = browser.get(path)
                assert reply.status_code < 500, (person, path)
                found.note(person, endpoint, path, words_of(reply))
        for person, words in _mails(db):
            found.note(person, "mail", "mail", words)
    return found


def _addresses(app: Flask, db: Database) -> Iterator[tuple[str, str]]:
    """(endpoint, path) of every address with every fitting value in its braces."""
    adapter = app.url_map.bind("localhost", url_scheme="https")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_ASKED:
            continue
        names = sorted(rule.arguments - (rule.defaults or {}).keys())
        choices = [_values(db, rule.rule, name) for name in names]
        for values in itertools.product(*choices):
            arguments = dict(zip(names, values, strict=True)) | (rule.defaults or {})
            try:
                path = adapter.build(rule.endpoint, arguments)
            except BuildError:
                continue
            yield rule.endpoint, path
    for kind in ("draft entry", "exempt title", "redraft", "unpublished report"):
        # Part of the word, so that what is typed is not taken for what was found.
        yield "board.index", f"/plans?q={marked.MARKERS[kind][:-1]}"
        yield "people.index", f"/people?q={marked.MARKERS[kind][:-1]}"
    for marker in marked.MARKERS.values():
        # A letter is lacking, so that what is searched for is offered as a near word or not at all.
        yield "search.index", f"/search?q={marker[:-1]}"


def _values(db: Database, rule: str, name: str) -> list[Any]:
    """Everything that is tried for one name; a name that is new here fails the test."""
    options = re.search(rf"<any\(([^)]*)\):{name}>", rule)
    if options:
        return [each.strip() for each in options[1].split(",")]
    if name == "action":
        return list(next(each for start, each in ACTIONS.items() if rule.startswith(start)))
    if name == "ref":
        kind = next(kind for start, kind in KIND_OF_REF if rule.startswith(start))
        return _column(db, REFS.format(kind))
    if name == "key":
        return _column(db, next(sql for start, sql in KEYS.items() if rule.startswith(start)))
    return _column(db, VALUES[name])


def _column(db: Database, sql: str) -> list[Any]:
    return db.read(lambda s: list(dict.fromkeys(s.scalars(text(sql)))))


def _mails(db: Database) -> list[tuple[str, str]]:
    rows = "SELECT person.key, outbox.subject || ' ' || outbox.body AS words FROM outbox " \
           "JOIN person ON person.id = person_id"  # fmt: skip
    return db.read(lambda s: [(row.key, row.words) for row in s.execute(text(rows))])


def test_the_table_has_as_many_cells_as_were_counted() -> None:
    assert len(READERS) * len(CAST) == CELLS
    assert READERS.keys() == marked.MARKERS.keys()


@pytest.mark.parametrize("kind", READERS)
def test_nobody_reads_it_who_may_not(seen: Seen, kind: str) -> None:
    """Faults R2, R3, X3; INV-46, INV-51, SR-30: 0 leaks, on any page, in any file, mail
    or search."""
    leaks = {
        person: sorted(seen.where[kind, person])[:5]
        for person in seen.by.get(kind, set()) - READERS[kind]
    }
    assert leaks == {}


@pytest.mark.parametrize("kind", READERS)
def test_everybody_reads_it_who_may(seen: Seen, kind: str) -> None:
    """INV-53: 0 false refusals; whoever may read it finds it."""
    assert READERS[kind] - seen.by.get(kind, set()) == set()


@pytest.mark.parametrize("endpoint", SHOWN)
def test_somebody_sees_there_what_the_address_is_for(seen: Seen, endpoint: str) -> None:
    """An address at which nobody sees anything would prove nothing."""
    assert SHOWN[endpoint] - seen.at.get(endpoint, set()) == set()


def test_no_address_shows_text_that_the_table_does_not_know_of(seen: Seen) -> None:
    """A page or file that begins to show text gets a row, by hand; titles stand on every list."""
    surprising = {
        endpoint: sorted(kinds - {"exempt title"})
        for endpoint, kinds in seen.at.items()
        if endpoint not in SHOWN and kinds - {"exempt title"}
    }
    assert surprising == {}
