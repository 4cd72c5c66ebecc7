"""What can be found: each kind of text with its source, and by which right it may be seen.

The rule that lives here: a kind that is not listed is found by nobody, and each names the right by
which one of its entries is shown. A kind that comes is one entry of ``SOURCES``; its heading and
its link stand in ``webui/search``. The names of files will be one: no file is kept yet.
"""

from dataclasses import dataclass
from enum import Enum

from cycle import access_found


class Right(Enum):
    """By which right an entry is shown, as a condition on ``entry`` and the ``judged`` subject."""

    KNOWN = "judged.known"
    WORDS = "judged.words"
    # The working copy to who works on the plan; else the version that is open to everybody.
    TEXT = "(entry.version_id IS NULL AND judged.words OR entry.version_id = judged.version_id)"
    EVERYONE = "true"
    OFFICERS = "CAST(:officer AS bool)"
    # A decision that was corrected is told by its correction.
    UNCORRECTED = """(judged.words AND NOT EXISTS (
      SELECT 1 FROM decision AS later
      WHERE later.supersedes_id = CAST(entry.thing AS int)))"""


@dataclass(frozen=True)
class Source:
    """A kind of entry. ``group``: under which heading it is listed. ``rows`` gives the columns key,
    stamp, thing, subject_id, version_id, on_date, about, title and body of all that there are now;
    it may take ``:today``. Where what is sealed is read, ``rows`` gives those of versions that have
    no entry yet (it takes ``:kind``), and ``kept`` is the condition under which an ``entry``
    stays."""

    kind: str
    group: str
    right: Right
    rows: str
    kept: str = ""


PLANS, SECTIONS, ENTRIES = "plans", "sections", "entries"
REPORTS, DECISIONS, MEETINGS, PEOPLE = "reports", "decisions", "meetings", "people"
# In the order of the page.
GROUPS = (PLANS, SECTIONS, ENTRIES, REPORTS, DECISIONS, MEETINGS, PEOPLE)

# The columns of what belongs to no sealed version and to no day.
NONE = "NULL::int AS version_id, NULL::date AS on_date"
_PLANS = f"""
SELECT 'plan:' || subject.id AS key, md5(concat_ws('|', subject.title, unit.name)) AS stamp,
       subject.id::text AS thing, subject.id AS subject_id, {NONE},
       '{{}}'::jsonb AS about, subject.title, concat_ws(' ', subject.ref, unit.name) AS body
FROM plan JOIN subject ON subject.id = plan.id LEFT JOIN unit ON unit.id = subject.unit_id
"""  # noqa: S608  # constants only
# The title of a section stands in the plan's own template.
_TITLE = """(SELECT part->>'title' FROM jsonb_array_elements(plan.template->'sections') AS part
  WHERE part->>'key' = {key} LIMIT 1)"""
_SECTIONS = f"""
SELECT 'section:' || section.id AS key,
       concat_ws('|', section.version, section.saved_at, pg_column_size(section.body)) AS stamp,
       concat_ws('|', section.plan_id, section.key) AS thing, section.plan_id AS subject_id,
       {NONE},
       jsonb_build_object('section', section.key) AS about,
       coalesce({_TITLE.format(key="section.key")}, section.key) AS title, section.body
FROM section JOIN plan ON plan.id = section.plan_id
WHERE section.kind = 'text' AND section.body <> ''
"""  # noqa: S608  # constants only
# A manifest of format 1 (``cycle.record.formats``) is a list of pairs; a later format is read here
# once it is there, and a test says so.
_OPEN = f"""
  SELECT plan.id, plan.template, {access_found.OPEN_VERSION} AS open_id
  FROM plan JOIN subject ON subject.id = plan.id"""  # noqa: S608  # constants only
