"""History, checkpoints and the proof of the record."""
