"""Smallshire with somebody's every right in one of several capacities, for the tests of who acted
as what: each person has a spare post that comes before the real one and gives no right to anything.
"""

import json
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config import council as files
from config.council_loading import load_council
from cycle import clock
from cycle.db import Database
from cycle.people import system
from tests import build
from tests.build import Cast
from workflows.calendar import rhythm
from workflows.council import loading

SPARE = "Spare post"
# Who neither covers nor is covered here: for what nobody can do for them (Local Government Act 2003
# s.25), as councillors among officers, and as auditor.
IN_PERSON = ("selma", "lee", "chas", "mem", "aud")
# Posts that nobody holds.
VACANT = ("vacant-one", "vacant-two")
FIRST, LAST = date(2020, 1, 1), date(2040, 1, 1)


@dataclass(frozen=True)
class Named:
    """Whom an event names: the person, the post, for whom, by what authority."""

    action: str
    subject: str
    name: str
    post: str
    for_: str
    authority: str


def two_posts(given: files.Council) -> files.Council:
    """Everybody holds the spare post and the real one."""
    return _arranged(given, lambda key, real: ((_spare(key), *real), (), ()))


def only_cover(given: files.Council) -> files.Council:
    """Everybody holds the spare post, and covers the real one for somebody who is away."""

    def arrange(key: str, real: tuple[str, ...]) -> Any:
        if key in IN_PERSON:
            return (_spare(key), *real), (), ()
        return (_spare(key),), real, real

    return _arranged(given, arrange)


def own_and_cover(given: files.Council) -> files.Council:
    """Everybody holds the real post, and covers the spare one for somebody who is away."""

    def arrange(key: str, real: tuple[str, ...]) -> Any:
        if key in IN_PERSON:
            return (_spare(key), *real), (), ()
        return real, (_spare(key),), (_spare(key),)

    return _arranged(given, arrange)


ARRANGEMENTS = {each.__name__: each for each in (two_posts, only_cover, own_and_cover)}


def _spare(key: str) -> str:
    return f"spare-{key}"


def _arranged(given: files.Council, arrange: Any) -> files.Council:
    """The council with spare posts before all others, and people placed as ``arrange`` says:
    (posts that they hold, posts of the one who is away, posts that they cover)."""
    store = files.Unit(key="store", name="Store", level="team", parent="parks")
    spares = {
        _spare(key): files.Post(
            key=_spare(key), title=f"{SPARE} of {each.name}", role="team_manager", unit="store"
        )
        for key, each in given.people.items()
    }
    for key in VACANT:
        spares[key] = files.Post(key=key, title=key, role="team_manager", unit=store.key)
    people, covers = {}, []
    for key, each in given.people.items():
        real = tuple(held.post for held in each.posts)
        own, away, covered = arrange(key, real)
        people[key] = replace(each, posts=tuple(files.Appointment(post=post) for post in own))
        if away:
            gone = f"away-{key}"
            people[gone] = files.Person(
                key=gone,
                name=f"{each.name} who is away",
                email=f"{gone}@smallshire.example",
                posts=tuple(files.Appointment(post=post) for post in away),
            )
        covers += [
            files.Cover(
                person=f"away-{key}", covered_by=key, post=post, from_on=FIRST, until_on=LAST
            )
            for post in covered
        ]
    return replace(
        given,
        units={**given.units, store.key: store},
        posts={**spares, **given.posts},
        people=people,
        covers=tuple(covers),
        settings={**given.settings, "service_plans_to_members": True},
    )


def smallshire() -> files.Council:
    """The council of the tests as its file says."""
    return load_council(build.HERE / "data" / "smallshire.toml")


def council(db: Database, given: files.Council, data: dict[str, Any] | None = None) -> Cast:
    """A council loaded, under the framework in which no plan waits for another one."""
    db.run(loading.load, None, given, data or framework())
    return build.cast(db)


def placed(
    db: Database,
    posts: dict[str, tuple[str, ...]],
    covers: dict[str, str] | None = None,
    data: dict[str, Any] | None = None,
) -> Cast:
    """Smallshire where some hold other posts (all of theirs, by key) and some cover for others
    (who covers: for whom), with Year 1 open."""
    given = smallshire()
    people = dict(given.people)
    for key, held in posts.items():
        people[key] = replace(
            people[key], posts=tuple(files.Appointment(post=each) for each in held)
        )
    away = tuple(
        files.Cover(person=other, covered_by=key, from_on=FIRST, until_on=LAST)
        for key, other in (covers or {}).items()
    )
    with clock.set_to(build.SPRING):
        who = council(db, replace(given, people=people, covers=away), data)
        db.run(_meetings)
    return who


def _meetings(session: Session) -> None:
    rhythm.make_meetings(session, system(session), date(2027, 4, 1), date(2029, 4, 1))


def framework() -> dict[str, Any]:
    """The framework of the tests, in which no plan waits for another one."""
    data = deepcopy(build.framework_data())
    for kind in data["plan_types"].values():
        for needs in ("start_prerequisites", "final_prerequisites", "approve_prerequisites"):
            kind.pop(needs, None)
    return data


_NAMED = text("""
SELECT event.action, subject.ref, attribution.words, subject.kind
FROM event JOIN subject ON subject.id = event.subject_id
JOIN attribution ON attribution.event_id = event.id
JOIN person ON person.id = event.person_id AND NOT person.is_system
WHERE event.id > :after ORDER BY event.id
""")


def named(db: Database, after: int = 0) -> list[Named]:
    """Whom each event of a person names, in order; ``after`` is an event's id."""

    def work(session: Session) -> list[Named]:
        found = []
        for row in session.execute(_NAMED, {"after": after}):
            words = json.loads(row.words or '{"name":"","post":"","for":"","authority":""}')
            found.append(
                Named(
                    row.action,
                    row.ref,
                    words["name"],
                    words["post"],
                    words["for"],
                    words["authority"],
                )
            )
        return found

    return db.read(work)


def last_event(db: Database) -> int:
    """The id of the newest event."""
    return int(db.read(lambda s: s.scalar(text("SELECT max(id) FROM event"))) or 0)
