"""What the demo council's people write fits the framework, and its sums add up (W2)."""

from collections.abc import Iterator
from typing import Any

import pytest

from config import framework_loader
from config.council import COUNCILS
from config.council_loading import load_council
from config.framework import Framework
from workflows.simulation import demo
from workflows.simulation.written import About, Written

YOUTH = {"Youth Service": "youth"}
YEARS = (2024, 2026, 2027)
OTHER = ("owner", "net", "report", "year")


@pytest.fixture(scope="module")
def framework() -> Framework:
    """The demo's framework."""
    return framework_loader.load(demo.FRAMEWORK)


@pytest.fixture(scope="module")
def written() -> Written:
    """The demo council's folder."""
    folder = COUNCILS / "borsetshire"
    return Written.of(folder, load_council(folder), YOUTH)


def tables(written: Written) -> Iterator[tuple[str, str, str, Any]]:
    """File, plan type, section and what stands there, of every file and year."""
    for name, file in written.files.items():
        for part in (file, *file.get("year", {}).values()):
            for plan_type, sections in part.items():
                if plan_type not in OTHER:
                    for section, value in sections.items():
                        yield name, plan_type, section, value


def test_every_service_has_its_file(written: Written, framework: Framework) -> None:
    """W2: nobody's plan is filled with sentences that fit any service."""
    council = load_council(COUNCILS / "borsetshire")
    services = {unit.key for unit in council.units.values() if unit.level == "service"}
    assert set(written.files) == {"council", *services, *YOUTH.values()}
    for required in framework.templates["service_plan"].sections:
        if required.required and required.inherit is None:
            for key in services:
                assert required.key in written.files[key]["service_plan"], (key, required.key)


def test_what_is_written_has_a_place(written: Written, framework: Framework) -> None:
    """Each section and field is the framework's; each choice is one of its own."""
    for name, plan_type, key, value in tables(written):
        template = framework.templates[framework.plan_types[plan_type].template]
        section = next(each for each in template.sections if each.key == key)
        assert section.inherit is None, (name, plan_type, key)
        assert (section.kind == "text") == isinstance(value, str), (name, plan_type, key)
        if isinstance(value, str) or "from" in value:
            continue
        for kind, rows in value.items():
            assert kind in section.item_types, (name, plan_type, key, kind)
            fields = {each.key: each for each in framework.item_types[kind].fields}
            for row in rows:
                assert set(row) - {"under"} <= set(fields), (name, kind, row)
                missing = {each.key for each in fields.values() if each.required} - set(row)
                assert missing <= {"service"}, (name, kind, row)
                for given, field in fields.items():
                    assert not field.choices or row.get(given, field.choices[0]) in field.choices


def test_each_row_belongs_to_one_that_is_there(written: Written) -> None:
    """``under`` names the words of another row of the whole council's plans."""
    known = {
        row["text"]
        for _, _, _, value in tables(written)
        if isinstance(value, dict)
        for kind, rows in value.items()
        if kind != "from"
        for row in rows
        if "text" in row
    }
    for name, _, section, value in tables(written):
        for kind, rows in value.items() if isinstance(value, dict) else ():
            for row in rows if kind != "from" else ():
                assert row.get("under", next(iter(known))) in known, (name, section, row)


def test_the_sums_add_up(written: Written, framework: Framework) -> None:
    """W2: services' budgets are the council's, the gap is spending less income, schemes are
    paid for."""
    resource, bid = framework.item_types["resource"], framework.item_types["bid"]
    for year, services in ((2026, set(written.files) - {"council"}), (2027, None)):
        names = {key: name for name, key in written.keys.items()}
        of = services or set(written.files) - {"council", "youth"}
        found = written.rows(
            About("DP", "delivery_plan", year, ""),
            "resources",
            resource,
            [names[key] for key in sorted(of)],
        )
        assert found is not None
        net = [row for row in found if row.values["text"].startswith("Net budget")]
        assert sum(int(row.values["amount"]) for row in net) == written.files["council"]["net"]
    schemes = written.rows(About("C", "capital_programme", 2024, ""), "schemes", bid, [])
    funding = written.rows(About("C", "capital_programme", 2024, ""), "funding", resource, [])
    assert schemes is not None
    assert funding is not None
    cost = sum(int(row.values["amount"]) + int(row.values["later_years"]) for row in schemes)
    assert cost == sum(int(row.values["amount"]) for row in funding)
    for row in written.rows(About("M", "mtfs", 2024, ""), "forecast", resource, []) or ():
        spending, income, gap = (float(part.split()[-2].lstrip("£")) for part in _parts(row))
        assert round(spending - income, 1) == gap


def _parts(row: Any) -> list[str]:
    return [f"{part}".strip() for part in row.values["text"].split(":")[1].split(",")]


def test_a_day_lies_in_the_plan_it_stands_in(written: Written, framework: Framework) -> None:
    """S16: an action of a yearly plan is done between 1 April and 31 March of its year."""
    action = framework.item_types["action"]
    for year in YEARS:
        for key in set(written.files) - {"council"}:
            about = About("S", "service_plan", year, key)
            for row in written.rows(about, "own_actions", action, [key]) or ():
                assert f"{year}-04-01" <= row.values["due"] <= f"{year + 1}-03-31"
