"""What Alembic runs: all revisions in one transaction, on the connection of
``cycle.server.migrate``.

The rules that live here: two migrations of one database never run at the same time, and after every
migration the sealed tables are sealed again (``cycle.record.seals``).
"""

from alembic import context
from sqlalchemy import inspect, text

from cycle.db import Base
from cycle.models import SEALED
from cycle.record import seals

# Any number, as long as nothing else in this database locks the same one.
LOCK = 720_311

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata)
with context.begin_transaction():
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    context.run_migrations()
    sealed = [model.__tablename__ for model in SEALED]
    # A downgrade to an older revision may have left only some of them.
    if set(sealed) <= set(inspect(connection).get_table_names()):
        seals.apply(connection, sealed)