_KEPT = f"entry.version_id IN (SELECT open_id FROM ({_OPEN}) AS open_now)"  # noqa: S608
_OPEN_SECTIONS = f"""
FROM ({_OPEN} OFFSET 0) AS plan
JOIN plan_version AS version ON version.id = plan.open_id AND NOT EXISTS (
  SELECT 1 FROM search_entry AS had WHERE had.version_id = version.id AND had.kind = :kind)
CROSS JOIN LATERAL jsonb_array_elements(version.manifest::jsonb) AS named
JOIN sealed_section AS sealed ON sealed.plan_id = plan.id AND sealed.section_key = named->>0
 AND sealed.sha256 = named->>1
CROSS JOIN LATERAL (
  SELECT part->>'title' AS title, part->>'kind' AS form
  FROM jsonb_array_elements(plan.template->'sections') AS part
  WHERE part->>'key' = sealed.section_key LIMIT 1) AS template
"""  # noqa: S608  # constants only
_SEALED_SECTIONS = f"""
SELECT concat_ws(':', 'version', version.id, sealed.section_key) AS key, '' AS stamp,
       concat_ws('|', plan.id, sealed.section_key) AS thing, plan.id AS subject_id,
       version.id AS version_id, NULL::date AS on_date,
       jsonb_build_object('section', sealed.section_key) AS about,
       template.title, sealed.body
{_OPEN_SECTIONS}
WHERE template.form = 'text' AND sealed.body <> ''
"""  # constants only
_WORDS_OF_FIELDS = """(SELECT string_agg(value, '. ') FROM jsonb_each_text({fields})
  WHERE value <> '')"""
# What a plan inherits is found in the plan that it comes from.
_ENTRIES = f"""
SELECT 'entry:' || item.id AS key,
       concat_ws('|', item.version, md5(item.fields::text)) AS stamp, item.uid AS thing,
       item.plan_id AS subject_id, {NONE},
       jsonb_build_object('section', item.section_key, 'type', item.type, 'fields', item.fields)
         AS about,
       '' AS title, coalesce({_WORDS_OF_FIELDS.format(fields="item.fields")}, '') AS body
FROM item WHERE NOT item.inherited
"""  # noqa: S608  # constants only
_SEALED_ENTRIES = f"""
SELECT concat_ws(':', 'sealed', version.id, sealed.section_key, row->>'uid') AS key, '' AS stamp,
       row->>'uid' AS thing, plan.id AS subject_id, version.id AS version_id, NULL::date AS on_date,
       jsonb_build_object('section', sealed.section_key, 'type', row->>'type',
                          'fields', row->'fields') AS about,
       '' AS title, coalesce({_WORDS_OF_FIELDS.format(fields="row->'fields'")}, '') AS body
{_OPEN_SECTIONS}
CROSS JOIN LATERAL jsonb_array_elements(
  CASE WHEN template.form = 'items' THEN sealed.body::jsonb ELSE '[]' END) AS row
WHERE NOT EXISTS (
  SELECT 1 FROM item WHERE item.plan_id = plan.id AND item.uid = row->>'uid' AND item.inherited)
"""  # noqa: S608  # constants only
_REPORTS = f"""
SELECT 'report:' || subject.id AS key, md5(concat_ws('|', subject.title, body.name)) AS stamp,
       subject.id::text AS thing, subject.id AS subject_id, {NONE},
       '{{}}'::jsonb AS about, subject.title, concat_ws(' ', subject.ref, body.name) AS body
FROM agenda_item JOIN subject ON subject.id = agenda_item.id
LEFT JOIN body ON body.id = subject.body_id
"""  # noqa: S608  # constants only
_ADVICE = """(SELECT string_agg(words, '. ' ORDER BY number) FROM recommendation
  WHERE recommendation.item_id = agenda_item.id)"""
