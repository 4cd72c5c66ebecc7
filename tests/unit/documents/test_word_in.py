"""What comes in of a Word document, and what is said of all that does not (docs/surprises.md)."""

from typing import Any

from tests.unit.documents.made import (
    STYLES,
    cell,
    heading,
    item,
    levels,
    p,
    run,
    table,
    word,
)
from workflows.files import word_reader

PLACED = (
    '<w:drawing><wp:inline><wp:docPr id="1" name="x" descr="{name}"/><a:graphic>'
    '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/{kind}"/>'
    "</a:graphic></wp:inline></w:drawing>"
)


def read(body: str, **parts: str) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """The pieces of a document and what was noticed of the whole."""
    found = word_reader.read(word(body, **parts))
    return found["pieces"], [(kind, wording) for kind, wording in found["noticed"]]


def text(body: str, **parts: str) -> str:
    """The text of a document without headings."""
    pieces, noticed = read(body, **parts)
    assert not [each for each in noticed if each[0] == "lost"]
    return "\n".join(each["text"] for each in pieces)


def test_of_tracked_changes_the_accepted_text_comes_and_they_are_counted() -> None:
    """Surprise D18: insertions and what was moved here come; deletions, whole rows and cells among
    them, and what was moved away, do not."""
    pieces, noticed = read(
        p(
            run("We build ")
            + f"<w:del>{run('ten').replace('w:t', 'w:delText')}</w:del>"
            + f"<w:ins>{run('twelve')}</w:ins>"
            + run(" homes. ")
            + f"<w:moveFrom>{run('Gone.')}</w:moveFrom><w:moveTo>{run('Here.')}</w:moveTo>"
        )
        + table(
            cell("A") + cell("Kept"),
            cell("B") + cell("Struck", "<w:cellDel/>"),
            f"<w:trPr><w:del/></w:trPr>{cell('C')}{cell('Whole row')}",
        )
    )
    words = pieces[0]["text"]
    assert words.startswith("We build twelve homes. Here.")
    assert "ten" not in words.split()
    assert "Gone" not in words
    assert "Struck" not in words
    assert "Whole row" not in words
    assert {("ins", "1"), ("del", "3"), ("moveTo", "1")} <= set(noticed)


def test_a_paragraph_mark_that_was_deleted_joins_two_paragraphs() -> None:
    one = p("First half ", "<w:rPr><w:del/></w:rPr>")
    assert text(one + p("second half.")) == "First half second half."


def test_footnotes_stand_at_the_end_of_the_section_that_names_them() -> None:
    note = '<w:r><w:footnoteReference w:id="{}"/></w:r>'
    notes = "".join(
        f'<w:footnote w:id="{number}">{p(words)}</w:footnote>'
        for number, words in ((2, "Source: ONS."), (3, "Of 2026."))
    )
    pieces, _ = read(
        heading("One")
        + p(run("Rents rose") + note.format(2) + run("."))
        + heading("Two")
        + p(run("Prices fell") + note.format(3)),
        footnotes=notes,
    )
    assert pieces[0]["text"] == "Rents rose[1].\n\n[1] Source: ONS."
    assert pieces[1]["text"] == "Prices fell[2]\n\n[2] Of 2026."
    assert ["notes", "1"] in [list(each) for each in pieces[0]["noticed"]]


def test_lists_keep_their_levels_and_a_list_goes_on_counting_after_a_paragraph() -> None:
    """Surprise D10: the list after the paragraph begins with 3."""
    body = item("a", 1) + item("b", 1) + item("b1", 1, 1) + p("Between.") + item("c", 1)
    numbering = levels(("decimal", "%1."), ("bullet", "•"))
    assert text(body, numbering=numbering) == "1. a\n2. b\n   - b1\n\nBetween.\n\n3. c"


