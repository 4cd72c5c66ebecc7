"""Whoever writes a framework is told every fault, with its file and key, before it is used."""

import shutil
import tomllib
from pathlib import Path

import pytest

from config import framework_loader
from config.problems import Problems
from workflows.council import framework_publishing

SHIPPED = framework_loader.FRAMEWORKS / "nottinghamshire-smf"

SERVICE = "lifecycles/service_plan.toml"
YEAR = "years/year_one.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped framework that a test may spoil."""
    copy = tmp_path / "mine"
    shutil.copytree(SHIPPED, copy)
    return copy


def spoil(folder: Path, file: str, old: str, new: str) -> None:
    """Change one passage of one file; the passage must be there, or the test proves nothing."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} no longer says {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems_of(folder: Path) -> list[str]:
    try:
        return framework_loader.problems(framework_loader.read_folder(folder))
    except Problems as unreadable:
        return unreadable.problems


def test_the_shipped_framework_has_no_problem_in_its_shape_or_its_rules():
    assert framework_publishing.check(framework_loader.read_folder(SHIPPED)) == []


def test_every_shipped_framework_is_listed_and_loads():
    assert "nottinghamshire-smf" in framework_loader.available()
    for key in framework_loader.available():
        assert framework_loader.load(key).key == key


FAULTS = tomllib.loads(
    (Path(__file__).parent / "framework_faults.toml").read_text(encoding="utf-8")
)["faults"]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["told"][:70] for fault in FAULTS])
def test_each_fault_is_told_with_its_file_and_key(folder: Path, fault: dict[str, str]):
    if "adds" in fault:
        with (folder / fault["file"]).open("a", encoding="utf-8") as file:
            file.write("\n" + fault["adds"])
    else:
        spoil(folder, fault["file"], fault["old"], fault["new"])
    assert [problem for problem in problems_of(folder) if problem.startswith(fault["told"])]
    with pytest.raises(Problems):
        framework_loader.load(folder)


def test_all_faults_are_told_at_once(folder: Path):
    spoil(folder, "framework.toml", 'title = "Chief Executive"', "")
    spoil(
        folder,
        SERVICE,
        'extends = "plan_in_two_gates"',
        'extends = "plan_in_two_gates"\ninitial = 1',
    )
    spoil(folder, YEAR, "numbers = [1]", 'numbers = "all"')
    places = [problem.split(": ")[0] for problem in problems_of(folder)]
    assert places == [
        "framework.toml:roles.chief_executive.title",
        f"{SERVICE}:initial",
        f"{YEAR}:numbers",
    ]


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (None, "items.toml:file: This file is missing."),
        (b"= =", "items.toml:file: This is not TOML"),
        (b"\xff\xfe", "items.toml:file: This file is not written in UTF-8."),
        (b"roles = 1", "items.toml:roles: There is no such key here."),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_one_sentence(
    folder: Path, contents: bytes | None, expected: str
):
    (folder / "items.toml").unlink()
    if contents is not None:
        (folder / "items.toml").write_bytes(contents)
    with pytest.raises(Problems) as raised:
        framework_loader.read_folder(folder)
    assert raised.value.problems[0].startswith(expected)


def test_a_framework_that_nobody_knows_is_answered_with_those_that_exist(tmp_path: Path):
    with pytest.raises(Problems, match="Those known are: .*nottinghamshire-smf"):
        framework_loader.load(tmp_path / "nowhere")


def test_no_words_of_the_engine_reach_the_screens():
    """The glossary's never-list: people read labels, guidance and sentences."""
    never = ("subject", "lifecycle", "transition", "guard", "clearance", "stale", "actor", "sweep")
    found = framework_loader.load("nottinghamshire-smf")
    shown = [state.label for each in found.lifecycles.values() for state in each.states.values()]
    shown += [
        transition.label for each in found.lifecycles.values() for transition in each.transitions
    ]
    shown += [
        task.label
        for each in found.lifecycles.values()
        for state in each.states.values()
        for task in state.tasks
    ]
    shown += [s.guidance for each in found.templates.values() for s in each.sections]
    shown += [question for each in found.templates.values() for question in each.checklist]
    words = {word.strip(".,:;()").lower() for text in shown for word in text.split()}
    assert words.isdisjoint(never)


@pytest.mark.parametrize("key", framework_loader.available())
def test_no_guidance_promises_what_the_product_does_not_do(key: str) -> None:
    """S12. Nothing can be attached to a plan; a table goes from plan to plan where its section
    inherits, and in no other way."""
    found = framework_loader.load(key)
    for template in found.templates.values():
        asked = [*template.checklist, *(each.guidance for each in template.sections)]
        assert [words for words in asked if "attach" in words.lower()] == []
        comes = ("These come from ", "These actions come from ", "They come from ")
        assert [
            each.key
            for each in template.sections
            if any(words in each.guidance for words in comes) and each.inherit is None
        ] == []
    heirs = {
        (each.inherit.plan_type, each.inherit.section)
        for template in found.templates.values()
        for each in template.sections
        if each.inherit is not None
    }
    for kind in found.plan_types.values():
        for each in found.templates[kind.template].sections:
            assert "take these over" not in each.guidance or (kind.key, each.key) in heirs


def test_the_budget_says_where_bids_are_listed_and_that_they_are_written_there() -> None:
    """S12."""
    budget = framework_loader.load("nottinghamshire-smf").templates["budget"]
    guidance = {each.key: each.guidance for each in budget.sections}
    assert "“Bids, actions and choices”" in guidance["proposals"]
    assert "write them here" in guidance["pressures"]
