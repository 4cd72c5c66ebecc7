"""One mail a day for each person: the waiting notices become lines of it.

The rules that live here: a notice whose task is closed, whose person has left, or whose person no
longer serves the queue is never mailed, and says why (INV-43), even when the mail was written
already and waits for its server; nobody gets two of these mails for one day; a notice that comes
after half past seven waits for the next working day.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import access, clock, council_facts
from cycle.clock import local_date
from notifications import messages, reminders, serving
from notifications.messages import Line, News
from notifications.notices import INSERT, page_of
from notifications.serving import Teams

_NONE_TODAY = """
AND NOT EXISTS (SELECT 1 FROM outbox AS mail
                WHERE mail.key = concat_ws(':', 'digest', notice.person_id,
                                           CAST(:day AS text)))
"""
_NOTICE = """
SELECT notice.id, notice.kind, notice.person_id, notice.gathered_into_id, notice.subject AS words,
       notice.body AS about, person.name, person.active,
       task.id AS task_id, task.label, task.due_on, task.opened_at,
       task.queue_id,
       task.closed_at IS NOT NULL AS closed, {title} AS title, subject.ref, {exempt} AS secret,
       subject.kind AS subject_kind
FROM outbox AS notice
JOIN person ON person.id = notice.person_id
LEFT JOIN task ON task.id = notice.task_id
LEFT JOIN subject ON subject.id = task.subject_id
WHERE {which} ORDER BY notice.id
"""
_WAITING = text(
    _NOTICE.format(
        title=access.TITLE_OUTSIDE,
        exempt=access.EXEMPT,
        which="notice.state = 'waiting' AND notice.not_before_at <= :by " + _NONE_TODAY,
    )
    + "FOR UPDATE OF notice SKIP LOCKED"
)
_GATHERED = text(
    _NOTICE.format(
        title=access.TITLE_OUTSIDE,
        exempt=access.EXEMPT,
        which="notice.gathered_into_id = ANY(:mails) AND notice.state = 'gathered'",
    )
    + "FOR UPDATE OF notice"
)
_SUPPRESS = text("""
UPDATE outbox SET state = 'suppressed', why = given.why
FROM unnest(CAST(:ids AS int[]), CAST(:whys AS text[])) AS given(id, why)
WHERE outbox.id = given.id
""")
# The mail and what is in it, in one statement.
_GATHER = text(f"""
WITH notified AS (
  SELECT concat_ws(':', 'digest', m.person_id, CAST(:day AS text)) AS key, 'digest' AS kind,
         m.person_id, CAST(NULL AS int) AS task_id, m.subject, m.body,
         CAST(:at AS timestamptz) AS not_before_at
  FROM unnest(CAST(:persons AS int[]), CAST(:subjects AS text[]), CAST(:bodies AS text[]))
    AS m(person_id, subject, body)),
written AS ({INSERT} RETURNING id, person_id),
gathered AS (
  UPDATE outbox SET state = 'gathered', gathered_into_id = written.id
  FROM written WHERE outbox.id = ANY(:notices) AND outbox.person_id = written.person_id)
