"""A year played in a copy."""
