"""The calendar of the council as it stands in the database."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from config import council
from cycle.calendar import Calendar, Nation, read_date

_CALENDAR = text("""
SELECT first_on, last_on, why, NULL::text AS key, NULL::jsonb AS value FROM closure
UNION ALL
SELECT NULL, NULL, NULL, key, value FROM council_setting
WHERE key IN ('nation', 'extra_holidays', 'closures_stop_clear_days')
ORDER BY 1
""")


def calendar_of(session: Session) -> Calendar:
    """Which days count here: the council's nation, closures and added holidays. One statement."""
    rows = session.execute(_CALENDAR).all()
    said = {row.key: row.value for row in rows if row.key}
    nation: Nation = said.get("nation", "england")
    added = dict(said.get("extra_holidays") or {})
    return Calendar(
        nation,
        [council.Closure(row.first_on, row.last_on, row.why) for row in rows if row.first_on],
        {read_date(day): str(name) for day, name in added.items()},
        bool(said.get("closures_stop_clear_days", False)),
    )