def test_items_deeper_than_a_page_shows_join_the_fifth_level() -> None:
    """Surprise D17: no word is lost where Word nests deeper than a page can."""
    body = "".join(item(f"level {level}", 1, level) for level in range(9))
    found = text(body, numbering=levels(*[("bullet", "•")] * 9))
    assert [f"level {level}" in found for level in range(9)] == [True] * 9
    assert found.splitlines()[4:6] == ["        - level 4", "        - level 5"]


def test_numbers_that_are_no_plain_list_are_named_and_so_is_what_refers_to_them() -> None:
    """Surprise D10: 1.1 and (a) cannot stay; “see paragraph 1.1(a)” then points nowhere."""
    kinds = (("decimal", "%1"), ("decimal", "%1.%2"), ("lowerLetter", "(%3)"))
    pieces, _ = read(
        item("Homes", 1)
        + item("We build.", 1, 1)
        + item("quickly", 1, 2)
        + p("See paragraph 1.1(a) and Section 4."),
        numbering=levels(*kinds),
    )
    noticed = [tuple(each) for each in pieces[0]["noticed"]]
    assert [wording for kind, wording in noticed if kind == "number"] == ["1.1", "(a)"]
    assert [wording for kind, wording in noticed if kind == "reference"] == [
        "paragraph 1.1(a)",
        "Section 4",
    ]


def test_a_numbered_heading_loses_its_number_and_it_is_said() -> None:
    styles = STYLES.replace(
        '<w:name w:val="heading 1"/>',
        '<w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>',
    )
    pieces, _ = read(
        heading("Homes") + p("x") + heading("Roads"),
        styles=styles,
        numbering=levels(("decimal", "%1.")),
    )
    assert [each["title"] for each in pieces] == ["Homes", "Roads"]
    assert [list(each["noticed"][0]) for each in pieces] == [["number", "1."], ["number", "2."]]


def test_merged_cells_keep_their_words_once_and_their_place() -> None:
    wide, tall, below = (
        '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>', "<w:vMerge/>",
    )  # fmt: skip
    pieces, _ = read(
        table(
            cell("Year") + cell("Budget", wide),
            cell("2027", tall) + cell("£1") + cell("£2"),
            cell("", below) + cell("£3") + cell("a|b"),
            heading_row=True,
        )
    )
    assert pieces[0]["text"].splitlines() == [
        "| Year | Budget |  |",
        "| --- | --- | --- |",
        "| 2027 | £1 | £2 |",
        "|  | £3 | a\\|b |",
    ]
    assert [list(each) for each in pieces[0]["noticed"]] == [["merged", "2"]]


def test_a_table_without_a_marked_row_of_headings_says_which_row_was_taken() -> None:
    """Surprise D11."""
    pieces, _ = read(table(cell("Year"), cell("2027")))
    assert [list(each) for each in pieces[0]["noticed"]] == [["heading row", "Year"]]


def test_pictures_charts_and_formulas_are_named_where_they_stood() -> None:
    picture = f"<w:r>{PLACED.format(name='Map of wards', kind='picture')}</w:r>"
    chart = f"<w:r>{PLACED.format(name='', kind='chart')}</w:r>"
    formula = "<m:oMath><m:r><m:t>a=b</m:t></m:r></m:oMath>"
    pieces, noticed = read(
        heading("One") + p(run("Map:") + picture) + heading("Two") + p(chart + formula)
    )
    assert [list(each) for each in pieces[0]["noticed"]] == [["picture", "Map of wards"]]
    assert [list(each) for each in pieces[1]["noticed"]] == [["chart", ""], ["formula", "a=b"]]
    assert pieces[0]["text"] == "Map:"
    assert noticed == []


