"""The demo council for ``plancycle run``: filled once into an empty database, with its sign-ins.

The rule that lives here: demo passwords are no secret. They follow from the council's and the
person's key alone, so that ``demo-users`` can print them without a database; nothing but the demo
uses them.
"""

import hashlib
from collections.abc import Sequence
from typing import TypedDict

import click

from config.council import COUNCILS, Council
from config.council_loading import load_council
from config.settings import Settings
from cycle.db import Database
from cycle.errors import BadInput
from cycle.server import migrate
from workflows.people import passwords
from workflows.simulation import demo as simulate_demo

BEING_MADE = "demo-being-made"
DEMO = "borsetshire"
# Whom the lines after the start name: one for each kind of work.
_SHOWN = (
    "suzanne-kelleher", "jerome-baptiste", "amara-nwosu", "bethan-prosser", "lucy-drayton",
    "ravi-pillai", "chidi-amadi", "peter-szabo", "margaret-ellison",
)  # fmt: skip
_WORDS = (
    "amber", "barley", "candle", "dapple", "ember", "fathom", "gravel", "hollow", "indigo",
    "juniper", "kettle", "lantern", "meadow", "nettle", "orchard", "pebble", "quarry", "ribbon",
    "saddle", "thimble", "umber", "velvet", "willow", "yarrow",
)  # fmt: skip


class DemoUser(TypedDict):
    """Somebody who can sign in to a demo council; ``posts`` are titles."""

    name: str
    sign_in: str
    password: str
    posts: list[str]


def demo_users(key: str) -> list[DemoUser]:
    """Everyone who can sign in to a demo council: name, sign_in, password, posts (titles)."""
    council = load_council(COUNCILS / key)
    return [
        {
            "name": person.name,
            "sign_in": person.email,
            "password": password_of(key, person.key),
            "posts": [council.posts[held.post].title for held in person.posts],
        }
        for person in council.people.values()
        if person.active
    ]


def look_for_demo(db: Database, key: str) -> None:
    """Raises BadInput where the database holds no council, or another one than this demo: then its
    passwords open nothing (fault S18)."""
    title = db.read(simulate_demo.council_there)
    if title is None:
        raise BadInput(
            "This installation holds no council yet, so no demo password works here. "
            "plancycle run without --no-demo makes the demo council in it."
        )
    if title != load_council(COUNCILS / key).name:
        raise BadInput(
            f"This installation holds {title}, so no demo password works here. "
            "plancycle run makes the demo council in a data folder of its own: name it with "
            "DATA_DIR."
        )


def password_of(key: str, person: str) -> str:
    """The demo password of a person: three words and a number, at least 15 characters."""
    seed = hashlib.sha256(f"{key}/{person}".encode()).digest()
    words = [_WORDS[byte % len(_WORDS)] for byte in seed[:3]]
    return f"{'-'.join(words)}-{seed[3] % 90 + 10}"


def prepare(settings: Settings, key: str) -> Sequence[str]:
    """Fill an empty database with the demo council; gives the lines to print: who can sign in.

    A database that holds a council is left as it is; when it is another one, there are no lines.
    A demo that was broken off half-way is made anew.
    """
    if settings.database_url is None or settings.migration_url is None:
        raise ValueError("the database is known by the time the demo is prepared")
    council = load_council(COUNCILS / key)
    db = Database(settings.database_url, patient=False)
    try:
        title = db.read(simulate_demo.council_there)
        being_made = settings.data_dir / BEING_MADE
        if title is not None and being_made.exists():
            # This very start was broken off before: what is there was made by it alone.
            db.dispose()
            migrate.downgrade(settings.migration_url, "base")
            migrate.upgrade(settings.migration_url)
            title = None
        if title is None:
            click.echo("Making the demo council, once; this takes about a minute.", err=True)
            being_made.touch()
            simulate_demo.build(db, settings, key)
            hashes = {each: passwords.hashed(password_of(key, each)) for each in council.people}
            db.run(simulate_demo.set_passwords, hashes)
            being_made.unlink()
    finally:
        db.dispose()
    return _lines(council, key) if title in (None, council.name) else []


def _lines(council: Council, key: str) -> list[str]:
    shown = [council.people[each] for each in _SHOWN if each in council.people]
    rows = [
        f"  {person.email:44} {password_of(key, person.key):28} "
        f"{person.name}, {council.posts[person.posts[0].post].title}"
        for person in shown
    ]
    return [
        f"{council.name}, the demo. Sign in with one of these, or see plancycle demo-users:",
        *rows,
    ]
