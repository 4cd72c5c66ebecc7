"""The search page, and the box in the header that leads to it."""
