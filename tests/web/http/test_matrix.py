"""Who may open what: the table of addresses and people asked of the service (SR-22, INV-50).

Housing's plan is open to its line, to the support service and to the auditor; that it exists, to
every officer. Parks' is exempt: outside its line nobody may know that there is one (SR-23, SR-30).
"""

import re
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from tests.flows.committees import HOUSING, PARKS, STP
from tests.web.browsing import Browser, prefilled
from tests.web.http import test_every_route as others
from tests.web.http.test_every_route import state_of
from tests.web.matrix_table import (
    ACTS,
    CAST,
    OTHER,
    PAGES,
    PARKS_LINE,
    PLAN,
    READERS,
    WAITING,
    YEAR,
)
from tests.web.town import MARKER, Town

REFUSED = (403, 404, 409)


@pytest.fixture(scope="module")
def browsers(smallshire: Town) -> dict[str, Browser]:
    """Everybody's browser."""
    return {name: smallshire.browser(name) for name in CAST}


def test_both_tables_together_name_every_address(smallshire: Town) -> None:
    """SR-22, INV-50: a new page needs a line in a table; without one this test names it."""
    match = smallshire.app.url_map.bind("localhost", url_scheme="https").match
    missing = []
    for method, mine, theirs in (("GET", PAGES, others.PAGES), ("POST", ACTS, others.ACTS)):
        paths = [smallshire.at(path).partition("?")[0] for path in mine]
        paths += [path.format(mo=1, held=1, section="x") for path in theirs]
        known = {match(path, method=method)[0] for path in paths}
        missing += [
            f"{method} {rule.rule}"
            for rule in smallshire.app.url_map.iter_rules()
            if method in (rule.methods or ())
            and rule.endpoint not in known | {"static"}
            and rule.rule not in others.PUBLIC | others.OWN_TESTS
        ]
    assert missing == []


LOOKED_FOR = [f"/plans?q={MARKER}", f"/people?q={PARKS}", f"/entries?q={MARKER}", "/plans?ended=y"]


def words_of(reply: object) -> str:
    """Everything that a reply says, a workbook's cells and a document's parts included."""
    data = reply.data  # type: ignore[attr-defined]
    if data[:2] == b"PK" and b"word/document.xml" in data:
        with ZipFile(BytesIO(data)) as packed:
            return " ".join(packed.read(name).decode() for name in packed.namelist())
    if data[:2] == b"PK":
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        return repr([book.get_sheet_by_name(name).to_python() for name in book.sheet_names])
    return str(reply.text)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Visit:
    """What one person got at one address: the status of the page and of its head, the words."""

    name: str
    path: str
    status: int
    head: int
    kind: str
    words: str


@pytest.fixture(scope="module")
def visits(smallshire: Town, browsers: dict[str, Browser]) -> list[Visit]:
    """Every page as everybody, once and then its head; nothing at all has changed afterwards."""
    before, found = state_of(smallshire.db), []
    for path in [*PAGES, *LOOKED_FOR]:
        for name, browser in browsers.items():
            reply = browser.get(smallshire.at(path))
            head = browser.client.head(smallshire.at(path))
            codes, kind = (reply.status_code, head.status_code), reply.headers["Content-Type"]
            found.append(Visit(name, path, *codes, kind, words_of(reply)))
    assert state_of(smallshire.db) == before, "SR-35: reading changes nothing"
    return found


def test_each_page_opens_for_whom_the_table_says_and_reading_changes_nothing(
    visits: list[Visit],
) -> None:
    """SR-22, SR-35: every page and its head as every role; the record and all else stay as is."""
    wrong = [
        (each.path, each.name, each.status, each.head)
        for each in visits
        if each.path in PAGES
        and (
            (each.status in (200, 302, 303)) != (each.name in PAGES[each.path])
            or each.status not in (200, 302, 303, *REFUSED)
            or each.head != each.status
        )
    ]
    assert wrong == []


HTML = "text/html; charset=utf-8"
KINDS = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".csv": "text/csv; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
}


def test_every_page_and_file_says_what_it_is(visits: list[Visit]) -> None:
    """SR-47: HTML with its character set, workbooks as workbooks, tables and calendars as such."""
    files = {each.path for each in visits if "html" not in each.kind}
    assert files == {path for path in PAGES if path.endswith(tuple(KINDS))}
    wrong = [
        (each.path, each.kind)
        for each in visits
        if each.kind != KINDS.get("." + each.path.rpartition(".")[2], HTML)
        and (each.status == 200 or each.kind != HTML)
    ]
    assert wrong == []


def test_every_file_is_handed_out_under_a_name_of_our_own(
    smallshire: Town, browsers: dict[str, Browser]
) -> None:
    """SR-63: as an attachment, by the name of its page and the day; nothing that people typed."""
    named = re.compile(r'attachment; filename="[a-z]+(-[a-z0-9]+)*-20\d\d-\d\d-\d\d\.[a-z]+"')
    files = {path: sorted(who)[0] for path, who in PAGES.items() if path.endswith(tuple(KINDS))}
    wrong = {}
    for path, name in files.items():
        reply = browsers[name].get(smallshire.at(path))
        if not named.fullmatch(reply.headers.get("Content-Disposition", "")):
            wrong[path] = (reply.status_code, reply.headers.get("Content-Disposition"))
    assert wrong == {}
    assert len(files) > 5


