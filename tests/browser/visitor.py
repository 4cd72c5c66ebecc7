"""Somebody at a browser who has no mouse: Tab, Enter, the space bar and typing.

At every stop of the Tab key the focus must be seen. Every page that opens is checked.
"""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Download, Page, Response

from cycle import clock
from tests.browser.checking import Pages, no_sideways_scroll, strict
from tests.browser.town import PASSWORD, Town
from tests.web import browsing

MOST_STOPS = 400
COOKIE = "__Host-sid"
_FOCUS = r"""() => {
  const e = document.activeElement;
  if (!e || e === document.body || e === document.documentElement) return null;
  const clean = t => (t || '').replace(/\s+/g, ' ').trim();
  const labels = e.labels && e.labels.length ? [...e.labels].map(l => l.textContent).join(' ') : '';
  const group = e.closest('fieldset');
  const legend = group && group.querySelector('legend');
  const look = getComputedStyle(e);
  const box = ['radio', 'checkbox'].includes(e.type) && e.labels.length
    ? getComputedStyle(e.labels[0], '::before') : look;
  const ring = s => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0)
    || s.boxShadow !== 'none';
  return {name: clean(labels || e.getAttribute('aria-label') || e.textContent),
    legend: clean(legend && legend.textContent), kind: e.type || e.tagName.toLowerCase(),
    tag: e.tagName.toLowerCase(), seen: ring(look) || ring(box), html: e.outerHTML.slice(0, 200)};
}"""


