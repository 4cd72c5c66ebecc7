"""The forms with which a Word document is handed in, and brought in where it was ticked."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from cycle.errors import BadInput
from webui.forms import (
    ActForm,
    CheckboxesField,
    CheckboxField,
    FileField,
    FileForm,
    ShownField,
    options,
)
from webui.page import markdown
from webui.plans.forms import KNOWS
from workflows.plans.plans import SectionText
from workflows.plans.word.bringing_in import Brought
from workflows.plans.word.reading_word import LookPage

AGAIN = "This page cannot be sent again. Open it once more and tick what you want to save."
_SEEN = re.compile(r"([\w-]{1,200})=([0-9]{1,10})", re.ASCII)
LONGEST = 8_000


class HandInForm(FileForm):
    """A Word document."""

    file = FileField("Word document (.docx)", "Choose the Word document.")


class LookForm(ActForm):
    """What was looked at, and the sections of it that are to be saved; none is ticked before."""

    looked_at = ShownField("File shown", max_length=40)
    seen = ShownField("Versions shown", max_length=LONGEST)
    take = CheckboxesField("Which sections do you want to save?")
    knows = CheckboxField(KNOWS)

    def moment(self) -> datetime:
        """When the file was kept that the page showed. Raises BadInput for what is no moment."""
        try:
            return datetime.fromisoformat(self.looked_at.value)
        except ValueError:
            raise BadInput(AGAIN) from None

    def brought(self, page: LookPage) -> list[Brought]:
        """The sections that are ticked, with the text and the version that the page showed."""
        seen = dict(_SEEN.findall(self.seen.value))
        found = []
        for each in page.offered:
            if each.key not in self.take.value:
                continue
            if each.key not in seen:
                raise BadInput(AGAIN)
            text = SectionText(each.text, int(seen[each.key]), self.knows.value)
            found.append(Brought(each.key, each.title, text))
        return found


def drawn(page: LookPage) -> LookForm:
    """The form of a look."""
    form = LookForm(
        data={
            "seen_version": page.version,
            "looked_at": page.kept_at.isoformat() if page.kept_at else "",
            "seen": " ".join(f"{each.key}={each.version}" for each in page.offered) or "none",
        }
    )
    form.take.choices = options((each.key, each.title) for each in page.offered)
    return form


def plain(found: Mapping[str, object]) -> Mapping[str, object]:
    """What a file says with text as every page keeps it: blanks, breaks and bullets of Word's."""
    pieces = found["pieces"]
    assert isinstance(pieces, Sequence)  # noqa: S101
    cleaned = [{**each, "text": markdown.from_word(str(each["text"]))} for each in pieces]
    return {**found, "pieces": cleaned}
