"""Plans as Word documents: out as they are read, and in section by section after a look."""
