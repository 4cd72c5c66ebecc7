"""Search: what may be found, how it is kept, and what one person finds."""
