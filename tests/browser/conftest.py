"""Real Chromium against the real service. Without Chromium these tests fail; they never skip."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from cycle.db import Database
from cycle.server.embedded import Servers
from tests import kit
from tests.browser.checking import HEIGHT, NARROW, WIDE, Pages
from tests.browser.states import STATES
from tests.browser.town import Town
from tests.browser.visitor import Visitor

HERE = Path(__file__).parent
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_CHROMIUM = (
    "The browser tests need Chromium. Install it (on Debian: sudo apt-get install chromium) "
    "and run make test again."
)
Visits = Callable[..., Visitor]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is marked, so that it can be chosen or left out by name."""
    for item in items:
        if HERE in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of this process."""
    # The one without windows does the same with a quarter less of the processor.
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail(NO_CHROMIUM, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pages(servers: Servers) -> Pages:
    """The page structures that were checked already."""
    return Pages(servers.place.data_dir)


@pytest.fixture(scope="session")
def one_town(
    servers: Servers, worker: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """The server of this process."""
    town = Town(servers, f"browser_{worker}", tmp_path_factory.mktemp("town"))
    yield town
    town.close()


@pytest.fixture
def town(request: pytest.FixtureRequest, servers: Servers, one_town: Town) -> Town:
    """Smallshire in the state that the test names: ``@pytest.mark.begins("housing_drafting")``."""
    mark = request.node.get_closest_marker("begins")
    state = mark.args[0] if mark else "housing_drafting"
    one_town.begins_as(_prepared(servers, state))
    one_town.it_is(STATES[state].day, 12)
    return one_town


def _prepared(servers: Servers, state: str) -> str:
    """The database of a state, made once for all processes of the run."""
    name = f"prepared_{state}"
    folder = servers.place.data_dir
    with kit.locked(folder):
        mark = folder / name
        if not mark.exists():
            kit.make_database(servers, name)
            db = Database(servers.url(kit.APP, name))
            STATES[state].make(db)
            db.dispose()
            mark.touch()
    return name


@pytest.fixture
def visits(chromium: Browser, town: Town, pages: Pages) -> Iterator[Visits]:
    """Somebody opens a browser in which they have signed in: ``visits("mo")``."""
    contexts = []

    def visit(
        name: str, *, scripts: bool = True, phone: bool = False, signed: bool = True
    ) -> Visitor:
        context = chromium.new_context(
            viewport={"width": NARROW if phone else WIDE, "height": HEIGHT},
            java_script_enabled=scripts,
            accept_downloads=True,
            locale="en-GB",
        )
        contexts.append(context)
        visitor = Visitor(town, context, name, pages)
        visitor.scripts = scripts
        return visitor.has_signed_in() if signed else visitor

    yield visit
    for context in contexts:
        context.close()
