"""The council itself: loading, governance, frameworks published, reorganisation."""
