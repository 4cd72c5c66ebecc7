"""My work of a person in three posts among very many open tasks, as the database sees it."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from cycle import clock, people
from cycle.db import Database, at_once
from cycle.models import Person
from cycle.people import Actor
from cycle.server.embedded import Servers
from workflows.people import sessions
from workflows.queues import my_work

TASKS = 100_000
PER_SUBJECT = 50
RUNS = 40

# Reports with tasks that lie in every queue in turn; they are there for this measurement only.
_SUBJECTS = """
INSERT INTO subject (kind, ref, title, lifecycle, state, phase, state_since_at, version, generation,
                     framework_version_id, exempt, head_seq, head_hash)
SELECT 'item', 'BENCH-' || n, 'Report ' || n, 'item', 'requested', 'draft', %(at)s, 1, 1,
       (SELECT min(id) FROM framework_version), false, 0, ''
FROM generate_series(1, %(subjects)s) AS n
"""
_TASKS = """
INSERT INTO task (subject_id, kind, slot, label, queue_id, generation, due_on, opened_at)
SELECT s.id, 'bench', 'bench:' || n, 'Task ' || n, every.ids[1 + (n * 7919) %% every.many], 1,
       %(today)s + (n %% 200), %(at)s
FROM generate_series(1, %(tasks)s) AS n
JOIN subject AS s ON s.ref = 'BENCH-' || (1 + n %% %(subjects)s)
CROSS JOIN (SELECT array_agg(id) AS ids, count(*) AS many FROM queue) AS every
"""
# The person has a post; two more are made for queues that others serve as well.
_POSTS = """
WITH made AS (
  INSERT INTO post (key, title, queue_id, from_on)
  SELECT DISTINCT ON (queue.role) 'bench-' || queue.role, 'Second ' || queue.role, queue.id,
         %(today)s - 1
  FROM queue WHERE queue.role = ANY(%(roles)s) ORDER BY queue.role, queue.id
  RETURNING id)
INSERT INTO appointment (post_id, person_id, during)
SELECT id, %(who)s, daterange(%(today)s - 1, NULL) FROM made
"""
# Whoever has written a plan: their post is that of one service.
_WHO = text("SELECT min(person_id) FROM editor")
_TWO_MORE = text("""
SELECT DISTINCT role FROM queue WHERE unit_id IS NOT NULL AND id NOT IN (
  SELECT post.queue_id FROM post JOIN appointment ON appointment.post_id = post.id
  WHERE appointment.person_id = :who)
ORDER BY role DESC LIMIT 2
""")


def signed_in(session: Session, person_id: int) -> str:
    """The token of a session of this person, as after signing in."""
    return sessions.begin(session, session.get_one(Person, person_id), "Benchmark")


def person_in_three_posts(db: Database) -> int:
    """Whose work is measured."""
    return int(db.read(lambda s: s.scalar(_WHO)) or 0)


def fill(servers: Servers, db: Database, tasks: int) -> None:
    """Put the tasks there, and the person into three posts."""
    who = person_in_three_posts(db)
    given = {
        "at": clock.now(),
        "today": clock.today(),
        "tasks": tasks,
        "subjects": max(1, tasks // PER_SUBJECT),
        "who": who,
        "roles": list(db.read(lambda s: s.scalars(_TWO_MORE, {"who": who}).all())),
    }
    with at_once(servers.owner_url) as owner:
        for statement in (_SUBJECTS, _TASKS, _POSTS):
            owner.execute(statement, given)
        owner.execute("VACUUM ANALYZE")


def measure(servers: Servers, db: Database, tasks: int) -> dict[str, Any]:
    """How long the statements of My work take, first list and counts, among so many tasks."""
    fill(servers, db, tasks)
    actor = db.read(people.actor, person_in_three_posts(db))
    in_list, statements = timed(db, lambda s: _list(s, actor))
    with_counts, _ = timed(db, lambda s: _all(s, actor))
    return {
        f"inbox_ms_at_{tasks}": in_list,
        "inbox_with_counts_ms": with_counts,
        "inbox_statements": statements,
        "inbox_posts": len(actor.posts_held),
    }


def timed(db: Database, work: Callable[[Session], object]) -> tuple[float, int]:
    """The median of the milliseconds that the statements of a reading take, and how many."""
    spans: list[float] = []
    began = 0.0

    def before(*_: object) -> None:
        nonlocal began
        began = time.perf_counter()

    def after(*_: object) -> None:
        spans.append((time.perf_counter() - began) * 1000)

    event.listen(db.engine, "before_cursor_execute", before)
    event.listen(db.engine, "after_cursor_execute", after)
    try:
        totals = []
        for _ in range(RUNS):
            spans.clear()
            db.read(work)
            totals.append(sum(spans))
    finally:
        event.remove(db.engine, "before_cursor_execute", before)
        event.remove(db.engine, "after_cursor_execute", after)
    return round(statistics.median(totals), 2), len(spans)


def _list(session: Session, actor: Actor) -> object:
    return my_work.my_work(session, actor)


def _all(session: Session, actor: Actor) -> object:
    mine = my_work.mine_of(session, actor)
    return my_work.my_work(session, actor, mine=mine), my_work.counts(session, actor, mine)
