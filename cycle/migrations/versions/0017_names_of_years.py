"""A planning year is called by what it is for and when it is done: Plans for 2028/29 (written in
2027/28); and so is what names one."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_SPRING = "{0} || '/' || lpad((({0} + 1) % 100)::text, 2, '0')"
_THIS, _NEXT = _SPRING.format("year.writes_from"), _SPRING.format("(year.writes_from + 1)")
_OLD = f"'lanning year ' || {_THIS} || ' (Year ' || year.number || ')'"
_NEW = f"'lans for ' || {_NEXT} || ' (written in ' || {_THIS} || ')'"
_RENAME = """
UPDATE subject SET title = 'P' || {to} FROM planning_year AS year WHERE year.id = subject.id
"""
# The events keep the words of their day.
_RENAME_CHANGES = """
UPDATE subject SET title = replace(subject.title, {before}, {after})
FROM date_change JOIN planning_year AS year ON year.id = date_change.planning_year_id
WHERE date_change.id = subject.id
"""
_BEFORE, _AFTER = f"'New dates for p' || {_OLD}", f"'New dates for the p' || {_NEW}"


def upgrade() -> None:
    """The new names."""
    op.execute(_RENAME_CHANGES.format(before=_BEFORE, after=_AFTER))
    op.execute(_RENAME.format(to=_NEW))


def downgrade() -> None:
    """The names of before."""
    op.execute(_RENAME_CHANGES.format(before=_AFTER, after=_BEFORE))
    op.execute(_RENAME.format(to=_OLD))
