"""A published edition is whole, keeps its order, and an old one is read in the newest form (S4).

The old bodies are those that an earlier build stored (``tests/data/old_record``).
"""

import copy
import json
from typing import Any

import pytest

from config import edition_upgrades, editions, framework_loader
from cycle.record import canonical
from tests import old_record

SMF = "nottinghamshire-smf"


def files(key: str) -> dict[str, Any]:
    """The data of a shipped framework."""
    return framework_loader.read_folder(framework_loader.FRAMEWORKS / key)


@pytest.mark.parametrize("key", framework_loader.available())
def test_a_published_edition_keeps_every_order_of_its_files(key: str) -> None:
    """Fault S4: keys were sorted when an edition was published, and with them its headings."""
    loaded, edition = framework_loader.load(key), editions.read(editions.body(files(key)))
    for name in ("report_fields", "comments", "plan_types", "item_types", "roles", "bodies"):
        assert list(getattr(edition, name)) == list(getattr(loaded, name)), name
    for life, drawn in loaded.lifecycles.items():
        assert list(edition.lifecycles[life].states) == list(drawn.states)


def test_headings_stand_as_the_file_has_them() -> None:
    """Fault S4, with the words of one file and not by comparison with another reading."""
    text = (framework_loader.FRAMEWORKS / SMF / "report.toml").read_text(encoding="utf-8")
    edition = editions.read(editions.body(files(SMF)))
    places = [text.index(f"[report_fields.{key}]") for key in edition.report_fields]
    assert len(places) > 5
    assert places == sorted(places)
    assert list(edition.report_fields) != sorted(edition.report_fields)


@pytest.mark.parametrize("key", framework_loader.available())
def test_nothing_of_a_published_edition_is_still_to_be_merged(key: str) -> None:
    """INV-06: what a pattern takes over is written into the edition itself."""
    contents = json.loads(editions.body(files(key)))
    assert contents["format"] == edition_upgrades.newest()
    assert not [year for year in contents["years"].values() if {"extends", "without"} & year.keys()]
    loaded = framework_loader.load(key)
    read = {pattern.key: pattern for pattern in editions.read(json.dumps(contents)).years}
    for pattern in loaded.years:
        assert read[pattern.key].steps == pattern.steps
        assert read[pattern.key].routes == pattern.routes
    assert [p.key for n in (1, 2, 3, 4) for p in loaded.ways(n)] == [
        p.key for n in (1, 2, 3, 4) for p in editions.read(json.dumps(contents)).ways(n)
    ]


@pytest.mark.parametrize("key", framework_loader.available())
def test_an_edition_written_as_files_passes_the_check_and_is_the_same_edition(key: str) -> None:
    """What is published can be checked and published again, byte for byte."""
    body = editions.body(files(key))
    contents = json.loads(body)
    del contents["format"]
    assert framework_loader.problems(contents) == []
    assert editions.body(contents) == body


@pytest.mark.parametrize("key", framework_loader.available())
def test_an_old_body_is_read_in_the_order_of_the_shipped_files(key: str) -> None:
    """Format 1 to 2, on the body as the earlier build stored it; body and digest stay."""
    old = old_record.edition(key)
    assert '"format"' not in old.replace(" ", "")[:20]
    assert canonical.dumps(json.loads(old)) == old  # sorted: its order was lost
    edition, loaded = editions.read(old), framework_loader.load(key)
    for name in ("report_fields", "plan_types", "item_types"):
        now, then = list(getattr(loaded, name)), list(getattr(edition, name))
        assert then == [key for key in now if key in then]
    assert not [pattern for pattern in edition.years if pattern.extends]
    assert editions.is_in_order(old)


def changed(old: str, part: str, key: str) -> str:
    """An old body in which a council had added an entry of its own."""
    contents = json.loads(old)
    entry = copy.deepcopy(next(iter(contents[part].values())))
    contents[part][key] = entry | {"title": "Its own"}
    return canonical.dumps(contents)


def test_a_list_that_the_shipped_one_does_not_match_stays_as_stored_and_says_so() -> None:
    """Its order is not guessed; the lists beside it take theirs all the same."""
    old = changed(old_record.edition(SMF), "report_fields", "zz_own")
    edition, loaded = editions.read(old), framework_loader.load(SMF)
    assert list(edition.report_fields) == sorted(edition.report_fields)
    assert list(edition.plan_types) == list(loaded.plan_types)
    assert not editions.is_in_order(old)


def test_an_old_edition_of_a_councils_own_framework_stays_as_stored() -> None:
    contents = json.loads(old_record.edition(SMF)) | {"key": "ours"}
    old = canonical.dumps(contents)
    assert list(editions.read(old).plan_types) == sorted(editions.read(old).plan_types)
    assert not editions.is_in_order(old)


def test_an_edition_is_not_judged_again_when_it_is_read() -> None:
    """Strictness is for the check: a rule that came later turns no published edition unreadable."""
    contents = json.loads(editions.body(files(SMF)))
    contents["report_title"], contents["a_later_word"] = "Report", "dropped"
    contents["bodies"]["policy_committee"]["verbs"] = []
    assert framework_loader.problems({k: v for k, v in contents.items() if k != "format"})
    assert editions.read(json.dumps(contents)).report_title == "Report"


def test_the_format_of_a_later_version_is_refused() -> None:
    later = json.loads(editions.body(files(SMF))) | {"format": edition_upgrades.newest() + 1}
    with pytest.raises(ValueError, match="not known to this version"):
        editions.read(json.dumps(later))


def test_a_step_takes_older_editions_on_and_leaves_newer_ones_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """How the next step is added: one function at the end of the line."""

    def retitle(contents: dict[str, Any]) -> dict[str, Any]:
        return contents | {"report_title": "Report to members"}

    before = editions.body(files(SMF))
    monkeypatch.setattr(edition_upgrades, "STEPS", (*edition_upgrades.STEPS, retitle))
    for stored in (before, old_record.edition(SMF)):
        assert editions.read(stored).report_title == "Report to members"
    after = editions.body(files(SMF))
    assert json.loads(after)["format"] == json.loads(before)["format"] + 1
    assert editions.read(after).report_title == files(SMF)["report_title"]


def test_two_editions_are_the_same_when_words_and_order_are() -> None:
    old = old_record.edition(SMF)
    one = editions.read(editions.body(editions.contents(old)))
    assert editions.same(one, editions.read(old))
    turned = editions.contents(old)
    turned["report_fields"] = dict(reversed(turned["report_fields"].items()))
    other = editions.read(editions.body(turned))
    assert one == other
    assert not editions.same(one, other)
