"""Fault R1: every verb, done by people with several posts and covers, names the right one.

Everybody has, beside the real post, a spare one that comes first and allows nothing. In three
councils they hold both posts, cover the real one for somebody who is away, or cover the spare one.
"""

import ast
from collections.abc import Iterator

import pytest

from cycle import clock
from cycle.db import Database
from tests import build
from tests.flows import capacities, every_verb
from tests.flows.capacities import IN_PERSON, Named
from tests.flows.every_verb import VERBS, World
from tests.rules.source import name, product_files, tree
from workflows.record.verify import verify

# What each of these needs to be done is proved elsewhere or is done by the system only.
ELSEWHERE = {
    "found": "the first load, by the system",
    "stage_done": "by the system",
    "came_to_a_stop": "by the system: test_standstill",
    "print_link": "by the command: test_account_mail",
    "propose_rights": "needs a second administrator: test_administrators",
    "change_governance": "needs a framework for two models: test_governance",
    "close_year": "all its plans settled: test_cycles",
    "close_cycle": "all its years closed: test_cycles",
    "refresh_versions": "test_reports",
}
OWN_ACCOUNT = ("set_password",)
# Which argument names the act, in what records one.
NAMED = {
    "Act": 0, "audit.Act": 0, "engine.perform": 2, "together.begin": 3, "together.perform": 2,
}  # fmt: skip


@pytest.fixture(autouse=True)
def spring() -> Iterator[None]:
    with clock.set_to(build.SPRING):
        yield


def expected(at: World, arrangement: str, named: Named) -> Named:
    """The same event as it ought to be named: the real post, for whoever is away."""
    if named.action in OWN_ACCOUNT:
        return Named(named.action, named.subject, named.name, "", "", "own account")
    key = next(
        key for key, each in capacities.smallshire().people.items() if each.name == named.name
    )
    (held,) = capacities.smallshire().people[key].posts
    post = at.council.posts[held.post]
    away = arrangement == "only_cover" and key not in IN_PERSON
    for_ = f"{named.name} who is away" if away else ""
    return Named(named.action, named.subject, named.name, post.title, for_, post.role)


@pytest.mark.parametrize("arrangement", capacities.ARRANGEMENTS)
def test_every_verb_names_the_capacity_that_gave_the_right(db: Database, arrangement: str) -> None:
    """INV-27, R1: for each event that each verb leaves, also on other subjects."""
    council = capacities.ARRANGEMENTS[arrangement](capacities.smallshire())
    at = World(db, capacities.council(db, council), council)
    for actions, work in VERBS.items():
        before = capacities.last_event(db)
        work(at)
        left = capacities.named(db, before)
        assert [each for each in left if each != expected(at, arrangement, each)] == [], work
        assert set(actions) <= {each.action for each in left}, work
    report = db.read(verify.check)
    assert report.broken == ()
    assert report.known == ()


def literal(node: ast.AST) -> str | None:
    """A word that is written out."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def verbs_in_code() -> set[str]:
    """Every action that a verb names in so many letters."""
    found = set()
    for path in product_files():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or not name(path).startswith("workflows/"):
                continue
            place = NAMED.get(ast.unparse(node.func))
            if place is not None and len(node.args) > place:
                found.add(literal(node.args[place]))
    return {each for each in found if each}


def test_no_verb_is_left_out() -> None:
    """A verb that is new has to be done by somebody with two posts, or be explained."""
    done = {action for actions in VERBS for action in actions}
    assert verbs_in_code() - done == set(ELSEWHERE)
    assert every_verb.VERBS
