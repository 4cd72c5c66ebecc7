"""Where each task is done, and the pages of a list of tasks."""

from collections.abc import Sequence

from flask import url_for

from webui.page.formats import Key, Page, Row, pack_key
from workflows.queues.chase_list import Late
from workflows.queues.my_work import TaskRow

COMMENT = "comment_"
CONTRIBUTE = "contribute"
# Tasks of a report that have a page of their own.
OF_ITEM = {
    "write_report": "report",
    "list_item": "list_item",
    "publish": "publish",
    "record_resolution": "record_resolution",
    "agree_correction": "correction",
    "settle_correction": "correction",
}
OF_YEAR = {"open_year": "open", "decide": "decide"}


def part(rows: Sequence[Row], following: Key | None, after: Key | None) -> Page[Row]:
    """The rows of one page of a list, with the key of the next."""
    return Page(list(rows), pack_key(following) if following else None, first=after is None)


def place(task: TaskRow | Late) -> str:
    """The page of what a task is about, for whoever does not have to do it (any more)."""
    if task.subject_kind == "plan":
        return url_for("plans.show", ref=task.ref)
    if task.subject_kind == "item":
        return url_for("items.show", item_id=task.subject_id)
    if task.subject_kind == "year":
        return url_for("cycles.find", ref=task.ref)
    return link(task)


def link(task: TaskRow | Late) -> str:
    """The page on which a task is done."""
    if task.subject_kind == "plan":
        return _plan_link(task)
    if task.subject_kind == "year":
        return url_for("cycles.find", ref=task.ref, what=OF_YEAR.get(task.kind))
    if task.subject_kind == "cycle":
        return url_for("cycles.show", ref=task.ref)
    if task.subject_kind == "change":
        return url_for("changes.show", ref=task.ref)
    if task.subject_kind == "item":
        return _item_link(task)
    return url_for("board.index")


def _plan_link(task: TaskRow | Late) -> str:
    """Who was asked for a section goes straight to it; everybody else to the plan."""
    if isinstance(task, TaskRow) and task.kind == CONTRIBUTE and task.post:
        key = task.slot.rpartition(":")[0]
        return url_for("plans.section", ref=task.ref, key=key)
    return url_for("plans.show", ref=task.ref)


def _item_link(task: TaskRow | Late) -> str:
    here = url_for("items.show", item_id=task.subject_id)
    if task.kind.startswith(COMMENT):
        return f"{here}/comments/{task.kind.removeprefix(COMMENT)}"
    page = OF_ITEM.get(task.kind)
    return f"{here}/{page}" if page else here
