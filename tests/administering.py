"""What administrators may do by themselves (SR-80), row by row: who does what to whom, and what
comes of it. Written from the requirement; asked of the verbs and of the pages alike.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle.db import Database
from cycle.models import Person
from tests import build
from workflows.people import accounts, sessions

# What comes of an act. ALONE: done, and the record says that no second administrator was there.
DONE, ALONE, PROPOSED, DENIED = "done", "alone", "proposed", "denied"
NEVER_ONESELF = "Nobody sets cover with themselves at another"
NOT_ONESELF = "Somebody else has to give you a post."
NOT_THE_LAST = "no administrator would be left who has ever signed in"
NOBODY_LEFT = "nobody would be left to look after people and posts"


@dataclass(frozen=True)
class Row:
    """``by`` does ``act`` (post, cover, end, deactivate) for ``whom`` at ``post``.

    ``comes`` is what comes of it: a word above, or a part of the sentence of the refusal.
    """

    by: str
    act: str
    whom: str
    post: str
    comes: str


# Only Adam has ever signed in; Ada and Abe have administrators' posts.
BY_THE_FIRST = (
    Row("adam", "cover", "adam", "chief-executive", NEVER_ONESELF),
    Row("adam", "cover", "adam", "manager-lettings", NEVER_ONESELF),
    Row("adam", "post", "adam", "auditor", NOT_ONESELF),
    Row("adam", "post", "adam", "member-place", NOT_ONESELF),
    Row("adam", "deactivate", "adam", "", "Somebody else has to deactivate your account."),
    Row("adam", "end", "adam", "administrator", NOT_THE_LAST),
    Row("pat", "cover", "pat", "chief-executive", DENIED),
    Row("pat", "post", "pat", "auditor", DENIED),
    Row("pat", "deactivate", "adam", "", DENIED),
    Row("adam", "cover", "connie", "chief-executive", ALONE),
    Row("adam", "post", "pat", "auditor", ALONE),
    Row("adam", "post", "tess", "member-place", DONE),
    Row("adam", "cover", "rita", "manager-lettings", DONE),
    Row("ray", "cover", "dirk", "director-homes", DONE),
)
# Adam, Ada and Abe have signed in.
BY_ONE_OF_SEVERAL = (
    Row("adam", "cover", "adam", "chief-executive", NEVER_ONESELF),
    Row("adam", "cover", "adam", "manager-lettings", NEVER_ONESELF),
    Row("adam", "deactivate", "adam", "", "Somebody else has to deactivate your account."),
    Row("pat", "cover", "pat", "chief-executive", DENIED),
    Row("adam", "cover", "connie", "chief-executive", PROPOSED),
    Row("adam", "post", "pat", "auditor", PROPOSED),
    Row("adam", "post", "adam", "auditor", PROPOSED),
    Row("adam", "post", "adam", "member-place", PROPOSED),
    Row("adam", "post", "tess", "member-place", DONE),
    Row("adam", "cover", "rita", "manager-lettings", DONE),
    Row("ray", "cover", "dirk", "director-homes", DONE),
    Row("adam", "end", "adam", "administrator", DONE),
    Row("ada", "deactivate", "adam", "", DONE),
)
# Ada and Abe had signed in and are gone.
BY_WHO_IS_LEFT = (
    Row("adam", "cover", "adam", "chief-executive", NEVER_ONESELF),
    Row("adam", "post", "adam", "auditor", NOT_ONESELF),
    Row("adam", "end", "adam", "administrator", NOBODY_LEFT),
    Row("adam", "cover", "connie", "chief-executive", PROPOSED),
    Row("adam", "post", "pat", "auditor", PROPOSED),
    Row("adam", "post", "tess", "member-place", DONE),
    Row("adam", "post", "pat", "administrator-ada", ALONE),
)
ADMINISTRATORS = ("adam", "ada", "abe")
TABLES = {
    "the first": (BY_THE_FIRST, ("adam",), ()),
    "one of several": (BY_ONE_OF_SEVERAL, ADMINISTRATORS, ()),
    "who is left": (BY_WHO_IS_LEFT, ADMINISTRATORS, ("ada", "abe")),
}


def signs_in(db: Database, *persons: int) -> None:
    """They sign in, each in a browser."""
    for person in persons:
        db.run(lambda s, p: sessions.begin(s, s.get_one(Person, p), "Firefox/1 Linux"), person)


def set_up(db: Database, signed_in: tuple[str, ...], gone: tuple[str, ...]) -> build.Cast:
    """Smallshire with three administrators, and two vacant posts: the auditor's and a member's."""
    who = build.administrators(db)
    db.run(_vacate, who)
    signs_in(db, *(who.ids[each] for each in signed_in))
    for each in gone:
        db.run(lambda s, p: accounts.deactivate(s, build.actor(s, who.adam), p), who.ids[each])
    return who


def _vacate(session: Session, who: build.Cast) -> None:
    for each in (who.aud, who.mem):
        accounts.end_appointment(
            session, build.actor(session, who.adam), appointment(session, each)
        )


def appointment(session: Session, person: int) -> int:
    """The number of a person's appointment that has not ended."""
    return int(
        session.scalar(
            text(
                "SELECT id FROM appointment WHERE person_id = :p "
                "AND (upper_inf(during) OR upper(during) > current_date) ORDER BY id"
            ),
            {"p": person},
        )
        or 0
    )


def post_id(session: Session, key: str) -> int:
    """The number of a post."""
    return int(session.scalar(text("SELECT id FROM post WHERE key = :k"), {"k": key}) or 0)
