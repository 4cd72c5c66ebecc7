"""The fixtures of every test: real servers and a database in a known state."""

import gc
import os
from collections.abc import Iterator

import pytest
from xdist.remote import Producer

from cycle.db import Database
from cycle.server.embedded import Servers
from tests import kit, scheduling

# Set by tests/rules/planted.py: its many short runs share the servers that it starts and stops.
SHARED_RUN = os.environ.get("PLANCYCLE_TEST_RUN", "")
SHARED_WORKER = os.environ.get("PLANCYCLE_TEST_WORKER", "alone")


def _run_uid(config: pytest.Config) -> str:
    """The name of this run, the same in every xdist worker."""
    given = getattr(config, "workerinput", {}).get("testrunuid")
    uid = SHARED_RUN or given or config.stash.get(RUN_UID, "")
    if not uid:
        uid = kit.new_run_uid()
        config.stash[RUN_UID] = uid
    return uid


RUN_UID = pytest.StashKey[str]()
STARTED = pytest.StashKey[bool]()


def pytest_configure() -> None:
    """Before anything is made for this run."""
    kit.use_memory()
    # A process of hundreds of tests keeps much; looking through it for cycles at the usual pace
    # took an eighth of the processor time.
    gc.set_threshold(50_000, 20, 50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest and stays together is begun first; planted.py has an order of its own."""
    if SHARED_RUN:
        return
    items.sort(key=lambda item: not scheduling.first(item.nodeid.partition("::")[0]))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> scheduling.Together | None:
    """How xdist deals out the tests, unless ``--dist`` says another way."""
    return scheduling.Together(config, log) if config.getoption("dist") == "load" else None


def pytest_configure_node(node: object) -> None:
    """Give every xdist worker the name under which the controller will clean up."""
    node.workerinput["testrunuid"] = _run_uid(node.config)  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    """The controller (or the only process) stops the servers when all is done."""
    if not SHARED_RUN and not hasattr(config, "workerinput") and config.stash.get(RUN_UID, ""):
        kit.ended(config.stash[RUN_UID])


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Servers:
    """The embedded PostgreSQL and Valkey of this run, with the migrated template database."""
    return kit.started(_run_uid(request.config))


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """The name of this xdist worker, or ``alone``."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", SHARED_WORKER))


@pytest.fixture
def database(servers: Servers, worker: str) -> kit.TestDatabase:
    """The URLs of this worker's database, in the state of the template."""
    return kit.fresh_database(servers, f"worker_{worker}")


@pytest.fixture
def db(database: kit.TestDatabase) -> Iterator[Database]:
    """The database as the product sees it: the role that cannot change a sealed row."""
    opened = Database(database.app_url)
    yield opened
    opened.dispose()


@pytest.fixture
def owner_db(database: kit.TestDatabase) -> Iterator[Database]:
    """The same database as its owner, for what only a migration or an intruder could do."""
    opened = Database(database.owner_url)
    yield opened
    opened.dispose()


@pytest.fixture
def valkey(servers: Servers, worker: str) -> str:
    """The URL of an empty Valkey database of this worker."""
    return kit.empty_valkey(servers, worker)
