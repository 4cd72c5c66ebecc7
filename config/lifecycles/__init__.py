"""Lifecycles: their shape, the shipped stages and bases, and how one is written with them."""