def token_of(browser: Browser) -> dict[str, str]:
    browser.get("/account")
    return {"csrf_token": prefilled(browser.page, "")["csrf_token"]}


def test_each_act_is_refused_to_whom_the_table_says(
    smallshire: Town, browsers: dict[str, Browser]
) -> None:
    """SR-22: with a good token and a good key, the rest of the cast is told no; nothing changes."""
    before, wrong = state_of(smallshire.db), []
    for name, browser in browsers.items():
        form = token_of(browser) | {"form_key": "0b7e3e3c-5f0e-4a39-9d0c-9a1c9b3c4f10"}
        for path, allowed in ACTS.items():
            if name not in allowed:
                sent = form | seen(smallshire, path) | FILLED.get(path.rpartition("/")[2], {})
                reply = browser.post(smallshire.at(path), sent)
                if reply.status_code not in (REFUSED if path in NOT_NOW else (403, 404)):
                    wrong.append((path, name, reply.status_code))
    assert wrong == [], wrong
    assert state_of(smallshire.db) == before


# The version that a page of each address shows, so that nobody is refused for an old page.
VERSIONS = (
    ("/purpose/refresh", f"SELECT version FROM subject WHERE ref = '{HOUSING}'"),
    ("/sections/purpose", "SELECT section.version FROM section JOIN subject s ON s.id = plan_id "
     f"WHERE ref = '{HOUSING}' AND key = 'purpose'"),
    ("/entries/{uid}", "SELECT version FROM item WHERE uid = '{uid}'"),
    (PLAN, f"SELECT version FROM subject WHERE ref = '{HOUSING}'"),
    (OTHER, f"SELECT version FROM subject WHERE ref = '{PARKS}'"),
    (f"/plans/{STP}", f"SELECT version FROM subject WHERE ref = '{STP}'"),
    ("{waiting}", "SELECT version FROM subject WHERE id = {waiting}"),
    ("{decided}", "SELECT version FROM subject WHERE id = {decided}"),
    ("/meetings/{meeting}/", "SELECT version FROM meeting WHERE id = {meeting}"),
    ("{change}", "SELECT version FROM subject WHERE ref = '{change}'"),
    (YEAR, "SELECT version FROM subject WHERE ref = 'Y-2027-1'"),
    ("", "SELECT version FROM subject WHERE kind = 'council'"),
)  # fmt: skip


def seen(town: Town, path: str) -> dict[str, str]:
    """What the page of an address would hand back of what it showed."""
    sql = town.at(next(each for part, each in VERSIONS if part in path))
    version = town.db.read(lambda s: s.scalar(text(sql)))
    return {"seen_version": str(version), "shown": "x"}


# Steps that the report cannot take from where it stands: everybody is told so, whoever they are.
NOT_NOW = {f"{WAITING}/list_item", f"{WAITING}/publish"}
# What these forms need before anybody is asked who may.
FILLED = {
    "purpose": {"body": "x"},
    "remove": {},
    "comment": {"beside_purpose": "x"},
}


def plain(reply: object) -> str:
    """A page without what is new in every reply."""
    return re.sub(r'nonce="[^"]*"|value="[^"]*"', "", reply.text)  # type: ignore[attr-defined]


CHILDREN = [
    "",
    "/history",
    "/print",
    "/plan.docx",
    "/sections/purpose/section.docx",
    "/word",
    "/word/look",
    "/compare",
    "/sections/purpose",
    "/ask",
    "/comment",
    "/submit",
]


@pytest.mark.parametrize("name", ["mo", "cy", "adam", "mem"])
def test_an_exempt_plan_of_others_is_to_the_byte_a_plan_that_does_not_exist(
    browsers: dict[str, Browser], name: str
) -> None:
    """SR-23: same status, same body, same headers for Parks' plan as for a reference of none."""
    browsers[name].get("/account")  # the first page of all brings this browser its form token
    for child in CHILDREN:
        secret, nothing = (
            browsers[name].get(f"/plans/{ref}{child}") for ref in (PARKS, "SVP-2028-NOPLAN")
        )
        assert (secret.status_code, nothing.status_code) == (404, 404), child
        assert plain(secret) == plain(nothing)
        assert sorted(secret.headers.keys()) == sorted(nothing.headers.keys())


def test_the_text_of_another_departments_draft_is_not_there(browsers: dict[str, Browser]) -> None:
    """SR-23, SR-25: Pat knows that Housing's plan exists; its text, versions and prints do not."""
    nothing = plain(browsers["pat"].get("/plans/SVP-2028-NOPLAN/print"))
    for child in CHILDREN[2:]:
        reply = browsers["pat"].get(f"{PLAN}{child}")
        assert (reply.status_code, plain(reply)) == (404, nothing), child


