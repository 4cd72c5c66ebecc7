"""Pages of the council's units, governance and frameworks."""
