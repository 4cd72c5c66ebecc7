"""Units, bodies, queues and posts as a council's files say, brought into the database.

The rule that lives here: what the files no longer name stays as it is and is told; ending a unit,
body or post is said in the files with ``until``, or done with the verbs of ``reorganisation``.
"""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import council as files, permissions
from config.choices import choice_problem
from config.framework import Framework
from cycle.models import Body, BodyRemit, Post, Queue, Unit
from workflows.council.load_report import Report, differing
from workflows.queues.queues import queue_at

# Units, bodies and posts of which the files do not say since when.
SINCE_EVER = date(1900, 1, 1)


def problems(council: files.Council, framework: Framework) -> list[str]:
    """What the framework does not know of the council's files, each ``file:key: sentence``."""
    found = []
    roles = sorted(framework.roles.keys() - {permissions.BY_ITSELF})
    for post in council.posts.values():
        if post.role not in roles:
            found.append(
                f"posts:{post.key}.role: The framework has no role “{post.role}”. "
                f"Known are: {', '.join(roles)}."
            )
    levels = [level.key for level in framework.levels]
    for unit in council.units.values():
        if unit.level not in levels:
            found.append(
                f"units:{unit.key}.level: The framework has no level “{unit.level}”. "
                f"Known are: {', '.join(levels)}."
            )
    found += _body_problems(council, framework)
    for key, value in council.settings.items():
        why = choice_problem(framework, key, value)
        if why:
            found.append(f"council:settings.{key}: {why}")
    if not council.units:
        found.append("units:units: There is no unit here. Begin with the council itself.")
    held = {each.post for who in council.people.values() if who.active for each in who.posts}
    resort = framework.roles[permissions.last_resort(framework)]
    catching = {each.key for each in council.posts.values() if each.role == resort.key}
    if not catching & held:
        found.append(
            f"posts:{resort.key}.role: Nobody is in the support service, to which every vacancy "
            f"goes. Add a post with the role {resort.key} and put somebody in it."
        )
    return found


def _body_problems(council: files.Council, framework: Framework) -> list[str]:
    found = []
    for key, bodies in council.framework_bodies().items():
        kind = framework.bodies.get(key)
        for body in bodies:
            if kind is None:
                found.append(
                    f"bodies:{body.key}.framework_body: The framework has no body “{key}”. "
                    f"Known are: {', '.join(framework.bodies)}."
                )
        if kind is not None and not kind.many and len(bodies) > 1:
            names = ", ".join(body.key for body in bodies)
            found.append(
                f"bodies:{bodies[1].key}.framework_body: There is one {kind.title} only, and these "
                f"all say that they are it: {names}."
            )
    return found


@dataclass
class Structure:
    """The rows of the council's structure by key, while it is loaded."""

    session: Session
    report: Report
    units: dict[str, Unit] = field(default_factory=dict)
    bodies: dict[str, Body] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    queues: dict[tuple[str, int | None, int | None], int] = field(default_factory=dict)

    def top(self) -> Unit:
        """The unit that is the council itself."""
        return next(each for each in self.units.values() if each.parent_id is None)


def load_structure(
    session: Session, council: files.Council, framework: Framework, report: Report
) -> Structure:
    """Units, bodies with their remits, queues and posts; every difference is noted."""
    made = Structure(session, report)
    made.units = {row.key: row for row in session.scalars(select(Unit))}
    made.bodies = {row.key: row for row in session.scalars(select(Body))}
    made.posts = {row.key: row for row in session.scalars(select(Post))}
    made.queues = {
        (row.role, row.unit_id, row.body_id): row.id for row in session.scalars(select(Queue))
    }
    for name in sorted(made.units.keys() - council.units.keys()):
        report.keep(f"Units: {name} is not in the files and stays as it is.")
    for name in sorted(made.bodies.keys() - council.bodies.keys()):
        report.keep(f"Bodies: {name} is not in the files and stays as it is.")
    for name in sorted(made.posts.keys() - council.posts.keys()):
        report.keep(f"Posts: {name} is not in the files and stays as it is.")
    _units(made, council)
    _bodies(made, council)
    _posts(made, council)
    _wanted_queues(made, framework)
    return made


