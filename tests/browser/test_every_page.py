"""Every page that a link leads to, for every kind of person: clean, usable, never broken."""

from urllib.parse import urljoin, urlsplit

import pytest

from tests.browser.conftest import Visits
from tests.browser.town import Town

# Of each kind of page so many; of all pages together so many for one person.
OF_A_RULE, OF_ALL = 1, 45
LINKS = "() => [...document.querySelectorAll('a[href]')].map(a => a.href)"
FILES = (".xlsx", ".ics", ".csv", ".docx")


@pytest.mark.parametrize(
    "name", ["sue", "mo", "ray", "vera", "cy", "fin", "gus", "aud", "adam", "lee"]
)
@pytest.mark.begins("report_published")
def test_every_link_leads_to_a_good_page(visits: Visits, town: Town, name: str) -> None:
    """No dead end, no failure, no violation: whatever a page offers can be opened."""
    somebody = visits(name)
    waiting, known, of_rule = ["/tasks"], {"/tasks"}, dict[str, int]()
    opened = 0
    while waiting and opened < OF_ALL:
        path = waiting.pop(0)
        rule = town.rule_of(town.url + path)
        if of_rule.get(rule, 0) >= OF_A_RULE:
            continue
        of_rule[rule] = of_rule.get(rule, 0) + 1
        somebody.opens(path)
        opened += 1
        for link in somebody.page.evaluate(LINKS):
            found = _path(town, link)
            if found and found not in known:
                known.add(found)
                waiting.append(found)
    assert opened >= 10, f"{name} was shown {opened} pages: {sorted(of_rule)}"


def _path(town: Town, link: str) -> str:
    """A page of ours, without the place on it; files are no pages."""
    whole = urljoin(town.url, link)
    parts = urlsplit(whole)
    if not whole.startswith(town.url + "/") or parts.path.endswith(FILES):
        return ""
    if parts.path.startswith(("/static/", "/audit/checkpoints/")):
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")
