"""The service without a database behind it: for what is refused before any page is drawn."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Blueprint, Flask, abort, render_template_string, request
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from config.settings import Settings
from cycle.db import Database
from cycle.errors import (
    BadInput,
    Blocked,
    NotAvailable,
    NotFound,
    NotPermitted,
    OutOfDate,
    Refused,
    Repeated,
    Unreachable,
)
from cycle.server.embedded import APP, Servers
from tests import build, kit
from tests.web import browsing, town
from webui.application import create_app
from webui.forms import (
    CheckboxesField,
    DateField,
    IdSelectField,
    KeyedForm,
    MoneyField,
    NumberField,
    RadioField,
    TextAreaField,
    TextField,
    asks,
    options,
    summary,
)
from webui.http.policies import policy

REFUSALS: dict[str, Refused] = {
    "not-found": NotFound("The secret plan of Housing."),
    "not-permitted": NotPermitted("Only the service director may pass this on."),
    "not-available": NotAvailable("This plan has been passed on already."),
    "out-of-date": OutOfDate("Ray changed this since you opened it."),
    "repeated": Repeated("This was sent before with another text."),
    "blocked": Blocked(["Section 2 has no text.", "Section 3 has no text."]),
    "bad-input": BadInput("Row 3 has no date."),
    "unreachable": Unreachable("The service is busy just now and nothing was saved."),
}
PAGE = """{% extends "base.html" %}{% block content %}<form method="post" novalidate>
{{ form.hidden_tag() }}{{ form.title }}{{ form.body }}{{ form.due_on }}{{ form.days }}
{{ form.cost }}{{ form.outcome }}{{ form.unit }}{{ form.ways }}</form>{% endblock %}"""


class PlanForm(KeyedForm):
    """One field of each kind."""

    title = TextField("Title", asks("Enter the title."), max_length=40)
    body = TextAreaField("Text", max_length=100, counted=True)
    due_on = DateField("Due date")
    days = NumberField("Days", least=1, most=60)
    cost = MoneyField("Cost")
    outcome = RadioField("Outcome", choices=options([("yes", "Approved"), ("no", "Refused")]))
    unit = IdSelectField(
        "Service",
        choices=[
            *options([("", "Choose a service")]),
            *options([("1", "Housing"), ("2", "Parks")], "Place"),
        ],
    )
    ways = CheckboxesField("Send to", choices=options([("chair", "Chair"), ("clerk", "Clerk")]))


class _Compiled(BytecodeCache):
    """Templates as they were compiled for an earlier application of this process: most tests have
    an application of their own, and compiling took longer than all that many of them ask."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Jinja compares the template's text with the one that was compiled."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Compiled()}


def _rooms() -> Blueprint:
    """Pages that only these tests know."""
    rooms = Blueprint("rooms", __name__)

    @rooms.route("/form", methods=["GET", "POST"])
    @policy("public")
    def form() -> tuple[str, int]:
        filled = PlanForm()
        wrong = request.method == "POST" and not filled.validate()
        lines = summary(filled) if wrong else None
        page = render_template_string(PAGE, form=filled, summary_lines=lines)
        return page, 422 if wrong else 200

    @rooms.route("/refused/<kind>", methods=["GET", "POST"])
    @policy("public")
    def refused(kind: str) -> str:
        raise REFUSALS[kind]

    @rooms.get("/broken")
    @policy("public")
    def broken() -> str:
        raise RuntimeError("SELECT secret FROM /srv/plancycle")

    @rooms.get("/slow-down")
    @policy("public")
    def slow_down() -> str:
        abort(429)

    @rooms.get("/numbers/<int:number>")
    @policy("public")
    def plan(number: int) -> str:
        return str(number)

    @rooms.get("/mine")
    @policy("signed_in")
    def mine() -> str:
        return "mine"

    @rooms.get("/door")
    @policy("permission:administrator")
    def people() -> str:
        return "people"

    return rooms


def _app(data_dir: Path) -> Flask:
    """The application with a few pages of its own and a database that nobody answers at."""
    settings = Settings.load(
        {
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
            "SECRET_KEY": "k" * 40,
            "DATA_DIR": str(data_dir),
            "TRUSTED_HOSTS": "localhost plans.example.gov.uk",
        }
    )
    app = create_app(settings)
    app.register_blueprint(_rooms())
    return app


@pytest.fixture(scope="session")
def bare_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """One application for all tests that leave it as it is."""
    return _app(tmp_path_factory.mktemp("bare"))


@pytest.fixture
def own_app(tmp_path: Path) -> Flask:
    """An application for one test that changes it."""
    return _app(tmp_path)


@pytest.fixture
def bare(bare_app: Flask) -> FlaskClient:
    """A browser of somebody unknown."""
    return bare_app.test_client()


@pytest.fixture
def send(bare: FlaskClient) -> Callable[..., tuple[int, str]]:
    """Open the form, fill in a few boxes and send it: the status and the page that comes back."""

    def sent(**boxes: object) -> tuple[int, str]:
        page = bare.get("/form").text
        names = ("csrf_token", "form_key")
        hidden = {name: re.search(rf'name="{name}"[^>]* value="([^"]+)"', page) for name in names}
        filled: dict[str, object] = {name: found[1] for name, found in hidden.items() if found}
        filled |= {"title": "Housing plan"} | {
            name.replace("due_on_", "due_on-"): value for name, value in boxes.items()
        }
        reply = bare.post("/form", data=filled)
        return reply.status_code, reply.text

    return sent


# The service with Smallshire in its database -----------------------------------------------------


@pytest.fixture
def who(db: Database) -> build.Cast:
    """Smallshire is loaded; who is who by first name."""
    return build.council(db)


@pytest.fixture
def app(database: kit.TestDatabase, tmp_path: Path) -> Iterator[Flask]:
    """The service on this test's database, as if behind TLS."""
    made = browsing.application(database.app_url, tmp_path)
    yield made
    made.extensions["db"].dispose()


@pytest.fixture
def signed(app: Flask, db: Database, who: build.Cast) -> Callable[[str], browsing.Browser]:
    """The browser of somebody from Smallshire, signed in: ``signed("mo")``."""

    def browser(name: str) -> browsing.Browser:
        return browsing.signed_in(app, db, getattr(who, name))

    return browser


@pytest.fixture
def anyone(app: Flask, who: build.Cast) -> browsing.Browser:
    """The browser of somebody unknown."""
    return browsing.Browser(app)


# Smallshire in the middle of its year: made once, copied for each module or test that asks -------


@pytest.fixture(scope="session")
def town_app(servers: Servers, worker: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The service, and the database that the copies are made from."""
    folder = tmp_path_factory.mktemp("town")
    town.made(servers, f"town_{worker}", folder)
    return browsing.application(servers.url(APP, f"town_{worker}"), folder)


@pytest.fixture(scope="module")
def smallshire(servers: Servers, worker: str, town_app: Flask) -> Iterator[town.Town]:
    """One copy for the tests of a module, which leave it as it is."""
    with town.opened(servers, town_app, f"town_{worker}", f"shared_{worker}") as found:
        yield found


@pytest.fixture
def own_smallshire(servers: Servers, worker: str, town_app: Flask) -> Iterator[town.Town]:
    """A copy for one test that changes it."""
    with town.opened(servers, town_app, f"town_{worker}", f"own_{worker}") as found:
        yield found
