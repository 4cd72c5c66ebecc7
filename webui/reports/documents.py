"""A report to a body as a Word document."""

from collections.abc import Mapping

from werkzeug.wrappers import Response

from config.lifecycles.phases import Phase
from webui.http import auth
from webui.http.policies import policy
from webui.page import documents
from webui.page.formats import date_text
from webui.plans.entry_tables import dates_table
from webui.reports.views import bp
from workflows.files.word_document import Document
from workflows.meetings import reading_report
from workflows.meetings.reading_report import ItemPage
from workflows.meetings.registers import Decided

__all__ = ["bp"]  # the report's own blueprint, with what is added here
STILL = "Still to be answered"
# Before these the report is a draft.
_OUT = (Phase.BEFORE_BODIES, Phase.ENDED)


@bp.get("/items/<int:item_id>/report.docx")
@policy("signed_in")
def document(item_id: int) -> Response:
    """The report as its page shows it to who may read its words."""
    page = auth.reading(reading_report.words_page, auth.me(), item_id)
    item = page.item
    draft = "" if item.phase in _OUT else "Draft report. "
    foot = f"{draft}Record {item.ref}/{item.head_seq}."
    made = documents.begun(item.title, [foot])
    meeting = date_text(page.meeting.on_date) if page.meeting else "not yet on an agenda"
    made.subtitle(f"{page.report_title} to {page.body.name}, {meeting}. {page.status}.")
    made.heading("Plans", 1)
    made.items([f"{each.title}, version {each.number}" for each in page.plans])
    _decisions(made, page)
    made.heading("Recommendations", 1)
    made.items([each.words for each in page.recommendations], numbered=True)
    _fields(made, page)
    for title, body in page.dates:
        for each in dates_table(body):
            documents.table(made, title, each.columns, each.rows)
    _comments(made, page)
    return documents.handed_out(made, f"report-{item.ref}")


def _decisions(made: Document, page: ItemPage) -> None:
    if not page.decisions:
        return
    made.heading("What the meeting resolved", 1)
    for each in page.decisions:
        without = ", without a vote" if each.without_vote else ""
        to = f", to {date_text(each.deferred_to_on)}" if each.deferred_to_on else ""
        void = "" if each.effect else ", without effect"
        outcome = f"{page.labels[each.outcome]}{without}{to}{void}{_corrected(each, page.labels)}"
        lines = [f"Recommendation {each.number}: {outcome}", each.words]
        lines += [f"Why: {each.reason}" if each.reason else "", _shown_by(each), date_text(each.on)]
        made.paragraph("\n".join(line for line in lines if line))


def _corrected(decided: Decided, labels: Mapping[str, str]) -> str:
    """Whether a decision was corrected, or corrects another one."""
    if decided.corrected:
        return " (corrected since)"
    if decided.was:
        return f" (correction of “{labels[decided.was]}”)"
    return " (correction)" if decided.supersedes_id else ""


def _shown_by(decided: Decided) -> str:
    """What shows a corrected outcome, and who agreed to it."""
    if not decided.agreed_by:
        return ""
    evidence = decided.evidence.rstrip(".")
    minute = f"; corrected by minute {decided.later_minute}" if decided.later_minute else ""
    return f"What shows it: {evidence}{minute}. Agreed by {decided.agreed_by}."


def _fields(made: Document, page: ItemPage) -> None:
    """The headings of the report with their answers, as the framework has them."""
    for heading in page.fields:
        if heading.kind == "grid":
            rows = [(row, words or STILL) for row, words in page.grid(heading)]
            made.table(heading.title, ["On", "Answer"], rows)
        elif heading.kind == "consulted":
            asked = [
                (each.name, {"yes": "Yes", "no": "No"}.get(each.answer, STILL), each.how)
                for each in page.consulted(heading)
            ]
            made.table(heading.title, ["Who", "Consulted", "Where or how"], asked)
        elif words := page.item.report.get(heading.key, ""):
            made.heading(heading.title, 1)
            made.prose(words, 1)
        elif heading.required:
            made.heading(heading.title, 1)
            made.paragraph("Still to be written.")


def _comments(made: Document, page: ItemPage) -> None:
    made.heading("Comments by officers", 1)
    for each in page.comments:
        made.heading(f"{each.title} ({each.initials} {date_text(each.signed_on)})", 2)
        if each.no_implications:
            made.paragraph("No implications.")
        if each.wording:
            made.paragraph(each.wording)
        if each.changed:
            made.paragraph(f"Changed since: {', '.join(each.changed)}.")
        elif not each.newest:
            made.paragraph("There are later comments.")
        made.paragraph(f"{each.name} for {each.for_name}" if each.for_name else each.name)
    if not page.comments:
        made.paragraph("None yet.")
