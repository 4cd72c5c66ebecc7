"""Steps, baselines, change requests, rescheduling, impact and pinch points."""
