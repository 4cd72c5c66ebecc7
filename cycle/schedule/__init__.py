"""The solver of dates: steps, predecessors, floats, limits, and what changed between two."""
