"""Checks of what a framework, a council's files or a report says, each with a plain sentence."""
