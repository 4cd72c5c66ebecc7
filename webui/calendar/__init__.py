"""Pages of the municipal calendar: import, external dates, closures and deadline rules."""
