"""The schema's history: Alembic revisions, run by ``cycle.server.migrate``."""
