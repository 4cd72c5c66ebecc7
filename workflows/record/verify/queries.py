"""The invariants that show in data, as queries that must return no row.

Each gives ``subject, seq, table, key, says``. What shows nowhere in data is proved elsewhere:
INV-05 (a failing act leaves nothing), INV-32 (all or nothing), INV-33 (retries) and INV-44 (Valkey
emptied) by tests; INV-31 (no lost update) by the version in the engine's one write, and by
INV-04-counts here; INV-27 (rights held at the commit) by ``FOR SHARE`` and its race test; INV-50
and INV-53 (policies) by the tests of the routes and of ``cycle.access``.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.vacancies import REACHES
from notifications.outbox import LEASE
from workflows.record.verify.findings import MOST, Findings


@dataclass(frozen=True)
class Query:
    """A promise and the query that finds what breaks it."""

    title: str
    sql: str
    before: str = ""  # common table expressions that the query needs


QUERIES = {
    "INV-01-once": Query(
        "No task of a plan is open twice",
        """SELECT s.ref, NULL, 'task', t.kind || ' ' || t.slot, 'This task is open more than once.'
        FROM task AS t JOIN subject AS s ON s.id = t.subject_id WHERE t.closed_at IS NULL
        GROUP BY s.ref, t.kind, t.slot HAVING count(*) > 1""",
    ),
    "INV-01-generation": Query(
        "Every open task belongs to the state in which its plan now stands",
        """SELECT s.ref, NULL, 'task', t.id::text, 'This task is of an earlier state.'
        FROM task AS t JOIN subject AS s ON s.id = t.subject_id
        WHERE t.closed_at IS NULL AND t.generation <> s.generation""",
    ),
    "INV-01-reached": Query(
        "Every open task has somebody today who can do it",
        """SELECT s.ref, NULL, 'task', t.id::text,
               'Nobody serves this task''s queue today, and it falls to nobody.'
        FROM task AS t JOIN subject AS s ON s.id = t.subject_id
        WHERE t.closed_at IS NULL AND t.queue_id NOT IN (SELECT origin FROM reaches)""",
        before=REACHES,
    ),
    "INV-04-begun": Query(
        "Every subject has the events that its head counts",
        """SELECT s.ref, s.head_seq, 'subject', s.id::text, 'This subject has no events.'
        FROM subject AS s WHERE NOT EXISTS (SELECT 1 FROM event WHERE subject_id = s.id)""",
    ),
    "INV-07-claims": Query(
        "A claimed task says by whom and since when",
        """SELECT s.ref, NULL, 'task', t.id::text, 'Its claim does not add up.'
        FROM task AS t JOIN subject AS s ON s.id = t.subject_id
        WHERE (t.claimed_by_id IS NULL) <> (t.claimed_at IS NULL)""",
    ),
    "INV-07-closed": Query(
        "Every closed task was closed by an act on the record, once and for all",
        """SELECT s.ref, NULL, 'task', t.id::text, 'No act of the record closed this task.'
        FROM task AS t JOIN subject AS s ON s.id = t.subject_id
        LEFT JOIN event AS e ON e.subject_id = t.subject_id AND e.at = t.closed_at
             AND e.person_id = t.closed_by_id
        WHERE t.closed_at IS NOT NULL AND (e.id IS NULL OR t.generation > s.generation)""",
    ),
    "INV-05-proposed": Query(
        "Nobody is told of dates that have not been applied",
        """SELECT s.ref, NULL, 'outbox', o.id::text, 'This notice tells of dates that do not count.'
        FROM outbox AS o LEFT JOIN date_change AS c ON c.id::text = split_part(o.key, ':', 2)
        LEFT JOIN subject AS s ON s.id = c.id
        WHERE o.kind = 'moved' AND (s.id IS NULL OR s.phase NOT IN ('in_force', 'ended'))""",
    ),
    "INV-05-ledger": Query(
        "Every line of the ledger of dates belongs to a change that was applied",
        """SELECT s.ref, NULL, 'slip', l.id::text, 'This line belongs to dates that do not count.'
        FROM slip AS l JOIN subject AS s ON s.id = l.change_id
        WHERE s.phase NOT IN ('in_force', 'ended') OR l.from_on = l.to_on""",
    ),
    "INV-08-whole": Query(
        "Nothing that is on the record has lost a part",
        """SELECT s.ref, NULL, s.kind, s.id::text, 'This subject has lost its own row.'
        FROM subject AS s
        LEFT JOIN council ON council.id = s.id LEFT JOIN cycle ON cycle.id = s.id
        LEFT JOIN planning_year ON planning_year.id = s.id LEFT JOIN plan ON plan.id = s.id
        LEFT JOIN agenda_item ON agenda_item.id = s.id
        LEFT JOIN date_change ON date_change.id = s.id
        WHERE CASE s.kind WHEN 'council' THEN council.id WHEN 'cycle' THEN cycle.id
          WHEN 'year' THEN planning_year.id WHEN 'plan' THEN plan.id
          WHEN 'item' THEN agenda_item.id WHEN 'change' THEN date_change.id END IS NULL""",
    ),
    "INV-15-once": Query(
        "Every name stands beside one event",
        """SELECT NULL, NULL, 'attribution', a.event_id::text, 'It stands beside no event.'
        FROM attribution AS a LEFT JOIN event AS e ON e.id = a.event_id WHERE e.id IS NULL""",
    ),
    "INV-20-of-plan": Query(
        "Sign-offs, comments, gates and reports name a version of their own plan",
        """SELECT s.ref, NULL, named.tbl, named.key, 'It names a version of another plan.'
        FROM (SELECT 'sign_off' AS tbl, id::text AS key, plan_id, version_id FROM sign_off
              UNION ALL SELECT 'remark', id::text, plan_id, version_id FROM remark
              UNION ALL SELECT 'milestone', id::text, plan_id, version_id FROM milestone
              UNION ALL SELECT 'item_plan', item_id::text, plan_id, version_id FROM item_plan
              UNION ALL SELECT 'plan', id::text, id, shown_version_id FROM plan
                WHERE shown_version_id IS NOT NULL) AS named
        LEFT JOIN subject AS s ON s.id = named.plan_id
        LEFT JOIN plan_version AS v ON v.id = named.version_id AND v.plan_id = named.plan_id
        WHERE v.id IS NULL""",
    ),
    "INV-21-stands": Query(
        "What was approved is what is shown",
        """SELECT s.ref, NULL, 'plan', s.id::text, 'It shows another version than was approved.'
        FROM plan JOIN subject AS s ON s.id = plan.id
        JOIN LATERAL (SELECT version_id FROM milestone WHERE plan_id = plan.id
                      AND gate = 'approved' ORDER BY id DESC LIMIT 1) AS passed ON true
        WHERE s.phase IN ('settled', 'in_force', 'ended')
          AND plan.shown_version_id IS DISTINCT FROM passed.version_id""",
    ),
    "INV-21-effect": Query(
        "No decision of an executive counts before its call-in has ended",
        """SELECT s.ref, NULL, 'route_stage', r.id::text, 'It counts though call-in still runs.'
        FROM route_stage AS r JOIN subject AS s ON s.id = r.plan_id
        WHERE r.takes_effect_on > :today AND s.phase IN ('settled', 'in_force')
          AND r.status = 'decided'
          AND r.round = (SELECT max(round) FROM route_stage WHERE plan_id = r.plan_id)""",
    ),
    "INV-22-sign-off": Query(
        "Nobody signed off as director or standards checker what they had written",
        """SELECT s.ref, NULL, 'sign_off', o.id::text, 'Whoever signed this had changed the text.'
        FROM sign_off AS o LEFT JOIN subject AS s ON s.id = o.plan_id
        WHERE o.kind IN ('service_director', 'reviewer', 'standards_check') AND EXISTS (
          SELECT 1 FROM editor WHERE editor.plan_id = o.plan_id AND editor.first_at <= o.at
            AND editor.person_id IN (o.person_id, o.for_person_id))""",
    ),
    "INV-28-corrections": Query(
        "A correction supersedes an older decision on the same words, once, and says why",
        """SELECT s.ref, NULL, 'decision', d.id::text, 'This correction does not add up.'
        FROM decision AS d LEFT JOIN decision AS was ON was.id = d.supersedes_id
        LEFT JOIN subject AS s ON s.id = d.item_id
        WHERE d.supersedes_id IS NOT NULL AND (was.id IS NULL OR was.id >= d.id
          OR was.recommendation_id <> d.recommendation_id OR btrim(d.reason) = ''
          OR EXISTS (SELECT 1 FROM decision AS o
                     WHERE o.supersedes_id = d.supersedes_id AND o.id <> d.id))""",
    ),
    "INV-28-outcomes": Query(
        "An outcome or effect that was corrected has two people, and what shows it",
        """SELECT s.ref, NULL, 'decision', d.id::text,
               'It says another outcome or effect than the one it corrects, and not by two people.'
        FROM decision AS d JOIN decision AS was ON was.id = d.supersedes_id
        LEFT JOIN subject AS s ON s.id = d.item_id
        WHERE (d.outcome, d.effect, d.deferred_to_on)
              IS DISTINCT FROM (was.outcome, was.effect, was.deferred_to_on)
          AND NOT EXISTS (
            SELECT 1 FROM decision_correction AS c JOIN event AS e
              ON e.subject_id = d.item_id AND e.action = 'agree_correction'
                AND e.person_id = d.agreed_by_id
                AND (e.payload::jsonb)->'details'->>'correction' = c.id::text
            WHERE c.decision_id = was.id AND c.status = 'agreed' AND btrim(d.evidence) <> ''
              AND c.proposed_by_id = d.recorded_by_id AND c.settled_by_id = d.agreed_by_id
              AND d.agreed_by_id <> d.recorded_by_id
              AND d.agreed_by_id IS DISTINCT FROM c.acted_for_id)""",
    ),
    "INV-28-settled": Query(
        "What depended on a corrected decision was kept or reopened by an act of its own",
        """SELECT s.ref, NULL, 'correction_plan', p.correction_id::text || ' ' || p.plan_id::text,
               'No act on the plan chose this.'
        FROM correction_plan AS p LEFT JOIN subject AS s ON s.id = p.plan_id
        WHERE p.choice IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM event AS e WHERE e.subject_id = p.plan_id
            AND e.person_id = p.settled_by_id
            AND e.action = CASE p.choice WHEN 'kept' THEN 'decision_kept'
                           ELSE 'reopen_decision' END
            AND (e.payload::jsonb)->'details'->>'correction' = p.correction_id::text)
        UNION ALL
        SELECT s.ref, e.seq, 'event', e.id::text, 'No corrected decision let this plan go back.'
        FROM event AS e JOIN subject AS s ON s.id = e.subject_id
        WHERE e.action = 'reopen_decision' AND NOT EXISTS (
          SELECT 1 FROM correction_plan AS p JOIN decision_correction AS c
            ON c.id = p.correction_id AND c.status = 'agreed'
          WHERE p.plan_id = e.subject_id AND p.choice = 'reopened'
            AND (e.payload::jsonb)->'details'->>'correction' = p.correction_id::text)""",
    ),
    "INV-30-forms": Query(
        "Every form that was sent is kept under the digest of what was typed",
        """SELECT NULL, NULL, 'request_key', k.route || ' ' || k.key,
               'What was typed does not have this digest.'
        FROM request_key AS k WHERE length(k.payload) < 20000
          AND encode(sha256(convert_to(k.payload, 'UTF8')), 'hex') <> k.payload_sha256""",
    ),
    "INV-40-once": Query(
        "No two notices say the same to the same person",
        """SELECT s.ref, NULL, 'outbox', o.key, 'This notice stands there more than once.'
        FROM outbox AS o LEFT JOIN task AS t ON t.id = o.task_id
        LEFT JOIN subject AS s ON s.id = t.subject_id
        GROUP BY s.ref, o.key HAVING count(*) > 1
        UNION ALL
        SELECT s.ref, NULL, 'task', t.id::text, 'A person was told twice that this task opened.'
        FROM outbox AS o JOIN task AS t ON t.id = o.task_id JOIN subject AS s ON s.id = t.subject_id
        WHERE o.kind = 'opened' GROUP BY s.ref, t.id, o.person_id HAVING count(*) > 1""",
    ),
    "INV-41-ends": Query(
        "Every message that has left or was gathered says when, or into which mail",
        """SELECT NULL, NULL, 'outbox', o.key, 'Its state does not add up.'
        FROM outbox AS o
        WHERE o.state NOT IN ('waiting', 'gathered', 'due', 'leased', 'sent', 'suppressed', 'dead')
          OR (o.state = 'sent') <> (o.sent_at IS NOT NULL)
          OR (o.state = 'gathered' AND o.gathered_into_id IS NULL)
          OR (o.state IN ('suppressed', 'dead') AND o.why = '')""",
    ),
    "INV-43-closed": Query(
        "No mail about a task was gathered or sent after the task was closed",
        # A mail on its way may cross the act that closes its task: no longer than its lease.
        """SELECT s.ref, NULL, 'outbox', o.key, 'Its task was closed before it left.'
        FROM outbox AS o JOIN task AS t ON t.id = o.task_id JOIN subject AS s ON s.id = t.subject_id
        LEFT JOIN outbox AS mail ON mail.id = o.gathered_into_id
        WHERE (o.state = 'sent'
               AND t.closed_at < o.sent_at - CAST(:lease AS interval))
           OR (o.state = 'gathered' AND t.closed_at < mail.created_at)""",
    ),
    "INV-51-bound": Query(
        "Every part of a report belongs to that report, its body and its meeting",
        """SELECT s.ref, NULL, 'decision', d.id::text, 'It decides on words of another report.'
        FROM decision AS d LEFT JOIN subject AS s ON s.id = d.item_id
        LEFT JOIN recommendation AS r ON r.id = d.recommendation_id
        LEFT JOIN meeting AS m ON m.id = d.meeting_id
        WHERE r.item_id IS DISTINCT FROM d.item_id OR m.body_id IS DISTINCT FROM s.body_id
        UNION ALL
        SELECT s.ref, NULL, 'agenda_item', i.id::text, 'It is on the agenda of another body.'
        FROM agenda_item AS i JOIN subject AS s ON s.id = i.id
        JOIN meeting AS m ON m.id = i.meeting_id WHERE m.body_id IS DISTINCT FROM s.body_id""",
    ),
    "INV-52-sessions": Query(
        "Nobody whose account is closed, or whose rights were renewed, has a session that counts",
        """SELECT NULL, NULL, 'sign_in_session', p.key, 'This session outlives its account.'
        FROM sign_in_session AS w LEFT JOIN person AS p ON p.id = w.person_id
        WHERE p.id IS NULL OR w.epoch > p.epoch OR (w.epoch = p.epoch AND NOT p.active)""",
    ),
}
TITLES = {key: query.title for key, query in QUERIES.items()}


def run(session: Session, findings: Findings) -> None:
    """Ask every query; what it returns is a finding."""
    known = {"today": clock.today(), "lease": LEASE}
    for key, query in QUERIES.items():
        asked = text(query.before + query.sql)
        rows = session.execute(asked, known)
        for subject, seq, table, at, says in rows.fetchmany(MOST):
            findings.add(key, says, subject=subject, seq=seq, table=table, key=at)
