"""Help: a guide for each kind of work, the words, whom to ask, and how each main page works."""
