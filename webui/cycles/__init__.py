"""Pages of cycles and their years."""