def test_a_child_of_another_parent_is_not_there(smallshire: Town) -> None:
    """SR-24: sections' entries, contributions, decisions, posts and stages belong to their own."""
    at, before = smallshire.at, state_of(smallshire.db)
    wrong = [
        ("pat", "GET", f"{OTHER}/sections/{{entries}}/entries/{{uid}}"),
        ("pat", "POST", f"{OTHER}/sections/{{entries}}/entries/{{uid}}"),
        ("pat", "POST", f"{OTHER}/sections/{{entries}}/entries/{{uid}}/remove"),
        ("pat", "POST", f"{OTHER}/contributions/{{asked}}/given"),
        ("pat", "POST", f"{PLAN}/contributions/{{asked}}/given"),
        ("monty", "GET", f"{PLAN}/bodies/{{stage}}/waive"),
        ("monty", "POST", f"{PLAN}/bodies/{{stage}}/waive"),
        ("cy", "GET", "/items/{waiting}/decisions/{decision}/correct"),
        ("cy", "POST", "/items/{waiting}/decisions/{decision}/correct"),
        ("cy", "GET", "/meetings/{met}/items/{waiting}/decision"),
        ("cy", "POST", "/meetings/{met}/items/{waiting}/decision"),
        ("cy", "POST", "/meetings/{met}/items/{waiting}/agreed"),
        ("adam", "GET", "/people/{mo}/posts/{pats}/end"),
        ("adam", "POST", "/people/{mo}/posts/{pats}/end"),
        ("adam", "POST", "/people/{mo}/cover/{cover}/end"),
        ("sue", "GET", "/cycles/C-2027/years/9"),
    ]
    found = []
    for name, method, path in wrong:
        browser = smallshire.browser(name)
        form = token_of(browser) | {"form_key": "0b7e3e3c-5f0e-4a39-9d0c-9a1c9b3c4f11"}
        form |= seen(smallshire, path)
        reply = browser.get(at(path)) if method == "GET" else browser.post(at(path), form)
        if reply.status_code != 404:
            found.append((name, method, path, reply.status_code))
    assert found == []
    assert state_of(smallshire.db) == before


@pytest.mark.parametrize(
    ("hidden", "readers"), [(MARKER, READERS), (PARKS, PARKS_LINE), ("secret_title", PARKS_LINE)]
)
def test_what_is_hidden_appears_on_no_page_and_in_no_file_of_those_who_may_not(
    smallshire: Town, visits: list[Visit], hidden: str, readers: frozenset[str]
) -> None:
    """INV-53, SR-30: pages, lists, workbooks, searches, histories and refusals hold it 0 times."""
    hidden = smallshire.places.get(hidden, hidden)
    visited = {(each.name, each.path) for each in visits
            if hidden in each.words and hidden not in each.path}  # fmt: skip
    assert {each for each in visited if each[0] not in readers} == set()
    assert {name for name, _ in visited} == readers, "those who may do see it"


@pytest.mark.parametrize("name", ["sue", "mo", "pat", "mem"])
def test_the_files_hold_what_the_pages_show(browsers: dict[str, Browser], name: str) -> None:
    """INV-53: ``/plans.xlsx`` and ``/entries.xlsx`` name the same plans as the pages do."""
    for page, file in (("/plans?ended=y", "/plans.xlsx?ended=y"), ("/entries", "/entries.xlsx")):
        shown = set(re.findall(r'href="/plans/([A-Z0-9-]+)"', browsers[name].get(page).text))
        kept = set(
            re.findall(r"\b[A-Z]{2,4}-20\d\d(?:-[A-Z0-9-]+)?", words_of(browsers[name].get(file)))
        )
        assert kept == shown, page


def test_a_role_taken_away_closes_the_form_that_is_open(own_smallshire: Town) -> None:
    """SR-16: Mo's post ends while his form is open; page and act are refused at the next click."""
    town = own_smallshire
    mo, cy = town.browser("mo"), town.browser("cy")
    mo.get(f"{PLAN}/sections/purpose")
    form = prefilled(mo.page, f"{PLAN}/sections/purpose") | {"body": "Written too late, by Mo."}
    cy.get("/meetings/new")
    meeting = prefilled(cy.page, "/meetings/new")
    with_posts = text("UPDATE appointment SET during = daterange('2026-01-01', '2027-10-01') "
                      "WHERE person_id = ANY(:who)")  # fmt: skip
    town.db.run(lambda s: s.execute(with_posts, {"who": [town.who.mo, town.who.cy]}))
    before = state_of(town.db)
    assert mo.post(f"{PLAN}/sections/purpose", form).status_code in (403, 404)
    assert mo.get(f"{PLAN}/submit").status_code in (403, 404)
    assert cy.post("/meetings/new", meeting).status_code == 403
    assert cy.get("/meetings/new").status_code == 403
    assert state_of(town.db) == before
