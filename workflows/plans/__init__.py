"""Plans: created, written, versioned, carried over; their guards and effects."""
