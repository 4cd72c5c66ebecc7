"""The form of a report as the framework has it: its headings, what is still unanswered, comments.

The rule that lives here: “None” and “N/A” are answers, an empty box is none (I8, I32). A grid is
answered row by row (S4 ¶11); who was consulted is answered yes or no for each, and with yes goes
where or how (S4 ¶12). A report keeps one text for each box, under the box's key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from config.framework import CommentKind, Framework, ReportField
from cycle.errors import BadInput
from cycle.models import AgendaItem
from workflows.framework import pinned

YES, NO = "yes", "no"
LONGEST_HOW = 200
# Where the sentence goes with which a report begins: what the body is asked to do.
FIRST_WORDS = ("purpose", "summary")


@dataclass(frozen=True)
class Box:
    """One box to fill in. ``kind``: text, answer (a row of a grid), consulted, how."""

    key: str
    title: str
    kind: str
    field: ReportField
    row: str = ""


@dataclass(frozen=True)
class Consulted:
    """One of those who are asked about every report: the answer, and where or how."""

    name: str
    answer: str
    how: str


def fields_of(item: AgendaItem) -> tuple[ReportField, ...]:
    """The headings of a report in its pinned framework, in their order."""
    return tuple(pinned.of(item).report_fields.values())


def boxes(framework: Framework) -> list[Box]:
    """Every box of the framework's report, in order."""
    return [box for field in framework.report_fields.values() for box in boxes_of(field)]


def boxes_of(field: ReportField) -> list[Box]:
    """The boxes of one heading."""
    return list(_boxes(field))


def _boxes(field: ReportField) -> Iterator[Box]:
    if field.kind == "text":
        yield Box(field.key, field.title, "text", field)
        return
    for number, row in enumerate(field.rows, 1):
        key, title = f"{field.key}__{number}", f"{field.title}: {row}"
        if field.kind == "grid":
            yield Box(key, title, "answer", field, row)
        else:
            yield Box(key, title, "consulted", field, row)
            yield Box(f"{key}_how", f"{title}, where or how", "how", field, row)


def first_words(framework: Framework, sentence: str) -> dict[str, str]:
    """A new report: every box empty but the one with which it begins."""
    empty = {box.key: "" for box in boxes(framework)}
    begins = next((key for key in FIRST_WORDS if key in empty), "")
    return {**empty, begins: sentence} if begins else empty


def unanswered(framework: Framework, report: Mapping[str, str]) -> list[str]:
    """What a report does not answer though it must: headings, or rows of them."""
    answers = {box.key: str(report.get(box.key, "")).strip() for box in boxes(framework)}
    found = []
    for box in boxes(framework):
        if box.kind == "how":
            asked = answers[box.key.removesuffix("_how")] == YES
        else:
            asked = box.field.required
        if asked and not answers[box.key]:
            found.append(box.title)
    return found


def check(framework: Framework, written: Mapping[str, str]) -> None:
    """Raises BadInput where who was consulted is answered with anything but yes or no."""
    for box in boxes(framework):
        if box.kind == "consulted" and written.get(box.key, "") not in ("", YES, NO):
            raise BadInput(f"{box.title}: answer yes or no.")


def grid(field: ReportField, report: Mapping[str, str]) -> list[tuple[str, str]]:
    """The rows of a grid with their answers."""
    return [(box.row, str(report.get(box.key, ""))) for box in boxes_of(field)]


def consulted(field: ReportField, report: Mapping[str, str]) -> list[Consulted]:
    """Those who are asked about every report, with what was answered for each."""
    return [
        Consulted(box.row, str(report.get(box.key, "")), str(report.get(f"{box.key}_how", "")))
        for box in boxes_of(field)
        if box.kind == "consulted"
    ]


def comment_kind(item: AgendaItem, kind: str) -> CommentKind | None:
    """A kind of comment in the report's framework; None when it has no such kind."""
    return pinned.of(item).comments.get(kind)


def comment_title(framework: Framework, kind: str) -> str:
    """The name of a kind of comment; its key when the framework no longer names it."""
    known = framework.comments.get(kind)
    return known.title if known else kind


def in_sentence(title: str) -> str:
    """A title within a sentence: finance comments, section 25 report."""
    return title[:1].lower() + title[1:]


def named(framework: Framework, kind: str) -> str:
    """A kind of comment within a sentence: finance comments, the section 25 report."""
    known = framework.comments.get(kind)
    article = "the " if known is not None and known.own else ""
    return article + in_sentence(comment_title(framework, kind))
