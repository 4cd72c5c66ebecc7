"""What leaves the product."""
