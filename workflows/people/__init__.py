"""Accounts, appointments, cover, sessions and passwords."""