def test_a_text_box_comes_from_its_older_form_and_is_named_where_there_is_none() -> None:
    """Surprise D9: with its copy for older programs its words come; without it they are named."""
    new = "<w:drawing><wps:txbx><w:txbxContent>{}</w:txbxContent></wps:txbx></w:drawing>"
    boxed = "<w:txbxContent>{}</w:txbxContent>"
    old = f"<w:pict><v:shape><v:textbox>{boxed}</v:textbox></v:shape></w:pict>"
    inside = p("Boxed words.")
    both = (
        f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'>{new.format(inside)}</mc:Choice>"
        f"<mc:Fallback>{old.format(inside)}</mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert text(p(run("Before.") + both)) == "Before.\n\nBoxed words."
    pieces, _ = read(p(run("Before.") + f"<w:r>{new.format(inside)}</w:r>"))
    assert [list(each) for each in pieces[0]["noticed"]] == [["text box", "Boxed words."]]


def test_the_words_of_content_controls_and_of_simple_fields_come() -> None:
    """Surprises D9 and D14: the reader leaves the words of simple fields out, without a word."""
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{run('Place Committee')}</w:sdtContent></w:sdt>"
    simple = f'<w:fldSimple w:instr="DOCPROPERTY Ward">{run("Northgate")}</w:fldSimple>'
    assert text(p(run("To ") + control + run(" on ") + simple)) == "To Place Committee on Northgate"


def test_hidden_text_and_unfilled_prompts_are_left_out_and_named() -> None:
    """Surprises D15 and D16: the reader hands both on as if they were words of the text."""
    styles = STYLES + (
        '<w:style w:type="paragraph" w:styleId="Guidance"><w:name w:val="Guidance"/>'
        "<w:rPr><w:vanish/></w:rPr></w:style>"
    )
    prompt = (
        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>"
        f"{run('Click to enter a date.')}</w:sdtContent></w:sdt>"
    )
    pieces, noticed = read(
        p(run("Open.") + run(" Not for members.", "<w:vanish/>"))
        + p("How to fill this in.", '<w:pStyle w:val="Guidance"/>')
        + p(run("Shown.", '<w:vanish w:val="0"/>') + prompt),
        styles=styles,
    )
    assert pieces[0]["text"] == "Open.\n\nShown."
    assert ("hidden", "Not for members.") in noticed
    assert ("hidden", "How to fill this in.") in noticed
    assert ("prompt", "Click to enter a date.") in noticed
    assert not [each for each in noticed if each[0] == "lost"]


def test_comments_headers_and_the_table_of_contents_are_said_to_be_left_out() -> None:
    styles = STYLES + (
        '<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>'
    )
    _, noticed = read(
        p("Homes 3", '<w:pStyle w:val="TOC1"/>') + heading("Homes") + p("Words."),
        styles=styles,
        comments=f'<w:comment w:id="1">{p("Really?")}</w:comment>',
        header1=p("Smallshire"),
    )
    assert noticed == [("contents", "1"), ("comments", "1"), ("margin", "Smallshire")]


def test_a_councils_own_heading_style_is_a_heading_and_an_unknown_style_is_named() -> None:
    """Surprise D11."""
    styles = STYLES + (
        '<w:style w:type="paragraph" w:customStyle="1" w:styleId="SmH"><w:name w:val="Smallshire\'s'
        ' Head"/><w:basedOn w:val="Heading2"/></w:style>'
        '<w:style w:type="paragraph" w:customStyle="1" w:styleId="Odd"><w:name w:val="Odd one"/>'
        "</w:style>"
    )
    pieces, noticed = read(
        p("Homes", '<w:pStyle w:val="SmH"/>') + p("Words.", '<w:pStyle w:val="Odd"/>'),
        styles=styles,
    )
    assert [(each["level"], each["title"]) for each in pieces] == [(2, "Homes")]
    assert noticed == [("style", "Odd one")]


def test_words_that_nothing_else_names_are_counted_as_lost() -> None:
    """The words of the file against those that came in: an element that is new to the reader."""
    _, noticed = read(p(run("Known. ") + f"<w:bdo>{run('unforeseen')}</w:bdo>"))
    assert noticed == [("lost", "unforeseen")]


def test_bold_that_word_splits_over_runs_is_one() -> None:
    bold = "<w:b/>"
    assert text(p(run("One ", bold) + run("two", bold) + run(" three."))) == "**One two** three."
