"""Fault X7: the server demands the version that its page showed, on every address that acts.

The walk goes through ``url_map``, so that a new address that acts is refused without a version or
stands below with the reason why its page shows none.
"""

import re
from urllib.parse import urlencode
from uuid import uuid4

from sqlalchemy import text

from tests.web.http.test_bad_values import FORM, PLAIN, Walk, form_of, rules, walk
from webui.forms.fields import UNSEEN

__all__ = ["walk"]

ADDS = "it adds what was not there, so there is nothing that could have been seen"
ASKS_THE_ROW = "its verb locks the row and says no when somebody was faster"
OWN = "it is about nobody but the person who sends it"
SHOWS_NO_VERSION: dict[str, str] = {
    "audit.seal": "it seals whatever the record says at that moment",
    "board.remind": "the plans ticked are named in the form; a reminder changes none of them",
    "calendar.take_in": "what was looked at comes along whole and is compared with what stands",
    "changes.more_time": ADDS,
    "cycles.new": ADDS,
    "cycles.take_in": ADDS,
    "meetings.new": ADDS,
    "people.new": ADDS,
    "people.hold": ADDS,
    "people.cover": ADDS,
    "people.invite": ADDS,
    "people.end_post": ASKS_THE_ROW,
    "people.end_cover": ASKS_THE_ROW,
    "people.deactivate": ASKS_THE_ROW,
    "people.reactivate": ASKS_THE_ROW,
    "people.end_sessions": ASKS_THE_ROW,
    "people.erase": ASKS_THE_ROW,
    "proposals.agree": ASKS_THE_ROW,
    "proposals.refuse": ASKS_THE_ROW,
    "proposals.take_back": ASKS_THE_ROW,
    "comments.answer": ADDS,
    "comments.settle": ASKS_THE_ROW,
    "plans.look": "what is demanded of it needs a file that was handed in (test_word)",
    "plans.new_entry": ADDS,
    "plans.answer": ASKS_THE_ROW,
    "rehearsals.ask": ADDS,
    "rehearsals.stop": ASKS_THE_ROW,
    "signing.change_password": OWN,
    "signing.end_session": OWN,
    "signing.end_sessions": OWN,
    "tasks.claim": ASKS_THE_ROW,
    "tasks.give_back": ASKS_THE_ROW,
}
# Those whose page also says which sealed text it displayed.
SHOWS_TEXT = {"plans.act", "resolutions.decide", "resolutions.agreed"}
OUT_OF_DATE = re.compile("has changed|(?:since|after) you opened")
NONE_AT_ALL: list[str | None] = [None, "", " ", "x", "-1", "1.0", "٣", "2147483648", "9" * 5000]
# What a form needs besides, where the walk finds no page that offers it.
ALSO = {
    "changes.propose": {"reason": "The hall is let."},
    "resolutions.agreed": {"shown": "{}"},
    "corrections.settle": {"choice": "kept", "reason": "It stays."},
}
# In the town of the walk every service has its plan, so that there is none to add.
NOTHING_TO_CHOOSE = {"cycles.add_plan"}


# Where the report has to stand for the page of a step to open.
STANDS = {"resolutions.list_item": ("requested", "draft"), "items.publish": ("frozen", "settled")}


def stand_at(walk: Walk, endpoint: str) -> None:
    """Put the report of the walk where this step is open, by the back door of the database."""
    if endpoint not in STANDS:
        return
    state, phase = STANDS[endpoint]
    put = text("UPDATE subject SET state = :state, phase = :phase WHERE id = :item")
    stands = {"state": state, "phase": phase, "item": int(walk.town.at("{waiting}"))}
    walk.town.db.run(lambda s: s.execute(put, stands))


def without(form: dict[str, str], name: str, value: str | None) -> dict[str, str]:
    """A form with another value in one box, or without the box; sent under a key of its own."""
    rest = {key: other for key, other in form.items() if key != name}
    return {**rest, **({} if value is None else {name: value}), "form_key": str(uuid4())}


def test_every_act_is_refused_without_the_version_that_its_page_showed(walk: Walk) -> None:
    """Fault X7, INV-31: left out, empty or garbled, on each address that acts."""
    demanded, passed, unsaid = set(), [], []
    for rule in rules(walk.town.app, "POST"):
        if rule.endpoint in PLAIN | set(SHOWS_NO_VERSION):
            continue
        path, browser = walk.path(rule), walk.browser(rule.endpoint)
        stand_at(walk, rule.endpoint)
        form = form_of(walk, rule, path)
        names = ["seen_version", *(["shown"] if rule.endpoint in SHOWS_TEXT else [])]
        for name, value in [(name, value) for name in names for value in NONE_AT_ALL]:
            if name == "shown" and value not in (None, ""):
                continue
            body = urlencode(without(form, name, value))
            reply = browser.client.post(path, data=body, content_type=FORM)
            if not 400 <= reply.status_code < 500:
                passed.append(f"{rule.endpoint} {name}={value!r:.20}: {reply.status_code}")
            elif UNSEEN not in reply.text:
                unsaid.append(f"{rule.endpoint} {name}={value!r:.20}: {reply.status_code}")
        demanded.add(rule.endpoint)
    assert not passed, "\n".join(passed)
    assert not unsaid, "\n".join(unsaid)
    assert len(demanded) > 25


def test_an_address_that_shows_no_version_has_no_box_for_one(walk: Walk) -> None:
    """Fault X7: a page that draws a version demands it; the list above is no way around."""
    known = {rule.endpoint for rule in rules(walk.town.app, "POST")}
    assert set(SHOWS_NO_VERSION) <= known
    drawn = []
    for rule in rules(walk.town.app, "POST"):
        if rule.endpoint in SHOWS_NO_VERSION and "seen_version" in form_of(
            walk, rule, walk.path(rule)
        ):
            drawn.append(rule.endpoint)
    assert drawn == []


def test_every_act_is_refused_when_its_page_is_out_of_date(walk: Walk) -> None:
    """INV-31: with another version than the one that stands, on each address that acts."""
    taken, refused, asked = [], set(), set()
    for rule in rules(walk.town.app, "POST"):
        if rule.endpoint in PLAIN | set(SHOWS_NO_VERSION):
            continue
        path, browser = walk.path(rule), walk.browser(rule.endpoint)
        stand_at(walk, rule.endpoint)
        form = form_of(walk, rule, path) | ALSO.get(rule.endpoint, {})
        form = without(form, "seen_version", "2000000000")
        reply = browser.client.post(path, data=urlencode(form), content_type=FORM)
        if reply.status_code < 400:
            taken.append(f"{rule.endpoint}: {reply.status_code}")
        if reply.status_code == 409 and OUT_OF_DATE.search(reply.text):
            refused.add(rule.endpoint)
        asked.add(rule.endpoint)
    assert taken == []
    assert asked - refused == NOTHING_TO_CHOOSE
    assert len(refused) > 25
