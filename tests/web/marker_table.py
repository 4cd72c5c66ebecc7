"""Who may read what, written by hand from the model's rights and importing nothing of the product.

A row is a kind of text; its people are those of the cast who may read it somewhere, and nobody
else may anywhere. ``SHOWN`` says at which addresses a kind must be shown to at least one of them,
since an address that shows nothing to anybody is no proof.
"""

# One person of each kind. Sue supports the cycle; Hana is head of strategy and writes the Strategic
# Plan; Mo manages Housing, Ray directs it; Fred was asked for a section of Housing; Pat manages
# Parks; Fin comments for finance; Cy clerks; Aud audits; Adam runs accounts; Chas chairs Policy
# Committee, Mem is a member of Place Committee.
CAST = ("sue", "hana", "mo", "ray", "fred", "pat", "fin", "cy", "aud", "adam", "chas", "mem")
EVERYBODY = frozenset(CAST)
# Support service, auditor, commenters, and whoever answers for the whole council's plans.
EVERY_TEXT = frozenset({"sue", "hana", "fin", "aud"})
HOUSING = EVERY_TEXT | {"mo", "ray", "fred"}
PARKS = EVERY_TEXT | {"pat"}
# A plan of the whole council: its own posts, but not who clerks or runs accounts.
WHOLE_COUNCIL = EVERY_TEXT | {"fred"}
# A report before publication: its plan's line, its writers and commenters, and the clerk.
REPORT = WHOLE_COUNCIL | {"cy"}

READERS = {
    "draft text": HOUSING,
    "draft entry": HOUSING,
    "draft remark": HOUSING,
    "draft reason": HOUSING,
    "draft request": HOUSING,
    "more time": HOUSING,
    "exempt title": PARKS,
    "exempt text": PARKS,
    "exempt remark": PARKS,
    "exempt reason": PARKS,
    "exempt date": PARKS,
    "shown text": EVERYBODY,
    "redraft": WHOLE_COUNCIL,
    "internal remark": WHOLE_COUNCIL,
    "internal reason": WHOLE_COUNCIL,
    "published report": EVERYBODY,
    "published comment": EVERYBODY,
    "published decision": EVERYBODY,
    "unpublished report": REPORT,
    "unpublished comment": REPORT,
    "exempt report": WHOLE_COUNCIL,
    "exempt comment": WHOLE_COUNCIL,
    "exempt decision": WHOLE_COUNCIL,
}

SHOWN = {
    "plans.show": {"draft text", "draft entry", "draft remark", "exempt title", "exempt text",
                   "exempt remark", "shown text", "redraft", "internal remark", "draft request"},
    "plans.printed": {"exempt text", "shown text", "redraft"},
    "plans.document": {"draft text", "draft entry", "exempt title", "exempt text", "shown text",
                       "redraft"},
    "plans.section_document": {"draft text", "exempt text"},
    "plans.compare": {"shown text", "redraft"},
    "plans.history": {"draft reason", "exempt reason", "internal reason"},
    "plans.section": {"draft text", "exempt text"},
    "plans.entry": {"draft entry"},
    "comments.add": {"draft text", "exempt text"},
    "comments.answer": {"draft remark", "exempt remark"},
    "meetings.correct": {"published decision"},
    "items.show": {"published report", "published comment", "unpublished report",
                   "unpublished comment", "exempt report", "exempt comment", "exempt decision",
                   "published decision"},
    "items.document": {"published report", "published comment", "unpublished report",
                       "unpublished comment", "exempt report", "exempt comment",
                       "exempt decision", "published decision"},
    "items.history": {"published decision", "exempt decision"},
    "items.write": {"unpublished report"},
    "items.comment": {"unpublished comment"},
    "board.entries": {"draft entry"},
    "board.entries_file": {"draft entry"},
    "board.index": {"exempt title"},
    "board.board_file": {"exempt title"},
    "changes.show": {"more time", "exempt date"},
    "timetable.year": {"exempt date"},
    "timetable.cycle": {"exempt date"},
    "timetable.printed": {"exempt date"},
    "timetable.file": {"exempt date"},
    "timetable.cycle_printed": {"exempt date"},
    "timetable.cycle_file": {"exempt date"},
    "search.index": {"draft text", "draft entry", "exempt title", "exempt text", "shown text",
                     "redraft", "published report", "published decision", "unpublished report",
                     "exempt report", "exempt decision"},
    "audit.record": {"draft reason", "exempt reason", "internal reason"},
}  # fmt: skip
# Of these nothing is searched, by nobody: search says so.
NOT_SEARCHED = READERS.keys() - SHOWN["search.index"]
# Counted by hand: 23 kinds of text, 12 people.
CELLS = 276
