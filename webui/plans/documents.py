"""A plan, or one section of it, as a Word document."""

from werkzeug.wrappers import Response

from webui.http import auth
from webui.http.policies import policy
from webui.page import documents
from webui.page.formats import moment_text
from webui.plans.entry_tables import tables_of
from webui.plans.views import bp
from workflows.files.word_document import Document
from workflows.plans.reading_text import SectionView
from workflows.plans.word import reading_document
from workflows.plans.word.reading_document import PlanDocument

NOTHING = "Nothing here yet."


@bp.get("/<ref>/plan.docx")
@policy("signed_in")
def document(ref: str) -> Response:
    """The plan as its page shows it."""
    page = auth.reading(reading_document.plan_document, auth.me(), ref)
    made = documents.begun(page.title, _foot(page))
    made.subtitle(f"{page.type_title}. {page.state_label}. {version_of(page)}")
    for section in page.sections:
        made.heading(section.title, 1)
        write_section(made, section)
    if page.sign_offs:
        made.heading("Sign-offs", 1)
        made.items(
            [
                f"{each['words']}. Version {each['number']}, {moment_text(each['at'])}. "
                f"{each['note'] or ''}".strip()
                for each in page.sign_offs
            ]
        )
    return documents.handed_out(made, f"plan-{page.ref}")


@bp.get("/<ref>/sections/<key>/section.docx")
@policy("signed_in")
def section_document(ref: str, key: str) -> Response:
    """One section of the working copy."""
    page = auth.reading(reading_document.section_document, auth.me(), ref, key)
    section = page.sections[0]
    made = documents.begun(f"{page.title}: {section.title}", _foot(page))
    made.subtitle(f"{page.type_title}. {page.state_label}. {version_of(page)}")
    made.heading(section.title, 1)
    write_section(made, section)
    return documents.handed_out(made, f"section-{page.ref}")


def write_section(made: Document, section: SectionView) -> None:
    """The text of a section, or its entries as tables. A text that is still to be written is left
    empty, so that the document can be written in and handed in again."""
    if section.kind == "text":
        made.prose(section.body, 1)
        return
    tables = tables_of(section)
    for each in tables:
        documents.table(made, each.caption, each.columns, each.rows)
    if not tables:
        made.paragraph(NOTHING)


def version_of(page: PlanDocument) -> str:
    """Which text this is."""
    if not page.working:
        return f"Version {page.number}."
    if page.number:
        return f"Working copy, changed since version {page.number}."
    return "Working copy, not yet a version."


def _foot(page: PlanDocument) -> list[str]:
    draft = "Draft, not approved. " if page.draft else ""
    lines = [f"{draft}{version_of(page)} Record {page.record_number}."]
    return lines if page.working else [*lines, f"SHA-256 of this version: {page.sha256}"]
