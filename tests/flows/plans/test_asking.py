"""Help can be asked of any service, whatever the council calls its roles (F6)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.council_loading import load_council
from cycle import access, people
from cycle.db import Database
from cycle.errors import Blocked, NotFound
from cycle.models import Plan
from tests import build, cabinet
from workflows.council import loading
from workflows.plans import asking, plans
from workflows.record.verify import verify

HOUSING = "SVP-2028-HOUSING"


def queue_of(db: Database, person: int) -> int:
    """The queue of somebody's post."""
    return db.read(lambda s: build.actor_of(s, person).posts_held[0].queue_id)


def text_of(session: Any, person: int) -> Plan:
    """The text of Housing's plan, for somebody."""
    return access.text_of(session, build.actor_of(session, person), HOUSING)


def offered(db: Database, by: int, ref: str, find: str = "") -> dict[str, list[str]]:
    """Whom the page offers, by department."""

    def read(session: Any) -> dict[str, list[str]]:
        who = build.actor_of(session, by)
        found = asking.groups(session, build.plan(session, ref), who.queue_ids, find)
        return {group.title: [queue.words for queue in group.queues] for group in found}

    return db.read(read)


def ask(db: Database, by: int, whom: int, ref: str = HOUSING) -> int:
    """Ask somebody for the purpose of a plan."""
    queue = queue_of(db, whom)

    def work(session: Any) -> int:
        plan = build.plan(session, ref)
        key = next(each["key"] for each in plan.template["sections"] if each["kind"] == "text")
        return plans.ask(session, build.actor(session, by), plan.id, key, queue, "Please.").id

    return db.run(work)


def writing(db: Database) -> build.Cast:
    """Housing's plan is with Mo, who writes it."""
    who = build.year_one(db)
    build.issue_outcomes(db, who)
    build.act(db, HOUSING, "start", None)
    return who


def test_any_service_and_the_councils_own_posts_can_be_asked(db: Database) -> None:
    """Fault R11: legal, finance and another service's manager; nobody who only sits as a member,
    checks the record, or runs accounts. The plan's own department comes first."""
    who = writing(db)
    found = offered(db, who.mo, HOUSING)
    assert list(found)[:2] == ["Place", asking.WHOLE_COUNCIL]
    everybody = " ".join(words for words_of in found.values() for words in words_of)
    for name in ("tess", "ray", "pat", "fred", "connie", "monty"):
        assert db.read(people.actor, getattr(who, name)).name in everybody, name
    for name in ("mo", "aud", "adam", "mem", "lee", "chas"):
        assert db.read(people.actor, getattr(who, name)).name not in everybody, name
    assert "Housing" in found["Place"][0] or "Lettings" in found["Place"][0]
    assert offered(db, who.mo, HOUSING, "PARKS").keys() == {"Place"}
    assert offered(db, who.mo, HOUSING, "nobody of that name") == {}


def test_pat_of_parks_who_is_asked_may_read_and_write_that_section(db: Database) -> None:
    """Fault R11: whoever is asked gets the right to what they need, and no more."""
    who = writing(db)
    with pytest.raises(NotFound):
        db.read(text_of, who.pat)
    ask(db, who.mo, who.pat)
    db.read(text_of, who.pat)
    for name in ("aud", "adam", "mem"):
        with pytest.raises(Blocked, match="from the list"):
            ask(db, who.mo, getattr(who, name))


def test_heads_of_service_can_be_asked_under_another_framework(db: Database) -> None:
    """Fault R11: the roles are the framework's, not those of one council."""
    who = cabinet.year_one(db, "stockton-pmf")
    ref = db.read(
        lambda s: s.scalars(
            select(Plan.ref).where(Plan.unit_id.is_not(None)).order_by(Plan.ref).limit(1)
        ).one()
    )
    found = offered(db, who.sue, ref)
    everybody = " ".join(words for words_of in found.values() for words in words_of)
    for name in ("Mo Quay", "Pat Quay", "Connie Quay"):
        assert name in everybody


def renamed(words: str, roles: set[str], mark: str) -> str:
    """A text in which every role bears another name."""
    return re.sub(r'"(\w+)"', lambda m: f'"{mark}{m[1]}"' if m[1] in roles else m[0], words)


def test_a_council_may_call_its_roles_what_it_likes(db: Database, tmp_path: Path) -> None:
    """Fault R11: with every role renamed a year opens, a section is asked for, a plan is reviewed,
    members see nothing before, and the record is whole."""
    data = build.framework_data()
    roles = data["roles"].keys() - {"system"}
    other = json.loads(renamed(json.dumps(data), roles, "our_"))
    assert "our_clerk" in other["roles"]
    assert "clerk" not in other["roles"]
    file = tmp_path / "council.toml"
    council_file = (build.HERE / "data" / "smallshire.toml").read_text(encoding="utf-8")
    file.write_text(re.sub(r'role = "(\w+)"', r'role = "our_\1"', council_file), encoding="utf-8")
    db.run(loading.load, None, load_council(file), other)
    db.run(build._meetings)
    who = build.cast(db)
    build.cycle(db, who)
    build.issue_outcomes(db, who)
    build.act(db, HOUSING, "start", None)
    build.fill(db, HOUSING, who.mo)
    asked = ask(db, who.mo, who.pat)
    db.run(lambda s: plans.answer(s, build.actor(s, who.pat), asked, "given"))
    build.act(db, HOUSING, "submit", who.mo)
    assert build.state(db, HOUSING) == "proposals_in_review"
    for person in (who.mem, who.lee, who.adam):
        with pytest.raises(NotFound):
            db.read(text_of, person)
    assert db.read(verify.check).broken == ()
