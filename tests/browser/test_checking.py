"""What is looked at once for many finds whatever is not like the others."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.checking import accessible

ROWS = "".join(f"<tr><th scope='row'>{n}</th><td class='day'>Wednesday</td></tr>" for n in range(9))
TABLE = f"""<!doctype html><html lang="en"><title>Days</title><body><main><h1>Days</h1>
<table><caption>Days</caption><tbody>{ROWS}</tbody></table></main></body></html>"""
FIFTH = "document.querySelectorAll('td')[4]"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page with nine rows that look alike, which is as it should be."""
    found = chromium.new_page()
    found.set_content(TABLE)
    accessible(found, "nine rows")
    yield found
    found.context.close()


@pytest.mark.parametrize(
    "fault",
    [
        f"{FIFTH}.style.color = '#ccc'",
        f"{FIFTH}.style.background = '#333'",
        f"{FIFTH}.parentElement.style.background = '#333'",
        f"{FIFTH}.parentElement.style.opacity = '0.2'",
        "document.body.style.background = '#333'",
        f"{FIFTH}.innerHTML = '<b style=\"color: #ddd\">Wednesday</b>'",
        f'{FIFTH}.innerHTML = \'<input aria-label="Day" value="Wednesday" style="color: #ccc">\'',
    ],
)
def test_one_pale_text_among_many_is_found(page: Page, fault: str) -> None:
    """The row in the middle is neither the first nor the last of its look."""
    page.evaluate(f"() => {{ {fault} }}")
    with pytest.raises(AssertionError, match="color-contrast"):
        accessible(page, "nine rows")


def test_what_is_no_matter_of_contrast_is_asked_of_every_row(page: Page) -> None:
    """A name that is missing counts wherever it is missing."""
    page.evaluate(f"() => {{ {FIFTH}.innerHTML = '<input>' }}")
    with pytest.raises(AssertionError, match="label"):
        accessible(page, "nine rows")
