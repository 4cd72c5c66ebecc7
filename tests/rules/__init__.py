"""The product's own rules, kept by tests."""
