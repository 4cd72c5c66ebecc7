"""Pages of plans, their text, entries and the overview."""
