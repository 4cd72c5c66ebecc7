"""The verbs: everything that changes what the council has recorded."""