_REPORT_WORDS = f"""
SELECT 'words:' || agenda_item.id AS key, md5(concat_ws('|', report::text, {_ADVICE})) AS stamp,
       agenda_item.id::text AS thing, agenda_item.id AS subject_id, {NONE},
       '{{}}'::jsonb AS about, '' AS title,
       concat_ws('. ', {_ADVICE},
         (SELECT string_agg(value #>> '{{}}', '. ')
          FROM jsonb_path_query(report, 'strict $.**') AS value
          WHERE jsonb_typeof(value) = 'string' AND value <> '""')) AS body
FROM agenda_item
"""  # noqa: S608  # constants only
_DECISIONS = """
SELECT 'decision:' || decision.id AS key, '' AS stamp, decision.id::text AS thing,
       decision.item_id AS subject_id, NULL::int AS version_id, decision.decided_on AS on_date,
       jsonb_build_object('id', decision.id) AS about,
       '' AS title, concat_ws('. ', decision.words, recommendation.words) AS body
FROM decision JOIN recommendation ON recommendation.id = decision.recommendation_id
WHERE NOT EXISTS (SELECT 1 FROM decision AS later WHERE later.supersedes_id = decision.id)
"""
_MEETINGS = """
SELECT 'meeting:' || meeting.id AS key,
       md5(concat_ws('|', body.name, meeting.on_date, meeting.kind)) AS stamp,
       meeting.id::text AS thing, NULL::int AS subject_id, NULL::int AS version_id, meeting.on_date,
       jsonb_build_object('id', meeting.id) AS about, body.name AS title,
       concat_ws(' ', 'meeting', to_char(meeting.on_date, 'FMDD FMMonth YYYY'),
                 meeting.on_date, meeting.kind) AS body
FROM meeting JOIN body ON body.id = meeting.body_id
"""
_POSTS = """(SELECT string_agg(
    concat_ws(', ', post.title, coalesce(unit.name, body.name)), '. ' ORDER BY post.title)
  FROM appointment AS holder JOIN post ON post.id = holder.post_id
  JOIN queue ON queue.id = post.queue_id LEFT JOIN unit ON unit.id = queue.unit_id
  LEFT JOIN body ON body.id = queue.body_id
  WHERE holder.person_id = person.id AND holder.during @> CAST(:today AS date))"""
# Whoever has left or was erased is found by nobody.
_PEOPLE = f"""
SELECT 'person:' || person.id AS key, md5(concat_ws('|', person.name, {_POSTS})) AS stamp,
       person.id::text AS thing, NULL::int AS subject_id, {NONE},
       jsonb_build_object('id', person.id) AS about, person.name AS title,
       coalesce({_POSTS}, '') AS body
FROM person WHERE person.active AND NOT person.is_system AND person.salt IS NOT NULL
"""  # noqa: S608  # constants only

SOURCES = (
    Source("plan", PLANS, Right.KNOWN, _PLANS),
    Source("section", SECTIONS, Right.TEXT, _SECTIONS),
    Source("sealed_section", SECTIONS, Right.TEXT, _SEALED_SECTIONS, _KEPT),
    Source("entry", ENTRIES, Right.TEXT, _ENTRIES),
    Source("sealed_entry", ENTRIES, Right.TEXT, _SEALED_ENTRIES, _KEPT),
    Source("report", REPORTS, Right.KNOWN, _REPORTS),
    Source("report_words", REPORTS, Right.WORDS, _REPORT_WORDS),
    Source("decision", DECISIONS, Right.UNCORRECTED, _DECISIONS),
    Source("meeting", MEETINGS, Right.EVERYONE, _MEETINGS),
    Source("person", PEOPLE, Right.OFFICERS, _PEOPLE),
)


def _case(values: dict[str, str]) -> str:
    whens = " ".join(f"WHEN '{kind}' THEN {value}" for kind, value in values.items())
    return f"CASE entry.kind {whens} END"


# Whether an entry may be shown; of a kind that has no right here, never.
SHOWN = f"coalesce({_case({each.kind: each.right.value for each in SOURCES})}, false)"
GROUP = _case({each.kind: f"'{each.group}'" for each in SOURCES})
