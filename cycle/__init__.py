"""The nouns: the council, its plans, what waits, what bodies decide, and the record."""
