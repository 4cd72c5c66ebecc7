"""Rules about what people read: words, guides, sentences."""
