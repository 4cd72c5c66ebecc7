"""Cycles and years: created, opened, decided, closed; joining midway."""
