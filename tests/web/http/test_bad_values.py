"""SR-55: whatever is typed, in every box of every form and every part of every address, the answer
is a page with a sentence: never a 500 (nor anything else of 5xx), and nothing half-written.

The walk goes through ``url_map`` with objects that exist and people who may. Each act is done on
PostgreSQL to its end and then rolled back, so that the next value meets the same Smallshire.
"""

import io
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import Rule

from cycle.db import Database
from tests.web.browsing import Browser
from tests.web.town import Town

NUL = b"Ho\0me"
BAD: list[bytes] = [
    NUL,
    b"\xed\xa0\x80",  # half of a pair, as no browser sends it
    b"9" * 5000,
    b"2147483648",
    b"9223372036854775808",
    b"-1",
    b"NaN",
    b"0",
    b"10000",
    "١٢".encode(),
    b"1_000",
    b'{"a": [1, null]}',
    b"",
]
CURSORS = [b"WzkyMjMzNzIwMzY4NTQ3NzU4MDdd", b"WyJ4Il0", b"W251bGxd", b"WzEsMiwzLDRd", b"W10"]
# Who may send what; who is not named here is Sue.
WHO = {
    "audit": "aud", "people": "adam", "units": "adam", "governance": "adam", "proposals": "adam",
    "plans": "mo", "tasks": "mo",
    "signing": "tess", "meetings": "cy", "items": "cy",
    "calendar": "cy", "outside_days": "sue", "closed_days": "sue", "day_rules": "monty",
    "items.comment": "fin", "items.write": "sue", "items.refresh": "sue",
    "resolutions": "cy", "resolutions.waive": "monty",
    "plans.answer": "fred", "corrections": "cy", "corrections.agree": "monty",
    "corrections.refuse": "monty",
}  # fmt: skip
# What stands in the addresses, by the name of the part, and otherwise by the endpoint.
PARTS = {
    "person_id": "{mo}", "appointment_id": "{held}", "cover_id": "{cover}", "unit_id": "{unit}",
    "proposal_id": "{proposal}", "correction_id": "{correction}",
    "item_id": "{waiting}", "decision_id": "{decision}", "meeting_id": "{meeting}", "number": "1",
    "stage_id": "{stage}", "contribution_id": "{asked}", "comment_id": "{remark}",
    "task_id": "{task}", "uid": "{uid}", "mark": "settle",
    "outcome": "declined", "action": "submit", "kind": "finance", "way": "service_plan",
    "token": "nobody", "ref": "SVP-2028-HOUSING", "key": "purpose", "filename": "brand.css",
    "nation": "wales", "guide": "clerks",
}  # fmt: skip
SPECIAL: dict[str, dict[str, str]] = {
    "cycles": {"ref": "C-2027"},
    "cycles.find": {"ref": "Y-2027-2", "what": "open"},
    "changes": {"ref": "{change}", "action": "withdraw"},
    "changes.moves": {"ref": "Y-2027-1"},
    "changes.propose": {"ref": "Y-2027-1"},
    "changes.moved": {"ref": "Y-2027-1"},
    "timetable": {"ref": "Y-2027-1", "key": "open_year", "ending": "csv"},
    "timetable.cycle": {"ref": "C-2027"},
    "timetable.cycle_printed": {"ref": "C-2027"},
    "timetable.cycle_file": {"ref": "C-2027"},
    "frameworks": {"key": "nottinghamshire-smf", "kind": "budget"},
    "day_rules": {"key": "final_report"},
    "outside_days.take_back_event": {"key": "by_election_2027_11_18"},
    "closed_days": {"kind": "closure", "on": "2027-12-24"},
    "published": {"timetable": "medway-2017-18"},
    "items.with_reason": {"action": "withdraw"},
    "items.elsewhere": {"action": "record_resolution"},
    "resolutions.waive": {"ref": "STP-2028"},
    "resolutions.ask_again": {"ref": "STP-2028"},
    "meetings.correct": {"item_id": "{decided}"},
    "corrections": {"item_id": "{decided}", "plan_id": "{corrected_plan}"},
    "plans.new_entry": {"key": "{entries}"},
    "plans.entry": {"key": "{entries}"},
    "plans.remove_entry": {"key": "{entries}"},
}
QUERY = {"plans.new_entry": "?type={entry_type}"}
# Boxes of the forms that have no page of their own.
BARE = {"plans.answer": ["note"], "signing.end_session": ["which"],
        "board.remind": ["plans", "which"]}  # fmt: skip
# Signed-out acts whose hash costs more than all else; their own tests send them what is bad.
FEW = {"signing.try_sign_in", "signing.ask_for_link", "signing.change_password"}

# Forms that change nothing of the plans, so they carry neither key nor version.
PLAIN = {"signing.try_sign_in", "signing.ask_for_link", "signing.set_password", "signing.sign_out",
         "calendar.hand_in", "plans.hand_in", "preview.draw"}  # fmt: skip
