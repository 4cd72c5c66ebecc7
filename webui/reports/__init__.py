"""Pages of the reports to committees."""
