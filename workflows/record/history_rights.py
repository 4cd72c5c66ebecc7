"""Of acts on people, posts, cover and units: who got what, in words.

The rule that lives here: the record seals numbers and keys, never names, since a name can be
erased; names and titles are looked up when the record is shown (SR-80).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cycle.models import Cover, Person, Post, RightsProposal, Unit

NO_NAME = "someone whose name has been erased"
UNKNOWN = "somebody"
Details = Mapping[str, Any]
_PEOPLE = ("person", "for", "proposed_by", "people", "made_room")
_POSTS = ("post", "left", "posts")
_UNITS = ("unit", "into", "from")


@dataclass(frozen=True)
class Known:
    """What some events name, as it is called today: people and covers by id, posts by id and by
    key, units by key."""

    people: Mapping[int, str]
    posts: Mapping[int | str, str]
    units: Mapping[str, str]
    covers: Mapping[int, Cover]
    proposals: Mapping[int, RightsProposal]

    def person(self, number: Any) -> str:
        """The name of a person, or that it was erased."""
        return self.people.get(number, UNKNOWN)

    def post(self, mark: Any) -> str:
        """The post by its title, as it stands within a sentence."""
        return f"the post “{self.posts[mark]}”" if mark in self.posts else "a post"

    def unit(self, key: Any) -> str:
        """The name of a unit; its key when there is none any more."""
        return self.units.get(key, str(key))


def known(session: Session, given: Iterable[tuple[str, Details]]) -> Known:
    """What these acts name (action and details), with one statement for each kind of thing."""
    mine = [details for action, details in given if action in _SAY]
    covers = _by_id(session, Cover, _found(mine, "cover"))
    proposals = _by_id(session, RightsProposal, _found(mine, "proposal"))
    persons, posts = _found(mine, *_PEOPLE), _found(mine, *_POSTS)
    for row in covers.values():
        persons |= {row.for_person_id}
        posts |= {row.post_id}
    for each in proposals.values():
        persons |= {each.for_person_id, each.person_id, each.proposed_by_id}
        posts |= {each.post_id}
    return Known(_names(session, persons), _titles(session, posts),
                 _units(session, _found(mine, *_UNITS)), covers, proposals)  # fmt: skip


def words(action: str, details: Details, known: Known) -> str:
    """The act in the past with names; empty for acts of other kinds."""
    say = _SAY.get(action)
    return say(details, known) if say else ""


def shown(action: str, details: Details, known: Known) -> dict[str, Any]:
    """The details of an act with names instead of numbers."""
    if action not in _SAY:
        return dict(details)
    called: dict[str, Callable[[Any], str]] = {
        **dict.fromkeys(_PEOPLE, known.person),
        **{name: lambda mark: known.posts.get(mark, str(mark)) for name in _POSTS},
    }
    if "unit" in details:
        called |= dict.fromkeys(("unit", "into"), known.unit)
    return {
        name: _called(called[name], value) if name in called and value is not None else value
        for name, value in details.items()
    }


def _called(call: Callable[[Any], str], value: Any) -> Any:
    """One name, or a list of them."""
    return [call(each) for each in value] if isinstance(value, list) else call(value)


# What is looked up --------------------------------------------------------------------------------


def _found(given: Iterable[Details], *names: str) -> set[Any]:
    values = [details.get(name) for details in given for name in names]
    found = [each for one in values for each in (one if isinstance(one, list) else [one])]
    return {each for each in found if isinstance(each, int | str)}


def _by_id(session: Session, model: type[Any], ids: set[Any]) -> dict[int, Any]:
    if not ids:
        return {}
    return {row.id: row for row in session.scalars(select(model).where(model.id.in_(ids)))}


def _names(session: Session, ids: set[Any]) -> dict[int, str]:
    rows = _by_id(session, Person, {each for each in ids if isinstance(each, int)})
    return {number: NO_NAME if row.salt is None else row.name for number, row in rows.items()}


def _titles(session: Session, marks: set[Any]) -> dict[int | str, str]:
    if not marks:
        return {}
    ids = [each for each in marks if isinstance(each, int)]
    keys = [each for each in marks if isinstance(each, str)]
    found = select(Post).where(or_(Post.id.in_(ids), Post.key.in_(keys)))
    return {mark: row.title for row in session.scalars(found) for mark in (row.id, row.key)}


def _units(session: Session, marks: set[Any]) -> dict[str, str]:
    keys = [each for each in marks if isinstance(each, str)]
    if not keys:
        return {}
    rows = session.scalars(select(Unit).where(Unit.key.in_(keys)).order_by(Unit.id))
    return {row.key: row.name for row in rows}


# In words -----------------------------------------------------------------------------------------


def _proposed(details: Details, known: Known) -> str:
    """Whose proposal it was, where two agreed."""
    by = details.get("proposed_by")
    return f", as {known.person(by)} had proposed" if by is not None else ""


def _hold(details: Details, known: Known) -> str:
    what = f"gave {known.person(details.get('person'))} {known.post(details.get('post'))}"
    return what + _proposed(details, known)


def _change(details: Details, known: Known) -> str:
    left, post = known.post(details.get("left")), known.post(details.get("post"))
    who = known.person(details.get("person"))
    return f"moved {who} from {left} to {post}{_proposed(details, known)}"


def _cover(details: Details, known: Known) -> str:
    what = _covering(details.get("person"), details.get("for"), details.get("post"), known)
    return f"set cover: {what}{_proposed(details, known)}"


def _covering(acting: Any, away: Any, post: Any, known: Known) -> str:
    return f"{known.person(acting)} for {known.person(away)} in {known.post(post)}"


def _end_cover(details: Details, known: Known) -> str:
    row = known.covers.get(details.get("cover") or 0)
    away = details.get("for") or (row and row.for_person_id)
    post = details.get("post") or (row and row.post_id)
    acting = details.get("person")
    if away is None:  # recorded before the act said so, and the row is gone
        return f"ended cover by {known.person(acting)}"
    return f"ended cover: {_covering(acting, away, post, known)}"


def _end_holding(details: Details, known: Known) -> str:
    who, post = known.person(details.get("person")), known.post(details.get("post"))
    return f"ended the time of {who} in {post}"


def _propose(details: Details, known: Known) -> str:
    return f"proposed to a second administrator: {_wished(details, known)}"


def _wished(details: Details, known: Known) -> str:
    """What a proposal is: the post, or the cover, and for whom."""
    if details.get("what") == "set_cover":
        covering = _covering(details.get("person"), details.get("for"), details.get("post"), known)
        return f"cover, {covering}"
    if details.get("what") == "reactivate":
        return f"opening the account of {known.person(details.get('person'))} again"
    return f"{known.post(details.get('post'))} for {known.person(details.get('person'))}"


def _settled(before: str) -> Callable[[Details, Known], str]:
    def say(details: Details, known: Known) -> str:
        row = known.proposals.get(details.get("proposal") or 0)
        wished = dict(details) | (
            {"what": row.kind, "for": row.for_person_id, "post": row.post_id} if row else {}
        )
        by = f", proposed by {known.person(details.get('proposed_by'))}"
        return f"{before}: {_wished(wished, known)}{by if before != _TAKEN_BACK else ''}"

    return say


_TAKEN_BACK = "took back a proposal"


def _of_person(before: str, after: str = "") -> Callable[[Details, Known], str]:
    def say(details: Details, known: Known) -> str:
        return f"{before}{known.person(details.get('person'))}{after}"

    return say


def _into(before: str) -> Callable[[Details, Known], str]:
    def say(details: Details, known: Known) -> str:
        return f"{before} {known.unit(details.get('unit'))} into {known.unit(details.get('into'))}"

    return say


_SAY: Mapping[str, Callable[[Details, Known], str]] = {
    "add_person": _of_person("added the person "),
    "add_unit": lambda details, known: f"added the unit {known.unit(details.get('unit'))}",
    "carry_to_unit": lambda details, known: (
        f"gave it to {known.unit(details.get('into'))}, since "
        f"{known.unit(details.get('from'))} ended"
    ),
    "change_role": _change,
    "close_rights": _settled("closed a proposal that could no longer be done"),
    "deactivate": _of_person("closed the account of "),
    "drop_unit": lambda details, known: f"closed the unit {known.unit(details.get('unit'))}",
    "end_cover": _end_cover,
    "end_holding": _end_holding,
    "end_sessions": _of_person("signed out ", " everywhere"),
    "hold_post": _hold,
    "invite": _of_person("asked for a link with which ", " sets a password"),
    "merge_units": _into("merged"),
    "print_link": _of_person("printed a link with which ", " sets a password"),
    "propose_rights": _propose,
    "reactivate": lambda details, known: (
        f"opened the account of {known.person(details.get('person'))} again"
        f"{_proposed(details, known)}"
    ),
    "refuse_rights": _settled("refused a proposal"),
    "set_cover": _cover,
    "withdraw_rights": _settled(_TAKEN_BACK),
}
# Acts that are told here.
ACTS = frozenset(_SAY)