class Visitor:
    """One person with one browser. ``page`` is Playwright's."""

    def __init__(self, town: Town, context: BrowserContext, name: str, pages: Pages):
        self.town, self.name, self.pages = town, name, pages
        self.scripts = True
        self.context = context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self._document: Response | None = None
        self.page.on("console", self._console_message)
        self.page.on("pageerror", lambda failure: self.complaints.append(str(failure)))
        self.page.on("response", self._answered)

    # Moving ----------------------------------------------------------------------------------

    def opens(self, path: str, status: int = 200) -> "Visitor":
        """Type an address."""
        self.page.goto(self.town.url + path)
        return self._arrived(status)

    def follows(self, words: str, status: int = 200) -> "Visitor":
        """Tab to a link or a button that looks like one, and press Enter."""
        self.tabs_to(words, "a")
        return self._goes(lambda: self.page.keyboard.press("Enter"), status)

    def presses(self, words: str, status: int = 200) -> "Visitor":
        """Tab to a button and press Enter."""
        self.tabs_to(words, "button")
        return self._goes(lambda: self.page.keyboard.press("Enter"), status)

    def unfolds(self, words: str) -> "Visitor":
        """Tab to a fold and open it."""
        self.tabs_to(words, "summary")
        self.page.keyboard.press("Enter")
        return self

    def downloads(self, words: str) -> Download:
        """Tab to a link and take the file that it gives."""
        self.tabs_to(words, "a")
        with self.page.expect_download() as waited:
            self.page.keyboard.press("Enter")
        return waited.value

    # Filling in ------------------------------------------------------------------------------

    def types(self, label: str, words: str, legend: str = "") -> "Visitor":
        """Tab to a box and type into it, over what stands there."""
        self.tabs_to(label, "input", "textarea", legend=legend)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(words)
        return self

    def hands_in(self, label: str, name: str, contents: str | bytes) -> "Visitor":
        """Tab to the choice of a file and choose one."""
        self.tabs_to(label, "input")
        whole = contents.encode() if isinstance(contents, str) else contents
        file: Any = {"name": name, "mimeType": "application/octet-stream", "buffer": whole}
        self.page.locator(":focus").set_input_files(file)
        return self

    def dates(self, legend: str, day: int, month: int, year: int) -> "Visitor":
        """Fill in the three boxes of a date."""
        self.types("Day", str(day), legend)
        self.types("Month", str(month), legend)
        return self.types("Year", str(year), legend)

    def chooses(self, label: str, words: str) -> "Visitor":
        """Tab to a list and type the first letters of an entry."""
        self.tabs_to(label, "select")
        self.page.keyboard.type(words)
        shown = self.page.evaluate("() => document.activeElement.selectedOptions[0].textContent")
        assert shown.strip().startswith(words), f"typing “{words}” in “{label}” chose “{shown}”"
        return self

    def marks(self, label: str) -> "Visitor":
        """Tab to a radio or a tick box, go on with the arrow keys, and mark it."""
        for _stop in range(MOST_STOPS):
            here = self._next_stop()
            if here["kind"] == "checkbox" and here["name"].startswith(label):
                self.page.keyboard.press("Space")
                return self
            if here["kind"] == "radio" and self._among_radios(here, label):
                return self
        raise AssertionError(self._lost(label))

    def _among_radios(self, here: dict[str, Any], label: str) -> bool:
        first = here["name"]
        while not here["name"].startswith(label):
            self.page.keyboard.press("ArrowDown")
            here = self.page.evaluate(_FOCUS)
            if here["name"] == first:
                return False
        self.page.keyboard.press("Space")
        return True

    # Looking ---------------------------------------------------------------------------------

    def text(self) -> str:
        """The words of the page's main part, as they are seen."""
        return " ".join(self.page.inner_text("main").split())

    def sees(self, *words: str) -> "Visitor":
        """These words are on the page."""
        shown = self.text()
        for each in words:
            assert each in shown, f"{self.name} does not see “{each}” on {self.page.url}: {shown}"
        return self

    def sees_not(self, *words: str) -> "Visitor":
        """These words are not on the page."""
        shown = self.text()
        for each in words:
            assert each not in shown, f"{self.name} sees “{each}” on {self.page.url}: {shown}"
        return self

    def row(self, words: str) -> str:
        """The words of the first row or list entry that has these words."""
        found = self.page.locator("tbody tr, main li").filter(has_text=words).first
        return " ".join(found.inner_text().split())

    def disabled(self, button: str) -> str:
        """Why a button cannot be pressed: the words that describe it to everybody."""
        found = self.page.get_by_role("button", name=button, exact=True)
        assert found.is_disabled(), f"“{button}” is not disabled"
        described = found.get_attribute("aria-describedby") or ""
        return " ".join(self.page.inner_text(f"#{described}").split())

    # Signing in ------------------------------------------------------------------------------

    def signs_in(self) -> "Visitor":
        """Through the real page, with the keyboard."""
        email = self.town.set_password(self.name)
        self.page.goto(self.town.url + "/sign-in")
        self._arrived(200)
        self.types("E-mail", email).types("Password", PASSWORD)
        self.tabs_to("Sign in", "button")
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        return self

    def has_signed_in(self) -> "Visitor":
        """Somebody who has signed in this morning, at the first page. The page for signing in has
        journeys of its own; a password costs as much as many pages."""
        person: int = getattr(self.town.who, self.name)
        with clock.set_to(self.town.moment()):
            browser = browsing.signed_in(self.town.app, self.town.db, person)
        # As from TLS, which a browser takes this machine's own address for.
        place = self.town.url.replace("http:", "https:")
        self.context.add_cookies(
            [{"name": COOKIE, "value": browser.cookie(), "url": place, "secure": True}]
        )
        self.page.goto(self.town.url)
        return self

    # Inside ----------------------------------------------------------------------------------

    def tabs_to(self, words: str, *tags: str, legend: str = "") -> None:
        """Press Tab until the focus is on what has this name; a full round without it fails."""
        for _stop in range(MOST_STOPS):
            here = self._next_stop()
            if here["tag"] not in tags or not here["name"].startswith(words):
                continue
            if here["legend"].startswith(legend):
                return
        raise AssertionError(self._lost(words))

    def _next_stop(self) -> dict[str, Any]:
        for _try in range(3):  # the address bar's turn, at the end of a round
            self.page.keyboard.press("Tab")
            here: dict[str, Any] | None = self.page.evaluate(_FOCUS)
            if here is not None:
                assert here["seen"], f"the focus is not seen on {here['html']}"
                return here
        raise AssertionError(f"nothing on {self.page.url} takes the focus")

    def _lost(self, words: str) -> str:
        return f"{self.name} cannot reach “{words}” on {self.page.url} by Tab: {self.text()}"

    def _goes(self, start: Callable[[], None], status: int) -> "Visitor":
        with self.page.expect_navigation():
            start()
        return self._arrived(status)

    def _arrived(self, status: int) -> "Visitor":
        answer = self._document
        assert answer is not None, "no page came"
        assert answer.status == status, f"{answer.status} at {self.page.url}: {self.text()}"
        rule = self.town.rule_of(self.page.url)
        if self.scripts:
            self.pages.check(self.page, rule, answer.text())
        else:
            strict(answer.text(), rule)
            no_sideways_scroll(self.page, rule)
        assert not self.complaints, f"{self.page.url}: {self.complaints}"
        return self

    def _answered(self, response: Response) -> None:
        request = response.request
        if request.is_navigation_request() and not 300 <= response.status < 400:
            self._document = response

    def _console_message(self, message: ConsoleMessage) -> None:
        # A refused form is a page of its own with its own status, which the browser also tells.
        refused = message.text.startswith("Failed to load resource") and (
            message.location.get("url") == self.page.url
        )
        if message.type == "error" and not refused:
            self.complaints.append(message.text)
