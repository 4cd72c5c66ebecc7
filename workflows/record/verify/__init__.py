"""``plancycle verify``: every seal, row and date is checked again."""
