"""Every text box of every form at its limit and one beyond (SR-58); fields that nobody asked for
(SR-26). The walk is the one of ``test_bad_values``: acts are done on PostgreSQL and then undone."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.flows.committees import HOUSING
from tests.web.browsing import prefilled
from tests.web.http.test_bad_values import FEW, PLAIN, Forgetful, Walk, form_of, rules
from tests.web.town import Town
from webui.forms import fields
from workflows.plans.plans import LONGEST_SECTION

PLANTED = "987654321"
EXTRA = dict.fromkeys(
    ("state", "author_id", "role", "is_admin", "version", "approved_at", "id", "person_id",
     "exempt", "recorded_by_id", "outcome", "unit_id", "lifecycle", "head_seq", "epoch", "active"),
    PLANTED,
)  # fmt: skip


@pytest.fixture
def walk(own_smallshire: Town) -> Iterator[Walk]:
    """Everyone's browser, and a database that undoes every act after a look at it."""
    found = Walk(own_smallshire)
    for rule in rules(own_smallshire.app, "POST"):
        found.browser(rule.endpoint)
    app, real = own_smallshire.app, own_smallshire.app.extensions["db"]
    app.extensions["db"] = Searching(real.url)
    yield found
    app.extensions["db"].dispose()
    app.extensions["db"] = real


class Searching(Forgetful):
    """Looks through every table for what was planted, before an act is undone."""

    def __init__(self, url: str):
        super().__init__(url)
        self.found, self.acts, self.looking = set[str](), 0, False

    def run(self, work: Any, *args: Any, **kwargs: Any) -> Any:
        """Do the work, look, undo."""

        def and_look(session: Session) -> Any:
            result = work(session, *args, **kwargs)
            session.flush()
            if self.looking:
                self.acts += 1
                self.found |= {row[0] for row in session.execute(text(self._everywhere(session)))}
            return result

        return super().run(and_look)

    def _everywhere(self, session: Session) -> str:
        tables = session.scalars(
            text(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' "
                "AND table_type = 'BASE TABLE' AND table_name NOT IN ('request_key', 'kept_form')"
            )
        )
        one = "SELECT '{0}' FROM \"{0}\" AS t WHERE t::text LIKE '%{1}%'"
        return " UNION ALL ".join(one.format(name, PLANTED) for name in tables)


def test_no_form_takes_a_field_that_it_does_not_have(walk: Walk) -> None:
    """SR-26: state, author, role, version, id… added to every form are stored nowhere."""
    db: Searching = walk.town.app.extensions["db"]
    for rule in rules(walk.town.app, "POST"):
        if rule.endpoint in FEW | PLAIN | {"signing.end_sessions"}:  # they end this very session
            continue
        path, browser = walk.path(rule), walk.browser(rule.endpoint)
        form = form_of(walk, rule, path)
        bare = browser.post(path, form)
        db.looking = True
        reply = browser.post(path, {**EXTRA, **form})
        db.looking = False
        walk.note(reply, path)
        # A number drawn for an undone row is not drawn again, so the last digits may differ.
        ways = [(each.status_code, (each.location or "").rstrip("0123456789"))
                for each in (reply, bare)]  # fmt: skip
        assert ways[0] == ways[1], path
    assert walk.failed == []
    assert db.found == set()
    assert db.acts > 15, "acts are done, not refused"


def test_every_text_box_takes_its_limit_and_refuses_one_more_with_the_text_kept(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SR-58: at the limit nothing is said about the length; one more is 422 with the text kept."""
    limits: dict[str, int] = {}
    asked = fields._Words.pre_validate

    def noted(self: Any, form: Any) -> None:
        if not isinstance(self, fields.HiddenField):
            limits[self.name] = self.max_length
        asked(self, form)

    monkeypatch.setattr(fields._Words, "pre_validate", noted)
    wrong, boxes = [], 0
    for rule in rules(walk.town.app, "POST"):
        if rule.endpoint in FEW or "password" in rule.rule:
            continue
        path, browser = walk.path(rule), walk.browser(rule.endpoint)
        form = form_of(walk, rule, path)
        limits.clear()
        walk.note(browser.post(path, form), path)
        for name, limit in [(each, most) for each, most in limits.items() if each in form][:6]:
            full = browser.post(path, {**form, name: "x" * limit})
            over = browser.post(path, {**form, name: "x" * (limit + 1)})
            boxes += 1
            if full.status_code >= 500 or "characters or fewer" in full.text:
                wrong.append((path, name, "at the limit", full.status_code))
            if over.status_code != 422 or "x" * (limit + 1) not in over.text and limit > 20:
                wrong.append((path, name, "beyond", over.status_code))
    assert wrong == []
    assert walk.failed == []
    assert boxes > 20


def test_a_section_at_its_limit_is_stored_whole(own_smallshire: Town) -> None:
    """SR-58: 60,000 characters of more than one byte come back as they were typed."""
    mo, at = own_smallshire.browser("mo"), f"/plans/{HOUSING}/sections/purpose"
    mo.get(at)
    words = "é" * LONGEST_SECTION
    assert mo.post(at, prefilled(mo.page, at) | {"body": words}).status_code == 303
    kept = text(
        "SELECT body FROM section JOIN subject ON subject.id = plan_id "
        "WHERE ref = :ref AND key = 'purpose'"
    )
    assert own_smallshire.db.read(lambda s: s.scalar(kept, {"ref": HOUSING})) == words
