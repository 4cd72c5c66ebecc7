"""How the record reads what earlier versions of the product wrote into it."""
