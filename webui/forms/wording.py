"""The sentences that form fields say. WTForms asks for them by its own English texts."""

from collections.abc import Mapping

_WORDS: Mapping[str, str] = {
    "This field is required.": "Fill this in.",
    "Not a valid choice.": "Choose one from the list.",
    "Invalid Choice: could not coerce.": "Choose one from the list.",
    "Invalid choice(s): one or more data inputs could not be coerced.": "Choose from the list.",
    "Not a valid integer value.": "Enter a whole number, like 12.",
    "Not a valid decimal value.": "Enter a number, like 12.50.",
    "Number must be at least %(min)s.": "Enter %(min)s or more.",
    "Number must be at most %(max)s.": "Enter %(max)s or less.",
    "Number must be between %(min)s and %(max)s.": "Enter a number from %(min)s to %(max)s.",
    "Invalid input.": "This is not in the form that is asked for.",
    "Field must be equal to %(other_name)s.": "The two must be the same.",
    "Invalid CSRF Token.": "This page was open too long. Send it again.",
    "CSRF token missing.": "This page was open too long. Send it again.",
}


class Wording:
    """What WTForms takes for translations: its texts in the words of this service."""

    def gettext(self, text: str) -> str:
        """Our sentence for WTForms' one, or the same text."""
        return _WORDS.get(text, text)

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """Our sentence for a count. Lists that hold one choice too many are all that is left."""
        if "valid choice" in singular:
            # WTForms fills in %(value)s or %(values)s afterwards; ours need none of them.
            return "Choose from the list."
        return singular if count == 1 else plural
