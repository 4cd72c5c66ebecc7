"""A Word document is handed in, looked at, and brought into the sections that were ticked.

The rules that live here: the file is read in the sandbox (docs/decisions/0030) and what it says is
kept as its reader's draft, so that the look stays; only what is ticked is saved, as the writer's
own saving of those sections, with the same rights; what a colleague has saved since the page was
drawn is never replaced (INV-31).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from cycle import access
from cycle.errors import BadInput, Blocked, OutOfDate
from cycle.models import Plan
from cycle.people import Actor
from cycle.seen import Seen
from workflows.core import drafts
from workflows.files import sandbox
from workflows.plans import plans
from workflows.plans.plans import SectionText

READER = "workflows.files.word_reader:read"
NOTHING = "Tick the sections that you want to save."
NO_FILE = "This document is not kept any more: it was saved, or is too old. Hand it in again."
OTHER_FILE = "Another file was handed in after you opened this page. Look at it first."


@dataclass(frozen=True)
class Brought:
    """A section that was ticked, with the text that was shown and the version beside it."""

    section_key: str
    title: str
    text: SectionText


def read(contents: bytes) -> Mapping[str, Any]:
    """The pieces of a document and what was noticed of it, read in a process of its own.

    Raises BadInput with a sentence.
    """
    found: Mapping[str, Any] = sandbox.parse(READER, contents)
    return found


def keep(session: Session, actor: Actor, at: str, file: str, found: Mapping[str, Any]) -> datetime:
    """Keep what a file says as this person's draft of the page ``at``, in the place of an earlier
    one. Raises BadInput for more than can be kept."""
    words = {name: json.dumps(found[name], ensure_ascii=False) for name in ("pieces", "noticed")}
    words["file"] = file
    return drafts.keep(session, actor, at, words, dict.fromkeys(words, ""), [*words])


def bring_in(
    session: Session,
    actor: Actor,
    plan_id: int,
    at: str,
    brought: Sequence[Brought],
    looked_at: datetime,
    seen_version: Seen,
) -> list[str]:
    """Save the sections that were ticked, all or none; gives their titles.

    ``at``: the page of which the file is a draft; ``looked_at``: when the one was kept that the
    page showed. Raises as ``plans.write_section``,
    OutOfDate also when another file was handed in meanwhile, Blocked when nothing is ticked.
    """
    access.changeable(session, actor, Plan, plan_id, seen_version)
    kept = drafts.of(session, actor, at)
    if kept is None or kept.saved_at != looked_at:
        raise OutOfDate(OTHER_FILE)
    if not brought:
        raise Blocked(NOTHING)
    for each in brought:
        try:
            plans.save_first(session, actor, plan_id, each.section_key, each.text)
        except OutOfDate:
            raise OutOfDate(
                f"Someone saved “{each.title}” after you opened this page. Compare it again."
            ) from None
        except BadInput as refusal:
            raise BadInput(f"“{each.title}”: {refusal}") from None
    drafts.throw_away(session, actor, at)
    return [each.title for each in brought]
