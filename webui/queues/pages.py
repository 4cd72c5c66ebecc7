"""Where each task is done, and what My work shows of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session

from cycle.errors import BadInput
from cycle.people import Actor
from webui.page.formats import Key, Page, Row, pack_key
from workflows.framework import permissions
from workflows.queues import chase_list, my_work
from workflows.queues.chase_list import Late
from workflows.queues.my_work import TaskRow, Which

COMMENT = "comment_"
CONTRIBUTE = "contribute"
# Tasks of a report that have a page of their own.
OF_ITEM = {
    "write_report": "report",
    "list_item": "list_item",
    "publish": "publish",
    "record_resolution": "record_resolution",
}
OF_YEAR = {"open_year": "open", "decide": "decide"}


@dataclass(frozen=True)
class Work:
    """One list of My work with the counts of all of them."""

    counts: dict[str, int]
    rows: Page[TaskRow]
    chase: int | None


@dataclass(frozen=True)
class Chase:
    """The chase list with the counts of the other lists."""

    counts: dict[str, int]
    rows: Page[Late]
    chase: int
    may_remind: bool


def work(session: Session, actor: Actor, which: Which, after: Key | None) -> Work:
    """One page of one list."""
    mine = my_work.mine_of(session, actor)
    found = my_work.my_work(session, actor, which, _key(after), mine)
    may = permissions.of(session, actor)
    return Work(
        my_work.counts(session, actor, mine),
        _page(found.rows, found.following, after),
        chase_list.count(session) if "chase" in may else None,
    )


def chase(session: Session, actor: Actor, after: Key | None) -> Chase:
    """One page of the chase list. Raises NotPermitted without ``chase``."""
    found = chase_list.page(session, actor, _key(after))
    return Chase(
        my_work.counts(session, actor),
        _page(found.rows, found.following, after),
        chase_list.count(session),
        "remind" in permissions.of(session, actor),
    )


def _page(rows: Sequence[Row], following: Key | None, after: Key | None) -> Page[Row]:
    return Page(list(rows), pack_key(following) if following else None, first=after is None)


def _key(after: Key | None) -> tuple[str, int] | None:
    """The key of a list of tasks, as its link said it. Raises BadInput for another list's."""
    if after is None:
        return None
    if len(after) == 2 and isinstance(after[0], str) and isinstance(after[1], int):
        return after[0], after[1]
    raise BadInput("This link does not lead to a page of the list. Start from its first page.")


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
    if isinstance(task, TaskRow) and task.kind == CONTRIBUTE and task.desk:
        key = task.slot.rpartition(":")[0]
        return url_for("plans.section", ref=task.ref, key=key)
    return url_for("plans.show", ref=task.ref)


def _item_link(task: TaskRow | Late) -> str:
    here = url_for("items.show", item_id=task.subject_id)
    if task.kind.startswith(COMMENT):
        return f"{here}/comments/{task.kind.removeprefix(COMMENT)}"
    page = OF_ITEM.get(task.kind)
    return f"{here}/{page}" if page else here
