"""What a council sets: settings, frameworks, structures. No database and no web here."""
