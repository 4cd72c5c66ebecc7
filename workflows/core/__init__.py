"""The one way a state changes: engine, attempt, definitions, tasks, audit, idempotency."""
