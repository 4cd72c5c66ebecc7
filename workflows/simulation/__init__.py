"""The made-up council, its people and the demo."""