KEYS = {"form_key", "seen_version"}
FORM = "application/x-www-form-urlencoded"


class Forgetful(Database):
    """The same database, in which every unit of work is done to the end and then undone."""

    def run(self, work: Any, *args: Any, **kwargs: Any) -> Any:
        """Do it, let every constraint speak that waits for the end, and roll back."""
        with Session(self.engine, expire_on_commit=False) as session:
            result = work(session, *args, **kwargs)
            session.flush()
            session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            session.rollback()
            return result


class Walk:
    """One person's browser for each address, and what was answered with 5xx."""

    def __init__(self, town: Town):
        self.town, self.failed = town, list[str]()
        self.browsers: dict[str, Browser] = {}
        self.sent = 0

    def browser(self, endpoint: str) -> Browser:
        """The browser of somebody who may."""
        name = WHO.get(endpoint) or WHO.get(endpoint.split(".")[0], "sue")
        if name not in self.browsers:
            self.browsers[name] = self.town.browser(name)
        return self.browsers[name]

    def parts(self, rule: Rule) -> dict[str, str]:
        """What stands in an address."""
        family = rule.endpoint.split(".")[0]
        named = PARTS | SPECIAL.get(family, {}) | SPECIAL.get(rule.endpoint, {})
        return {each: self.town.at(named[each]) for each in rule.arguments if each in named}

    def path(self, rule: Rule, **other: str) -> str:
        """The address of a rule, with other parts where some are given."""
        parts = self.parts(rule) | other
        path = re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda m: parts[m[1]], rule.rule)
        return path + self.town.at(QUERY.get(rule.endpoint, ""))

    def note(self, reply: Any, what: str) -> None:
        """Keep what should never happen."""
        self.sent += 1
        if reply.status_code >= 500:
            self.failed.append(f"{reply.status_code} {what}")


@pytest.fixture
def walk(own_smallshire: Town) -> Iterator[Walk]:
    """Smallshire with everyone signed in and every act undone."""
    found = Walk(own_smallshire)
    for endpoint in [*WHO, "cycles"]:
        found.browser(endpoint)
    app, real = own_smallshire.app, own_smallshire.app.extensions["db"]
    app.extensions["db"] = Forgetful(real.url)
    yield found
    app.extensions["db"].dispose()
    app.extensions["db"] = real


def rules(app: Flask, method: str) -> list[Rule]:
    """The addresses that take a method, but for files."""
    found = [
        rule
        for rule in app.url_map.iter_rules()
        if method in (rule.methods or ()) and rule.endpoint != "static"
    ]
    # Who has signed out sends no more forms, so that comes last.
    return sorted(found, key=lambda rule: rule.endpoint == "signing.sign_out")


FILLER = "Words that will do."
_BOX = re.compile(r"<(input|textarea|select)([^>]*)>")
_NAME = re.compile(r'\b(name|type|value)="([^"]*)"')


def boxes(page: str, to: str) -> dict[str, str]:
    """The boxes of the form that goes to an address, each with something that will do."""
    forms = re.findall(r"(?s)<form[^>]*>.*?</form>", page)
    named = [form for form in forms if f'action="{to}"' in unescape(form)]
    found: dict[str, str] = {}
    own = [form for form in forms if re.match(r'<form method="post"(?! action="/)', form)]
    for form in named or own:
        for kind, attributes in _BOX.findall(form):
            about = {key: unescape(value) for key, value in _NAME.findall(attributes)}
            if "name" in about and not found.get(about["name"]):
                found[about["name"]] = about.get("value") or _will_do(kind, about, form)
    return found


def _will_do(kind: str, about: dict[str, str], form: str) -> str:
    if kind == "select":
        inside = form.split(f'name="{about["name"]}"', 1)[1].split("</select>", 1)[0]
        values = [each for each in re.findall(r'<option[^>]*value="([^"]*)"', inside) if each]
        return unescape(values[0]) if values else ""
    for part, value in (
        ("-day", "4"),
        ("-month", "12"),
        ("-year", "2027"),
        ("email", "n@x.example"),
    ):
        if about["name"].endswith(part):
            return value
    return "10:30" if about["name"] in ("at", "hour") else FILLER


def form_of(walk: Walk, rule: Rule, path: str) -> dict[str, str]:
    """The form that an address takes, opened as its person would, filled in so that it will do."""
    browser = walk.browser(rule.endpoint)
    bare = path.partition("?")[0]
    found: dict[str, str] = {}
    for page in (path, bare.rpartition("/")[0], "/account"):
        reply = browser.get(page)
        found = boxes(browser.page, path) or boxes(browser.page, bare) or found
        if found and reply.status_code == 200:
            break
    if "csrf_token" not in found:
        browser.get("/account")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.page)
        found["csrf_token"] = token[1] if token else ""
    found |= dict.fromkeys(BARE.get(rule.endpoint, []), "x")
    if rule.endpoint in PLAIN:
        return found
    if "seen_version" in found:
        found["seen_version"] = found["seen_version"].replace(FILLER, "")
    return found | {"form_key": str(uuid4())}


