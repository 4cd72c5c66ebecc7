"""Every subject says its phase beside its state, as the edition that it has pinned says it."""

import sqlalchemy as sa
from alembic import op

from config import editions
from cycle.errors import BadInput

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_EDITIONS = sa.text("SELECT id, key, number, body FROM framework_version ORDER BY id")
# In one go over the table, which may be long.
_FILL = sa.text("""
UPDATE subject SET phase = said.phase
FROM unnest(CAST(:edition AS int[]), CAST(:lifecycle AS text[]), CAST(:state AS text[]),
            CAST(:phase AS text[])) AS said (edition, lifecycle, state, phase)
WHERE (framework_version_id, subject.lifecycle, subject.state)
    = (said.edition, said.lifecycle, said.state)
""")
_WITHOUT = sa.text("SELECT ref, lifecycle, state FROM subject WHERE phase = '' ORDER BY id LIMIT 1")


def upgrade() -> None:
    """Fill the column from the editions. Raises BadInput at a state that says no phase, and at a
    subject whose state its edition does not know."""
    op.add_column("subject", sa.Column("phase", sa.Text(), server_default="", nullable=False))
    connection = op.get_bind()
    connection.execute(_FILL, _phases(connection))
    left = connection.execute(_WITHOUT).first()
    if left is not None:
        raise BadInput(
            f"{left.ref} stands in the state {left.lifecycle}.{left.state}, which its edition does "
            "not have, so that nobody can say its phase. Check the record with the version before."
        )
    op.alter_column("subject", "phase", server_default=None)
    op.drop_index("subject_kind_state", table_name="subject")
    op.create_index("subject_kind_phase", "subject", ["kind", "phase"])


def downgrade() -> None:
    """Forget it: the state says it too."""
    op.drop_index("subject_kind_phase", table_name="subject")
    op.create_index("subject_kind_state", "subject", ["kind", "state"])
    op.drop_column("subject", "phase")


def _phases(connection: sa.Connection) -> dict[str, list[object]]:
    """The phase of every state of every edition, column by column."""
    found: dict[str, list[object]] = {"edition": [], "lifecycle": [], "state": [], "phase": []}
    for edition in connection.execute(_EDITIONS):
        for lifecycle in editions.read(edition.body).lifecycles.values():
            for state in lifecycle.states.values():
                if not state.phase:
                    raise BadInput(
                        f"Edition {edition.number} of {edition.key}: the state “{state.label}” "
                        f"({lifecycle.key}.{state.key}) has no phase, and this version cannot know "
                        "it. Add it to PHASES in config/edition_upgrades.py, then migrate again; "
                        "until then go on with the version before."
                    )
                row = (edition.id, lifecycle.key, state.key, state.phase)
                for name, value in zip(found, row, strict=True):
                    found[name].append(value)
    return found
