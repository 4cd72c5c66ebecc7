"""What every page needs: formats, navigation, Markdown, downloads."""
