"""The one way a state changes: an act on one subject or many, its rules and facts, its record."""
