"""Pages of people, their posts, cover and proposals."""
