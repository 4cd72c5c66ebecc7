"""What a pinned framework says now."""
