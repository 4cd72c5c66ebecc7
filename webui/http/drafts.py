"""A form whose words are kept as its writer's draft until they are sent (fault L1).

``begin`` says that a form has a draft, and fills its boxes with it when the page is opened. The
form is then saved as a draft by its button ``keep``, and by the page's script while somebody
writes; ``actions.submit`` asks for both here.

The rule that lives here: the page says of each box from which text it began (its base, as a mark),
and a box belongs to the draft while it says something else. So a box that nobody touched never
brings old text back, and whose base no longer stands is shown what somebody else saved.
"""

import re
from hashlib import sha256
from typing import TypeVar

from flask import flash, g, redirect, request
from flask.typing import ResponseReturnValue

from webui.forms import KeyedForm, RadioField, TextAreaField, TextField
from webui.http import auth, saving
from webui.page.characters import with_plain_lines
from workflows.core import drafts
from workflows.core.commands import command

F = TypeVar("F", bound=KeyedForm)
KEEP, DISCARD, BASES = "keep", "discard", "bases"
EMPTY = "(This is empty now.)"
_Box = TextField | TextAreaField | RadioField
_PLACE = re.compile(r"[a-z0-9_-]{1,80}")
_BASE = re.compile(r"([\w-]{1,200})=([0-9a-f]{16})", re.ASCII)


def begin(form: F, at: str) -> F:
    """Let a form be saved as a draft of the page at this address; one that is opened shows what its
    writer left there, and beside it what somebody else has saved since that was begun."""
    form.draft_at, form.draft_days = at, drafts.KEPT_FOR.days
    form.draft_bases = _now(form) | _posted_bases()
    found = auth.reading(drafts.of, auth.me(), at) if request.method == "GET" else None
    if found is None:
        return form
    for box in _boxes(form):
        if box.name in found.words:
            box.data = found.words[box.name]
            form.draft_bases[box.name] = found.bases[box.name]
            form.drafted_at = found.saved_at
    g.theirs = _theirs(form)
    return form


def look_again(form: KeyedForm) -> list[tuple[str, str]]:
    """After somebody else has saved: a box in which nothing was typed shows what stands now; each
    other one keeps its base, and beside it stands what is given back."""
    begun, now = _posted_bases(), _now(form)
    for box in _boxes(form):
        if begun.get(box.name) == _base(box.value):
            box.data, form.draft_bases[box.name] = box.object_data, now[box.name]
        elif box.name not in begun:
            form.draft_bases[box.name] = ""
    return _theirs(form)


def is_asked() -> bool:
    """Whether a form is sent to be kept as a draft, not to be done."""
    return saving.by_itself() or KEEP in request.form


def keep(form: KeyedForm) -> ResponseReturnValue:
    """Keep what a form says as its writer's draft, or forget it; then the page is shown again."""
    wanted = request.form.get(KEEP, "")
    if wanted == DISCARD:
        auth.save(command(drafts.throw_away, form.draft_at))
        flash("Your draft is thrown away.", "notice")
        return redirect(request.full_path.rstrip("?"), 303)
    typed = [box for box in _boxes(form) if box.name in request.form]
    bases = form.draft_bases
    words = {box.name: box.value for box in typed if _base(box.value) != bases[box.name]}
    boxes = [box.name for box in typed]
    at = auth.save(command(drafts.keep, form.draft_at, words=words, bases=bases, boxes=boxes))
    if saving.by_itself():
        return saving.saved(at)
    flash(f"Your draft was saved at {saving.time(at)}. Nobody else sees it.", "notice")
    place = f"#s-{wanted}" if _PLACE.fullmatch(wanted) else ""
    return redirect(request.full_path.rstrip("?") + place, 303)


def _boxes(form: KeyedForm) -> list[_Box]:
    return [field for field in form if isinstance(field, _Box)]


def _base(words: object) -> str:
    """The mark of the text from which a box began; blanks at its ends make no other text."""
    return sha256(with_plain_lines(str(words or "")).strip().encode()).hexdigest()[:16]


def _now(form: KeyedForm) -> dict[str, str]:
    """The mark of what stands now, box by box."""
    return {box.name: _base(box.object_data) for box in _boxes(form)}


def _posted_bases() -> dict[str, str]:
    """From what the boxes of the page that was sent began, as that page said it."""
    sent = request.form.get(BASES, "") if request.method == "POST" else ""
    return dict(_BASE.findall(sent))


def _theirs(form: KeyedForm) -> list[tuple[str, str]]:
    """The words that stand now where a box began from others and says others: (what they are, the
    words)."""
    now = _now(form)
    return [
        (box.label.text, _stands(box) or EMPTY)
        for box in _boxes(form)
        if form.draft_bases[box.name] != now[box.name] != _base(box.value)
    ]


def _stands(box: _Box) -> str:
    if isinstance(box, RadioField):
        return next((str(label) for key, label in box.choices if key == box.object_data), "")
    return str(box.object_data or "").strip()
