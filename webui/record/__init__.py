"""Pages of the record: history, audit and the access log."""