SELECT count(*) FROM written
""")  # noqa: S608  # constants only
_REWRITE = text("UPDATE outbox SET subject = :subject, body = :body WHERE id = :id")


def of_the_day(session: Session, base_url: str) -> tuple[int, int]:
    """When it is time: the notices of the day, then its mails; how many of each were new. A second
    call today writes none for those who have theirs."""
    calendar = council_facts.calendar(session)
    if not reminders.is_mail_time(calendar):
        return 0, 0
    return reminders.write(session, calendar), _gather(session, base_url)


def _gather(session: Session, base_url: str) -> int:
    today = clock.today()
    asked = {"by": reminders.mail_moment(today), "day": today.isoformat()}
    notices = session.execute(_WAITING, asked).all()
    if not notices:
        return 0
    teams = serving.teams(session)
    good = _without_stale(session, notices, teams)
    mails = {
        person: messages.digest(
            own[0].name, _lines(own, teams, base_url), base_url, _news(own, base_url)
        )
        for person, own in _by(good, "person_id").items()
    }
    written = session.scalar(
        _GATHER,
        {
            "day": today.isoformat(),
            "at": clock.now(),
            "persons": list(mails),
            "subjects": [subject for subject, _ in mails.values()],
            "bodies": [body for _, body in mails.values()],
            "notices": [notice.id for notice in good],
        },
    )
    return int(written or 0)


def recheck(session: Session, mail_ids: Sequence[int], base_url: str) -> None:
    """Just before mails are leased: take out of them what must not be sent any more (INV-43)."""
    notices = session.execute(_GATHERED, {"mails": list(mail_ids)}).all()
    if not notices:
        return
    teams = serving.teams(session)
    good = _by(_without_stale(session, notices, teams), "gathered_into_id")
    empty = []
    for mail_id, own in _by(notices, "gathered_into_id").items():
        left = good.get(mail_id, [])
        if not left:
            empty.append(mail_id)
        elif len(left) < len(own):
            lines = _lines(left, teams, base_url)
            news = _news(left, base_url)
            subject, body = messages.digest(left[0].name, lines, base_url, news)
            session.execute(_REWRITE, {"id": mail_id, "subject": subject, "body": body})
    _suppress(session, dict.fromkeys(empty, "nothing in it was still to be done"))


def _without_stale(session: Session, notices: Iterable[Any], teams: Teams) -> list[Any]:
    """The notices that still hold; the others are suppressed, each with why."""
    good, stale = [], {}
    for notice in notices:
        why = _why_not(notice, teams)
        if why is None:
            good.append(notice)
        else:
            stale[notice.id] = why
    _suppress(session, stale)
    return good


def _why_not(notice: Any, teams: Teams) -> str | None:
    if notice.closed:
        return "the task was closed"
    if not notice.active:
        return "the account is no longer active"
    if notice.task_id is not None and notice.person_id not in teams.get(notice.queue_id, {}):
        return "the task is no longer theirs"
    return None


def _suppress(session: Session, whys: dict[int, str]) -> None:
    if whys:
        session.execute(_SUPPRESS, {"ids": list(whys), "whys": list(whys.values())})


def _lines(notices: Collection[Any], teams: Teams, base_url: str) -> list[Line]:
    """One line for each task, however many notices it has by now."""
    tasks = [each for each in notices if each.task_id is not None]
    return [_line(own, teams[own[0].queue_id], base_url) for own in _by(tasks, "task_id").values()]


def _news(notices: Iterable[Any], base_url: str) -> list[News]:
    """What is told besides tasks: dates that have moved."""
    return [
        News(each.words, base_url + page_of(each.kind, each.about))
        for each in notices
        if each.task_id is None
    ]


def _line(notices: Sequence[Any], team: dict[int, serving.Serving], base_url: str) -> Line:
    task = notices[0]
    kinds = {notice.kind for notice in notices}
    # What came after its day is new to them, and the lateness is not theirs (fault S7).
    came_late = task.due_on < local_date(task.opened_at)
    if task.due_on < clock.today() and not (came_late and "opened" in kinds):
        where = "overdue"
    else:
        where = "soon" if "before" in kinds else "new"
    others = [
        f"{each.name} (covering for {each.for_name})" if each.for_name else each.name
        for person, each in team.items()
        if person != task.person_id
    ]
    # What leaves the house names no exempt plan or report: My work, behind the door, does.
    ref = "" if task.secret else task.ref
    page = f"/plans/{ref}" if ref and task.subject_kind == "plan" else "/tasks"
    return Line(
        where,
        task.label,
        task.title,
        ref,
        task.due_on,
        came_late,
        team[task.person_id].post,
        tuple(others),
        base_url + page,
    )


def _by(rows: Iterable[Any], column: str) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(getattr(row, column), []).append(row)
    return grouped
