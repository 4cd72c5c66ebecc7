"""Code asks how far a thing is by its phase, never for a state by its name (house.md, cure 4)."""

import re

import pytest

from config.framework_loader import available, load
from config.lifecycles.phases import Phase
from tests.rules.source import ROOT, name, product_files

# A state compared with a word, with a list of words, or with a constant that holds some.
NAMED = re.compile(
    r"""\b (?: (?P<of>\.)? state )
        (?: \.in_ | \.not_in | \.startswith | \.endswith
          | \s* (?:==|!=|<>|=|\bin\b|\bnot\ in\b|\bIN\b|\bNOT\ IN\b) \s* )
        [(\[]* \*? (?: ['"](?P<word>\w+)['"] | (?(of)(?P<constant>[A-Z_]{3,}\b)|(?!)) )""",
    re.VERBOSE,
)
# The states of a message in the outbox, which no framework names.
OF_MESSAGES = {"waiting", "gathered", "due", "leased", "sent", "suppressed", "dead"}
ALLOWED = {"NULL", "ANY", "ALL", "CASE"}


def named(text: str) -> list[str]:
    """The states that a file asks for by name."""
    found = [match["word"] or match["constant"] for match in NAMED.finditer(text)]
    return [each for each in found if each not in OF_MESSAGES | ALLOWED]


def test_no_code_asks_for_a_state_by_its_name() -> None:
    templates = sorted((ROOT / "webui" / "templates").rglob("*.html"))
    files = [path for path in product_files() if "/migrations/" not in name(path)]
    wrong = {name(path): named(path.read_text("utf-8")) for path in [*files, *templates]}
    assert {path: found for path, found in wrong.items() if found} == {}


@pytest.mark.parametrize(
    "line",
    [
        'if plan.state == "in_force":',
        'return item.state in ("requested", "listed")',
        "WHERE subject.state NOT IN ('in_force', 'superseded')",
        "WHERE state = 'open' AND",
        ".where(Plan.state.not_in(_SETTLED))",
        'PlanningYear.state.in_(("open", "deciding"))',
        'if not plan.state.endswith("returned")',
        '{% if line.state == "closed" %}',
        "if item.state in (*OPEN, 1)",
    ],
)
def test_each_way_of_naming_a_state_is_seen(line: str) -> None:
    assert named(line)


def test_every_phase_is_one_of_some_state_that_is_shipped() -> None:
    """A phase that nothing is in would be a word without meaning."""
    frameworks = [load(key) for key in available()]
    asked = {
        state.phase
        for framework in frameworks
        for lifecycle in framework.lifecycles.values()
        for state in lifecycle.states.values()
    }
    assert asked == set(Phase)
