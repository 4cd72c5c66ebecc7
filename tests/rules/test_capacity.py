"""No act without the capacity that gave the right, and no "first post" anywhere (INV-27, R1)."""

import ast
import inspect
import re
from collections.abc import Iterator, Sequence

from cycle.models import Subject
from cycle.people import Capacity
from tests.rules.source import ROOT, name, product_files, tree
from workflows.core import audit, engine, together
from workflows.core.audit import Act

# Where it is decided in which post somebody acts, of several that would do.
CHOOSES = "cycle/people.py"
TAKES_ONE = {"next", "iter", "min", "max", "sorted", "reversed"}
# Who acts on themselves: passwords and sessions; cover that one gives up, or will give.
ON_ONESELF = {"workflows/people/accounts.py", "workflows/people/appointments.py"}
# Who defines that capacity, and who checks afterwards that nothing else was done in it.
KNOWS_IT = {CHOOSES, "workflows/record/verify/capacity.py"}


# Where the table of cover is read by name: what counts of it, what ends it, and what is past.
READS_COVER = {CHOOSES, "workflows/people/cover_ends.py", "workflows/record/verify/capacity.py"}


def called(node: ast.Call) -> str:
    """The last word of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def are_posts(node: ast.AST) -> bool:
    """``actor.posts_held``, or what a function of the name ``posts_held`` gives."""
    if isinstance(node, ast.Call):
        return called(node) == "posts_held"
    return isinstance(node, ast.Attribute) and node.attr == "posts_held"


def has_posts(node: ast.AST) -> bool:
    """Whether somebody's posts stand in an expression, but for what ``people`` chose from them."""
    if isinstance(node, ast.Call) and called(node) in ("in_order", "post_where", "post_serving"):
        return False
    return are_posts(node) or any(has_posts(child) for child in ast.iter_child_nodes(node))


def takes_one(node: ast.AST) -> bool:
    """Whether one of somebody's posts is taken by hand here: by its place, as the first, smallest
    or last, by unpacking, by another name for all of them, or by leaving a loop."""
    match node:
        case ast.Subscript(value=value, slice=place):
            by_key = isinstance(place, ast.Constant) and isinstance(place.value, str)
            return has_posts(value) and not by_key
        case ast.Call(args=given):
            return called(node) in TAKES_ONE and any(has_posts(each) for each in given)
        case ast.Starred(value=value):
            return are_posts(value)
        case ast.Assign(value=ast.Attribute() as value):
            return are_posts(value)
        case ast.For(iter=every):
            leaves = (isinstance(part, ast.Return | ast.Break) for part in ast.walk(node))
            return has_posts(every) and any(leaves)
    return False


def first_posts(module: ast.Module) -> Iterator[ast.AST]:
    """Every place of a file at which one of somebody's posts is taken by hand."""
    return (node for node in ast.walk(module) if takes_one(node))


WRONG = """
a = actor.posts_held[0] if actor.posts_held else None
a = next(iter(actor.posts_held), None)
a = next((post for post in actor.posts_held if post.role == "x"), None)
a = min(actor.posts_held, key=len)
a = sorted(each for each in actor.posts_held)
a = list(actor.posts_held)[-1]
a = [post for post in actor.posts_held if post.unit_id][0]
first, *_ = actor.posts_held
f(*actor.posts_held)
mine = actor.posts_held
a = posts_held(session, actor)[0]
for post in actor.posts_held:
    if post.role == "x":
        break
"""
RIGHT = """
a = [post.unit_id for post in actor.posts_held if post.unit_id]
a = len(actor.posts_held)
a = {post.body_id for post in posts_held(session, actor)}
a = [*page.posts]
for post in people.in_order(actor.posts_held, path):
    break
"""


def test_the_rule_sees_every_way_to_take_a_first_post() -> None:
    """A rule that cannot fail is none: each of these lines is found, and only these."""
    wrong = ast.parse(WRONG)
    assert {node.lineno for node in first_posts(wrong)} == {each.lineno for each in wrong.body}
    assert list(first_posts(ast.parse(RIGHT))) == []


def test_nobody_takes_a_persons_first_post() -> None:
    """Fault R1: the post in which somebody acts is the one that gave the right."""
    wrong = [
        f"{name(path)}:{getattr(node, 'lineno', 0)}"
        for path in product_files()
        if name(path) != CHOOSES
        for node in first_posts(tree(path))
    ]
    assert wrong == []


def test_who_acts_for_whom_is_read_from_the_cover_that_counts() -> None:
    """INV-27: cover gives no right when the person covered no longer holds the post; nobody reads
    the table by itself."""
    raw = re.compile(r"\b(?:FROM|JOIN)\s+cover\b", re.IGNORECASE)
    found = {name(path) for path in product_files() if raw.search(path.read_text("utf-8"))}
    assert found == READS_COVER
    assert len(raw.findall((ROOT / CHOOSES).read_text("utf-8"))) == 1


# Which argument of each door is the capacity; acts of many subjects have it beside each act.
HANDED_ON = {"engine.record": 4, "together.begin": 4}


def test_nothing_is_recorded_without_a_capacity() -> None:
    """INV-27: ``begin``, ``record`` and what composes the event cannot be called without one."""
    for door in (engine.record, together.begin, audit.compose):
        capacity = inspect.signature(door).parameters["capacity"]
        assert capacity.default is inspect.Parameter.empty
        assert capacity.annotation is Capacity
    acts = inspect.signature(together.record).parameters["acts"]
    assert acts.default is inspect.Parameter.empty
    assert acts.annotation == Sequence[tuple[Subject, Act, Capacity]]
    assert inspect.signature(engine.perform).return_annotation is Capacity


def test_every_call_hands_on_a_capacity_and_none_is_made_by_hand() -> None:
    """What ``begin`` and ``record`` are handed is what was checked, never None; a capacity is made
    in ``people`` only, or of a post that ``people`` chose."""
    wrong = []
    for path in product_files():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call):
                continue
            place = HANDED_ON.get(ast.unparse(node.func))
            if place is not None:
                given = [
                    *node.args[place : place + 1],
                    *(k.value for k in node.keywords if k.arg == "capacity"),
                ]
                if len(given) != 1 or isinstance(given[0], ast.Constant):
                    wrong.append(f"{name(path)}:{node.lineno}")
            if ast.unparse(node.func).endswith("Capacity") and name(path) != CHOOSES:
                wrong.append(f"{name(path)}:{node.lineno}")
    assert wrong == []


def test_only_acts_on_oneself_are_done_on_the_own_account() -> None:
    found = {
        name(path)
        for path in product_files()
        for node in ast.walk(tree(path))
        if "OWN_ACCOUNT" in (getattr(node, "id", ""), getattr(node, "attr", ""))
    }
    assert found == ON_ONESELF | KNOWS_IT


def test_who_holds_or_covers_a_post_is_said_once() -> None:
    """Cover counts only while the person covered holds the post; copies of that had differed. What
    checks the record asks of days long past, by itself."""
    wrong = [
        name(path)
        for path in product_files()
        if name(path) not in {"cycle/people.py", "workflows/record/verify/capacity.py"}
        and "/migrations/" not in name(path)
        and re.search(
            r"FROM appointment\b[^;]{0,120}UNION", path.read_text(encoding="utf-8"), re.DOTALL
        )
    ]
    assert wrong == []