def _units(made: Structure, council: files.Council) -> None:
    new = set()
    for unit in council.units.values():
        if unit.key not in made.units:
            since = unit.from_on or SINCE_EVER
            row = Unit(key=unit.key, name=unit.name, level=unit.level, path=[], from_on=since)
            made.session.add(row)
            made.units[unit.key] = row
            new.add(unit.key)
    made.session.flush()
    for unit in sorted(council.units.values(), key=lambda each: len(council.line_of(each.key))):
        row = made.units[unit.key]
        if row.merged_into_id is not None:
            made.report.keep(f"Units: {unit.key} was merged here and stays merged.")
            continue
        parent = made.units[unit.parent] if unit.parent else None
        changed = differing(
            row,
            {
                "name": unit.name,
                "level": unit.level,
                "parent_id": parent.id if parent else None,
                "path": [*(parent.path if parent else []), row.id],
                "from_on": unit.from_on or row.from_on,
                "until_on": unit.until_on,
            },
        )
        _note(made.report, "units", unit.key, unit.key in new, changed)
    made.session.flush()


def _note(report: Report, kind: str, key: str, new: bool, changed: list[str]) -> None:
    if new:
        report.note(kind, "added", key)
    elif changed:
        report.note(kind, "changed", f"{key} ({', '.join(changed)})")


def _bodies(made: Structure, council: files.Council) -> None:
    for body in council.bodies.values():
        row = made.bodies.get(body.key)
        new = row is None
        wanted = {
            "name": body.name,
            "framework_key": body.framework_key,
            "kind": body.kind,
            "public": body.public,
            "size": body.size,
            "quorum": body.quorum,
            "rhythm": body.rhythm.as_words() if body.rhythm else {},
            "from_on": body.from_on or (row.from_on if row else SINCE_EVER),
            "until_on": body.until_on,
        }
        if row is None:
            row = Body(key=body.key, **wanted)
            made.session.add(row)
            made.bodies[body.key] = row
        _note(made.report, "bodies", body.key, new, differing(row, wanted))
    made.session.flush()
    for body in council.bodies.values():
        _remit(made, body)
    made.session.flush()


def _remit(made: Structure, body: files.Body) -> None:
    """A body that names no unit considers the plans of all of them."""
    body_id = made.bodies[body.key].id
    wanted = {made.units[key].id: key for key in body.considers} or {made.top().id: made.top().key}
    rows = made.session.scalars(select(BodyRemit).where(BodyRemit.body_id == body_id)).all()
    for row in rows:
        if row.unit_id not in wanted:
            made.session.delete(row)
            made.report.note("remits", "ended", f"{body.key}: unit {row.unit_id}")
    for unit_id in wanted.keys() - {row.unit_id for row in rows}:
        made.session.add(BodyRemit(body_id=body_id, unit_id=unit_id))
        made.report.note("remits", "added", f"{body.key}: {wanted[unit_id]}")


def _posts(made: Structure, council: files.Council) -> None:
    new = set()
    for post in council.posts.values():
        unit = made.units[post.unit].id if post.unit else None
        body = made.bodies[post.body].id if post.body else None
        queue = _queue(made, post.role, unit, body)
        if post.key not in made.posts:
            since = post.from_on or SINCE_EVER
            row = Post(key=post.key, title=post.title, queue_id=queue, from_on=since)
            made.session.add(row)
            made.posts[post.key] = row
            new.add(post.key)
        elif differing(made.posts[post.key], {"queue_id": queue}):
            made.report.note("posts", "changed", f"{post.key} (queue)")
    made.session.flush()
    for post in council.posts.values():
        row = made.posts[post.key]
        wanted = {
            "title": post.title,
            "line_post_id": made.posts[post.line].id if post.line else None,
            "from_on": post.from_on or row.from_on,
            "until_on": post.until_on,
        }
        _note(made.report, "posts", post.key, post.key in new, differing(row, wanted))
    made.session.flush()


def _wanted_queues(made: Structure, framework: Framework) -> None:
    """The queues on which the framework counts: each council-wide role and each secretary."""
    used = {role for role, _unit, _body in made.queues}
    top = made.top().id
    for role in framework.roles.values():
        if role.scope == "council" and role.key not in used | {permissions.BY_ITSELF}:
            _queue(made, role.key, top, None)
    for body in made.bodies.values():
        kind = framework.bodies.get(body.framework_key)
        if kind is not None and kind.secretary:
            _queue(made, kind.secretary, None, body.id)


def _queue(made: Structure, role: str, unit_id: int | None, body_id: int | None) -> int:
    at = (role, unit_id, body_id)
    if at not in made.queues:
        made.queues[at] = queue_at(made.session, role, unit_id, body_id).id
        rows = made.units if unit_id else made.bodies
        place = next(each.key for each in rows.values() if each.id == (unit_id or body_id))
        made.report.note("queues", "added", f"{role} at {place}")
    return made.queues[at]
