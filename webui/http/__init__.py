"""What stands around every request: sign-in, policies, headers, errors, and the door to an act."""
