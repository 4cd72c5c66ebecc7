"""People, the posts they hold and their cover as a council's files say, brought into the database.

The rule that lives here: what the files say of a person's posts is what holds from today; what has
been stays as it was, so that the record of who held what is never rewritten.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from config import council as files
from cycle import clock
from cycle.models import Appointment, Cover, PasswordLink, Person, Post
from workflows.council.load_report import Report, differing
from workflows.council.loading_structure import Structure
from workflows.people import administrators, cover_ends, cover_rules, proposals, sessions
from workflows.people.account_mail import News
from workflows.people.identity import initials_of, new_salt


def load_people(made: Structure, council: files.Council) -> list[str]:
    """People, appointments and covers; gives what cannot be, each ``file:key: sentence``."""
    session = made.session
    people = {row.key: row for row in session.scalars(select(Person).where(~Person.is_system))}
    for row in people.values():
        if row.key not in council.people and row.active:
            made.report.keep(f"People: {row.name} is not in the files and stays as they are.")
    found = _email_problems(people, council)
    if found:
        return found
    for each in council.people.values():
        people[each.key] = _person(session, made.report, people.get(each.key), each)
    found = _appointments(made, council, people)
    _end_cover(made)
    return found or _covers(made, council, people)


def _email_problems(people: dict[str, Person], council: files.Council) -> list[str]:
    taken = {row.email.lower(): key for key, row in people.items()}
    return [
        f"people:{each.key}.email: Somebody else signs in with this address already "
        f"({taken[each.email.lower()]}). Each needs their own."
        for each in council.people.values()
        if taken.get(each.email.lower(), each.key) != each.key
        and taken[each.email.lower()] not in council.people
    ]


def _person(session: Session, report: Report, row: Person | None, each: files.Person) -> Person:
    wanted = {
        "name": each.name,
        "initials": initials_of(each.name),
        "email": each.email,
        "active": each.active,
    }
    if row is None:
        row = Person(key=each.key, salt=new_salt(), **wanted)
        session.add(row)
        session.flush()
        report.note("people", "added", each.name, row.id)
        return row
    before, was_active = row.email, row.active
    changed = differing(row, wanted)
    if changed:
        if {"active", "email"} & set(changed):
            # Nobody stays signed in, and no open link works, for whom this was not meant.
            sessions.end_all(session, row)
            session.execute(delete(PasswordLink).where(PasswordLink.person_id == row.id))
        if row.active and not was_active:
            row.password_hash = None  # as whoever opens an account by hand does
        if row.active != was_active:
            change = "reactivated" if row.active else "deactivated"
            report.news.append(News(row.id, change))
        if "email" in changed:
            words = {"before": before, "after": row.email}
            report.news += [
                News(row.id, "address_changed", words),
                News(row.id, "address_changed", words, before),
            ]
        report.note("people", "changed", f"{each.name} ({', '.join(changed)})", row.id)
        session.flush()
    return row


# Appointments -----------------------------------------------------------------------------------


def _appointments(made: Structure, council: files.Council, people: dict[str, Person]) -> list[str]:
    """First everything that ends, then everything that begins, so that a post can change hands."""
    session, today = made.session, clock.today()
    rows = session.scalars(select(Appointment)).all()
    missing: list[tuple[Person, files.Appointment]] = []
    for each in council.people.values():
        person = people[each.key]
        mine = [row for row in rows if row.person_id == person.id]
        missing += [(person, given) for given in _unmatched(made, mine, each, today)]
    session.flush()
    found = []
    for person, given in missing:
        found += _begin(made, person, given, today)
    return found


def _unmatched(
    made: Structure, mine: Sequence[Appointment], each: files.Person, today: date
) -> list[files.Appointment]:
    """What the files say and no row does; rows that the files do not say end today."""
    left = list(mine)
    missing = []
    for given in each.posts:
        post_id = made.posts[given.post].id
        same = [row for row in left if row.post_id == post_id and _same(row.during, given)]
        if same:
            left.remove(same[0])
            _new_end(made, same[0], given, each.name)
        else:
            missing.append(given)
    for row in left:
        if row.during.upper is None or row.during.upper > today:
            made.report.note("holdings", "ended", f"{each.name}: post {row.post_id}", row.id)
            title = made.session.get_one(Post, row.post_id).title
            words = {"post": title, "until": "today"}
            made.report.news.append(News(row.person_id, "post_ended", words))
            if row.during.lower is None or row.during.lower < today:
                row.during = Range(row.during.lower, today)
            else:
                administrators.remember(made.session)
                made.session.delete(row)
    return missing


def _same(during: Range[date], given: files.Appointment) -> bool:
    """The same appointment, whose end may have changed; files without a beginning mean the one row
    that has the same end."""
    if given.from_on is None:
        return during.upper == given.until_on
    return during.lower == given.from_on


def _new_end(made: Structure, row: Appointment, given: files.Appointment, name: str) -> None:
    if row.during.upper != given.until_on:
        row.during = Range(row.during.lower, given.until_on)
        made.report.note("holdings", "changed", f"{name}: {given.post} (until)", row.id)


def _begin(made: Structure, person: Person, given: files.Appointment, today: date) -> list[str]:
    post = made.posts[given.post]
    others = made.session.scalars(select(Appointment).where(Appointment.post_id == post.id)).all()
    # A post that has had a holder before is taken over today; a new one is held since ever.
    during = Range(given.from_on or (today if others else None), given.until_on)
    for row in others:
        if row.during.overlaps(during):
            holder = made.session.get_one(Person, row.person_id)
            return [
                f"people:{person.key}.posts: {holder.name} holds “{post.key}” at that time. Say "
                "until when in the files, or end it on the page of people first."
            ]
    row = Appointment(post_id=post.id, person_id=person.id, during=during)
    made.session.add(row)
    made.session.flush()
    made.report.note("holdings", "added", f"{person.name}: {post.key}", row.id)
    words = {"post": post.title, "span": proposals.days(Range(during.lower or today, during.upper))}
    made.report.news.append(News(person.id, "post_given", words))
    return []


# Cover ------------------------------------------------------------------------------------------


def _end_cover(made: Structure) -> None:
    """Cover ends with the appointment that the files end."""
    ended = cover_ends.cut_to_appointments(made.session)
    for each in ended:
        made.report.note("covers", "ended", f"post {each.was.post_id}", each.was.id)
    made.report.news += cover_ends.news(made.session, ended)


def _covers(made: Structure, council: files.Council, people: dict[str, Person]) -> list[str]:
    """Cover that the files name and the database does not have; other cover stays."""
    session = made.session
    rows = list(session.scalars(select(Cover)))
    found = []
    for given in council.covers:
        away, acting = people[given.person], people[given.covered_by]
        during = Range(given.from_on, given.until_on)
        for key in _covered_posts(council, given):
            post = made.posts[key]
            at = [row for row in rows if row.post_id == post.id and row.during.overlaps(during)]
            same = (away.id, acting.id, during)
            if any((row.for_person_id, row.person_id, row.during) == same for row in at):
                continue
            if at:
                found.append(
                    f"covers:{given.person}.post: There is other cover for “{key}” at that time. "
                    "End it first, or give other dates."
                )
                continue
            why = cover_rules.problem(session, post, away, acting, during)
            if why:
                found.append(f"covers:{given.person}.covered_by: {why}")
                continue
            row = Cover(
                post_id=post.id,
                for_person_id=away.id,
                person_id=acting.id,
                during=during,
                reason=given.reason,
            )
            session.add(row)
            session.flush()
            rows.append(row)
            made.report.note("covers", "added", f"{acting.name} for {away.name}: {key}", row.id)
            words = {"post": post.title, "acting": acting.name, "away": away.name}
            words["span"] = proposals.days(during)
            made.report.news.append(News(away.id, "post_covered", words))
            made.report.news.append(News(acting.id, "cover_given", words))
    return found


def _covered_posts(council: files.Council, given: files.Cover) -> list[str]:
    if given.post is not None:
        return [given.post]
    return [each.post for each in council.people[given.person].posts if each.overlaps(given)]
