"""``plancycle bench``: how many acts a second."""