def test_no_bad_value_in_any_box_of_any_form_breaks_anything(walk: Walk) -> None:
    """SR-55: NUL, half pairs, huge and negative numbers, other digits, JSON; one box at a time."""
    reached, taken = set(), []
    for rule in rules(walk.town.app, "POST"):
        path, browser = walk.path(rule), walk.browser(rule.endpoint)
        form = form_of(walk, rule, path)
        for place, name in enumerate(each for each in form if each != "csrf_token"):
            # What hides goes into every box; of the rest each box takes some, each form takes all.
            some = [] if rule.endpoint in FEW else BAD[2 + place % 3 :: 3]
            for bad in [*BAD[:2], *some]:
                body = urlencode({**form, name: bad})
                reply = browser.client.post(path, data=body, content_type=FORM)
                walk.note(reply, f"POST {path} {name}={bad[:20]!r}")
                if bad == NUL and name in KEYS & set(form) and reply.status_code < 400:
                    taken.append(f"{path} {name}")
                reached.add((rule.endpoint, reply.status_code))
    assert walk.failed == []
    assert taken == [], "a form whose key or version is nonsense does nothing"
    done = {endpoint for endpoint, status in reached if status in (303, 422, 409)}
    assert len(done) > 45, "most forms are reached and not just refused for their token"


def test_no_form_takes_a_file_or_json_in_the_place_of_words(walk: Walk) -> None:
    """SR-55, SR-37: a file where words belong is 4xx, so is JSON or plain text sent as a form."""
    taken = []
    for rule in rules(walk.town.app, "POST"):
        path, browser = walk.path(rule), walk.browser(rule.endpoint)
        form = form_of(walk, rule, path)
        name = next((each for each in form if each not in KEYS | {"csrf_token"}), "form_key")
        data = {**form, name: (io.BytesIO(b"words"), "words.txt")}
        for reply in (
            browser.client.post(path, data=data, content_type="multipart/form-data"),
            browser.client.post(path, data=b'{"a": 1}', content_type="application/json"),
            browser.client.post(path, data=b"a=1", content_type="text/plain"),
        ):
            walk.note(reply, f"POST {path} {name}")
            if reply.status_code < 400 and rule.endpoint != "signing.sign_out":
                taken.append(path)
    assert walk.failed == []
    assert taken == []


@pytest.fixture
def asked(walk: Walk) -> Iterator[set[str]]:
    """The names that a page asks the query for."""
    names: set[str] = set()

    class Recorder(ImmutableMultiDict):  # type: ignore[type-arg]
        def get(self, key: Any, *args: Any, **kw: Any) -> Any:
            names.add(key)
            return super().get(key, *args, **kw)

        def getlist(self, key: Any, *args: Any, **kw: Any) -> Any:
            names.add(key)
            return super().getlist(key, *args, **kw)

    kind = walk.town.app.request_class
    walk.town.app.request_class = type("Listening", (kind,), {"parameter_storage_class": Recorder})
    yield names
    walk.town.app.request_class = kind


def test_no_bad_value_in_any_query_breaks_a_page(walk: Walk, asked: set[str]) -> None:
    """SR-55: each name that a page reads from its address, with each bad value."""
    read = 0
    for rule in rules(walk.town.app, "GET"):
        path, browser = walk.path(rule), walk.browser(rule.endpoint)
        asked.clear()
        walk.note(browser.get(path), f"GET {path}")
        found = re.findall(r'(?s)<form[^>]*method="get".*?</form>', browser.page)
        names = asked | {name for form in found for name in re.findall(r'name="(\w+)"', form)}
        if rule.endpoint in ("tasks.mine", "tasks.done", "audit.record"):
            names.add("after")
        for name in sorted(each for each in names if isinstance(each, str)):
            for bad in [*BAD, *(CURSORS if name == "after" else ())]:
                address = f"{path.partition('?')[0]}?{urlencode({name: bad})}"
                walk.note(browser.get(address), f"GET {address[:120]}")
                read += 1
    assert walk.failed == []
    assert read > 300


def test_no_bad_value_in_any_part_of_an_address_breaks_a_page(walk: Walk) -> None:
    """SR-55: references, keys and numbers that are none are refused, in pages and in acts."""
    opened = []
    for method in ("GET", "POST"):
        for rule in rules(walk.town.app, method):
            browser = walk.browser(rule.endpoint)
            for part in rule.arguments - set(rule.defaults or ()):
                for bad in (b"Ho\0me", b"\xed\xa0\x80", b"9" * 5000, b"2147483648", b"-1", b"x y"):
                    path = walk.path(rule, **{part: quote(bad)})
                    reply = browser.client.open(path, method=method)
                    walk.note(reply, f"{method} {path[:120]}")
                    if reply.status_code < 400:
                        opened.append(path[:120])
    assert walk.failed == []
    assert opened == []
