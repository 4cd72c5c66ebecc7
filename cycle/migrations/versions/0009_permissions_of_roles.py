"""What each role may do stands with the council's facts, so that no code names a role."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# As it was while code looked for roles by name; loading the council brings what its framework says.
AFTER = """
INSERT INTO council_setting (key, value)
SELECT 'permissions', jsonb_object_agg(role, permissions) FROM (
  SELECT role, jsonb_agg(permission ORDER BY permission) AS permissions FROM (
    SELECT jsonb_array_elements_text(value) AS role, 'read_every_text' AS permission
    FROM council_setting WHERE key = 'read_every_text'
    UNION ALL
    SELECT * FROM (VALUES
      ('support_service', 'take_vacancies'), ('support_service', 'write_reports'),
      ('support_service', 'request_reports'), ('support_service', 'plan_cycle'),
      ('support_service', 'remind'), ('head_of_strategy', 'plan_cycle'),
      ('head_of_strategy', 'remind'), ('clerk', 'record_resolutions'),
      ('clerk', 'request_reports'), ('monitoring_officer', 'waive_bodies'),
      ('head_of_democratic_services', 'record_resolutions'),
      ('head_of_democratic_services', 'waive_bodies'), ('administrator', 'manage_people'),
      ('administrator', 'manage_council'), ('leader', 'sit_as_member'),
      ('chair', 'sit_as_member'), ('member', 'sit_as_member')) AS said (role, permission)
  ) AS each GROUP BY role) AS roles
WHERE EXISTS (SELECT 1 FROM council_setting WHERE key = 'read_every_text')
HAVING count(*) > 0
"""
BEFORE = """
INSERT INTO council_setting (key, value)
SELECT 'read_every_text', coalesce(jsonb_agg(said.role ORDER BY said.role), '[]')
FROM council_setting, jsonb_each(value) AS said (role, permissions)
WHERE key = 'permissions' AND said.permissions ? 'read_every_text'
HAVING EXISTS (SELECT 1 FROM council_setting WHERE key = 'permissions')
"""


def upgrade() -> None:
    """Every role can do what it could."""
    op.execute(AFTER)
    op.execute("DELETE FROM council_setting WHERE key = 'read_every_text'")


def downgrade() -> None:
    """The roles stand in the code again, but for those that read every text."""
    op.execute(BEFORE)
    op.execute("DELETE FROM council_setting WHERE key = 'permissions'")
