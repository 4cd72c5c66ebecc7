"""What is pasted from Word stays what it was: headings, bold, links, lists, tables (fault L2)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.browser.states import HOUSING
from tests.browser.test_nothing_lost import body_of, says
from tests.browser.visitor import Visitor

PURPOSE = f"/plans/{HOUSING}/sections/purpose"
_PASTE = """([html, plain]) => {
  const data = new DataTransfer();
  data.setData('text/html', html);
  data.setData('text/plain', plain);
  const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
  if (document.activeElement.dispatchEvent(event)) document.execCommand('insertText', false, plain);
}"""


def listed(words: str, level: int, sign: str, at: str = "Middle") -> str:
    """A paragraph of a list as Word for the desktop writes it."""
    return (
        f"<p class=MsoListParagraphCxSp{at} style='margin-left:{level * 36}pt;text-indent:-18.0pt;"
        f"mso-list:l0 level{level} lfo1'><![if !supportLists]><span style='font-family:Symbol'>"
        f"<span style='mso-list:Ignore'>{sign}<span style='font:7.0pt \"Times New Roman\"'>"
        f"&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>{words}<o:p></o:p></p>"
    )


WORD = (
    "<html xmlns:o='urn:schemas-microsoft-com:office:office'><head><style>p {}</style></head>"
    "<body><!--StartFragment-->"
    "<h1>What we <b>do</b></h1>"
    "<p class=MsoNormal>We find <b>homes\n for </b><i>families</i> in <a href='https://www.gov.uk/x'>"
    "our area</a><del>, slowly</del>.<o:p></o:p></p>"
    + listed("Lettings", 1, "·", "First")
    + listed("Visits", 2, "o")
    + listed("Repairs", 1, "·", "Last")
    + "<p class=MsoNormal>In this order:</p>"
    + listed("Ask", 1, "1.", "First")
    + listed("Decide", 1, "2.", "Last")
    + "<table class=MsoTableGrid><tr><td><p>Year</p></td><td><p>Homes</p></td></tr>"
    "<tr><td rowspan=2><p>2027</p></td><td><p>4,200</p></td></tr><tr><td>a|b</td></tr></table>"
    "<p class=MsoNormal># no heading</p>"
    "<!--EndFragment--></body></html>"
)
MARKDOWN = r"""# What we do

We find **homes for** *families* in [our area](https://www.gov.uk/x).

- Lettings
  - Visits
- Repairs

In this order:

1. Ask
2. Decide

| Year | Homes |
| --- | --- |
| 2027 | 4,200 |
|  | a\|b |

\# no heading"""


def pastes(who: Visitor, html: str, plain: str = "plain words") -> None:
    """Tab to the text, and paste what another program has put on the clipboard."""
    who.tabs_to("Text", "textarea")
    who.page.keyboard.press("Control+A")
    who.page.keyboard.press("Delete")
    who.page.evaluate(_PASTE, [html, plain])


def text_of(who: Visitor) -> str:
    """What stands in the box."""
    return who.page.get_by_label("Text", exact=True).input_value()


@pytest.mark.begins("housing_drafting")
def test_a_text_from_word_keeps_its_form(visits: Visits) -> None:
    """Fault L2: the same Markdown that the product shows, a preview, and the same on the plan."""
    mo = visits("mo").opens(PURPOSE)
    pastes(mo, WORD)
    assert text_of(mo) == MARKDOWN
    look = mo.page.locator("[data-preview-of]")
    expect(look.locator("td")).to_have_text(["2027", "4,200", "", "a|b"])
    expect(look.locator("li li")).to_have_text(["Visits"])
    expect(look.locator("strong")).to_have_text(["homes for"])
    mo.pages.check(mo.page, "/plans/<ref>/sections/<key> with a preview", mo.page.content())
    says(mo, "Saved at 12:00pm.")
    assert body_of(mo) == MARKDOWN
    mo.opens(f"/plans/{HOUSING}")
    assert mo.page.locator("#section-purpose td").all_inner_texts() == ["2027", "4,200", "", "a|b"]
    assert mo.page.locator("#section-purpose a[href='https://www.gov.uk/x']").count() == 1
    assert mo.page.locator("#section-purpose ol li").all_inner_texts() == ["Ask", "Decide"]


WEB = (  # Word on the web writes one list for each item
    "<div class='ListContainerWrapper'><ul><li data-aria-level='1'><p>One</p></li></ul></div>"
    "<div class='ListContainerWrapper'><ul><li data-aria-level='2'><p>Two</p></li></ul></div>"
)
BROWSERS = [
    (WEB, "- One\n  - Two"),
    ("<ul><li>One<ol><li>Two</li><li>Three</li></ol></li></ul>", "- One\n  1. Two\n  2. Three"),
    ("<b style='font-weight:normal'><p>A <b style='font-weight:700'>B</b></p></b>", "A **B**"),
    ("<p>2 * 3 and <b>x</b></p>", r"2 \* 3 and **x**"),
    ("<p><b>One</b><b> two</b></p><p><i> </i>Three</p>", "**One two**\n\nThree"),
    ("<p><a href='javascript:x'>Not</a> <a href='https://a.b/c(d)'>led</a></p>",
     "Not [led](https://a.b/c%28d%29)"),
    ("<table><tr><td colspan=2>A</td></tr><tr><td>B</td><td><ul><li>C</li><li>D</li></ul></td></tr>"
     "</table>", "| A |  |\n| --- | --- |\n| B | C; D |"),
    ("<p>Only words</p>", "plain words"),
]  # fmt: skip


@pytest.mark.begins("housing_drafting")
def test_what_other_programs_put_on_the_clipboard(visits: Visits) -> None:
    """Fault L2: Word on the web, nested lists, a wrapper that is not bold, an address that leads
    nowhere; what is only words is pasted by the browser itself."""
    mo = visits("mo").opens(PURPOSE)
    for html, words in BROWSERS:
        pastes(mo, html)
        assert text_of(mo) == words, html


@pytest.mark.begins("housing_drafting")
def test_what_was_pasted_is_taken_back_with_one_key(visits: Visits) -> None:
    """Fault L2: Undo is the browser's own."""
    mo = visits("mo").opens(PURPOSE)
    mo.types("Text", "Before.")
    mo.page.evaluate(_PASTE, [WORD, ""])
    assert "What we do" in text_of(mo)
    mo.page.keyboard.press("Control+Z")
    assert text_of(mo) == "Before."


@pytest.mark.begins("housing_submitted")
def test_the_comparison_draws_tables_as_tables(visits: Visits) -> None:
    """Fault L2: a table of a text and the entries of a section, cell by cell."""
    ray = visits("ray").opens(f"/plans/{HOUSING}/return_for_changes")
    ray.types("Comment beside “What the service is for”", "A table, please.").types("Why", "So.")
    ray.presses("Return for changes")
    mo = visits("mo").opens(PURPOSE)
    pastes(mo, WORD)
    mo.presses("Save")
    mo.opens(f"/plans/{HOUSING}/sections/pressures").follows("Change A pressure")
    mo.types("Cost", "13").presses("Save")
    mo.opens(f"/plans/{HOUSING}/submit").presses("Submit for review").follows("Compare versions")
    cells = mo.page.locator(".app-compared ins")
    expect(cells).to_have_text(["Year", "Homes", "2027", "4,200", "a|b", "£13"])
    expect(mo.page.locator(".app-compared del")).to_have_text(["£12"])
