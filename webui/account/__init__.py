"""Signing in, passwords and sessions: pages for everybody about their own account."""
