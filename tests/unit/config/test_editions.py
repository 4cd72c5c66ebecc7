"""A published edition is whole, keeps its order, and an old one is read in the newest form (S4).

The old bodies are those that an earlier build stored (``tests/data/old_record``).
"""

import copy
import json
from typing import Any

import pytest

from config import edition_upgrades, editions, framework_loader, law
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
    assert [p.key for n in (1, 2, 3, 4) for p in loaded.year_variants(n)] == [
        p.key for n in (1, 2, 3, 4) for p in editions.read(json.dumps(contents)).year_variants(n)
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
    for kind in edition.plan_types.values():
        now, then = list(loaded.plan_types[kind.key].plan_roles), list(kind.plan_roles)
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


@pytest.mark.parametrize("key", framework_loader.available())
def test_every_state_of_an_old_body_has_the_phase_that_it_has_today(key: str) -> None:
    """Format 3 to 4, on the body as the earlier build stored it."""
    now = framework_loader.load(key)
    for life, drawn in editions.read(old_record.edition(key)).lifecycles.items():
        phases = {state.key: state.phase for state in drawn.states.values()}
        assert "" not in phases.values()
        assert phases == {each.key: each.phase for each in now.lifecycles[life].states.values()}


def test_a_state_that_only_a_council_knows_gets_no_phase_by_a_guess() -> None:
    contents = json.loads(old_record.edition(SMF))
    states = contents["lifecycles"]["profile"]["states"]
    states["in_limbo"] = {"label": "In limbo", "stage": "Review"}
    drawn = editions.read(canonical.dumps(contents)).lifecycles["profile"].states
    assert (drawn["in_limbo"].phase, drawn["in_review"].phase) == ("", "in_review")


# The acts that code alone knew, and who might do them, before lifecycles said them.
OF_CODE = {
    "ask_contribution": ("@editor",),
    "answer_contribution": ("@contributor", "@editor"),
    "comment": ("@reader",),
    "settle_comment": ("@reader",),
    "remind": ("permission:remind",),
    "waive": ("permission:waive_bodies",),
    "request_again": ("permission:request_reports",),
    "came_to_a_stop": ("system",),
    "body_resolved": ("permission:record_resolutions",),
}


@pytest.mark.parametrize("key", framework_loader.available())
def test_the_acts_of_an_old_body_are_transitions_and_those_of_today(key: str) -> None:
    """Format 4 to 5, on the body as the earlier build stored it, which says none of them."""
    old = old_record.edition(key)
    for name, life in editions.read(old).lifecycles.items():
        before = {each["action"] for each in json.loads(old)["lifecycles"][name]["transitions"]}
        before |= PUTTING_RIGHT
        new = {each.action: each for each in life.transitions if each.action not in before}
        assert all(each.to == "=" and not each.effects for each in new.values())
        now = {
            each.action: each for each in framework_loader.load(key).lifecycles[name].transitions
        }
        assert new == {action: now[action] for action in new}
        if life.subject == "plan":
            assert {each.action: each.roles for each in new.values()}.items() <= OF_CODE.items()
            assert new.keys() >= {"answer_contribution", "comment", "remind"}
            assert new["comment"].from_ == tuple(life.states)
            assert set(new["ask_contribution"].from_) == {
                state.key for state in life.states.values() if state.editable
            }
            assert ("waive" in new) == ("approve" in before)
        elif life.subject == "item":
            assert new.keys() == {"write_report", "refresh_versions", "comment"}
            assert {each.from_ for each in new.values()} == {("requested", "listed")}
        else:
            assert new == {}


# Those that came later, from format 8 to 9: an outcome corrected by two, a year closed again.
PUTTING_RIGHT = {
    "propose_correction", "withdraw_correction", "agree_correction", "refuse_correction",
    "settle_correction", "reopen_decision", "put_back", "close_again",
}  # fmt: skip


@pytest.mark.parametrize("key", framework_loader.available())
def test_an_old_body_can_be_put_right_as_one_of_today(key: str) -> None:
    """Format 8 to 9 (R4, L3): on the body as the earlier build stored it, and each in its place."""
    was, now = editions.read(old_record.edition(key)), framework_loader.load(key)
    found: dict[str, set[str]] = {}
    for name, life in was.lifecycles.items():
        mine = [each for each in life.transitions if each.action in PUTTING_RIGHT]
        assert mine == [
            each for each in now.lifecycles[name].transitions if each.action in PUTTING_RIGHT
        ]
        found.setdefault(life.subject, set()).update(each.action for each in mine)
        for each in mine:
            if each.action == "reopen_decision":
                resolved = {e.to for e in life.transitions if e.kind == "outcome"} - {"="}
                assert set(each.from_) == {each.to, *resolved}
    assert found["plan"] == {"reopen_decision", "put_back"}
    assert found["year"] == {"close_again"}
    assert found["item"] == PUTTING_RIGHT - found["plan"] - found["year"]


def test_an_act_that_a_councils_edition_has_already_stays_its_own() -> None:
    contents = json.loads(old_record.edition(SMF))
    contents["lifecycles"]["profile"]["transitions"].append(
        {
            "action": "comment",
            "label": "Say so",
            "from": ["drafting"],
            "to": "=",
            "roles": ["clerk"],
        }
    )
    drawn = editions.read(canonical.dumps(contents)).lifecycles["profile"]
    (found,) = [each for each in drawn.transitions if each.action == "comment"]
    assert (found.label, found.kind, found.roles) == ("Say so", "forward", ("clerk",))


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


@pytest.mark.parametrize("key", framework_loader.available())
def test_an_old_edition_gets_the_law_of_each_nation(key: str) -> None:
    """Fault D2, format 5 to 6: an edition that was published with England's law for everybody."""
    edition = editions.read(old_record.edition(key))
    agenda = edition.day_rules["agenda_published"]
    assert (agenda.law, agenda.variants) == ("agenda_published", ())
    assert edition.limits["pre_election_period"].nations == ("england", "wales", "scotland")
    assert edition.limits["budget_second_meeting"].nations == ("england",)
    if "key_decision_notice" in edition.day_rules:
        assert edition.day_rules["key_decision_notice"].law == "key_decision_notice"


def test_a_councils_own_number_of_days_is_not_replaced_by_the_laws() -> None:
    """Format 5 to 6: another number than that of the product's frameworks was written on purpose,
    and keeps what the council wrote."""
    contents = json.loads(old_record.edition(SMF))
    contents["day_rules"]["agenda_published"]["days"] = 7
    agenda = editions.read(json.dumps(contents)).day_rules["agenda_published"]
    assert (agenda.days, agenda.law) == (7, "")


def test_a_councils_own_days_for_a_nation_stay_beside_the_laws() -> None:
    """Format 6 to 7: its own variant was dropped where the days of the rule were England's."""
    contents = json.loads(old_record.edition(SMF))
    agenda = contents["day_rules"]["agenda_published"]
    own = {"nation": "wales", "days": 4, "source": "Standing order 12"}
    agenda["variants"] = [own, *agenda["variants"]]
    contents["day_rules"]["call_in_ends"] = {
        "title": "Call-in ends",
        "days": 5,
        "unit": "working",
        "after": True,
        "variants": [{"nation": "wales", "days": 3}],
    }
    rules = editions.read(json.dumps(contents)).day_rules
    kept = [(each.nation, each.days, each.source) for each in rules["agenda_published"].variants]
    assert kept == [("wales", 4, "Standing order 12")]
    assert [(each.nation, each.days) for each in rules["call_in_ends"].variants] == [("wales", 3)]
    assert rules["agenda_published"].law == "agenda_published"


def test_no_variant_that_the_product_had_for_a_nation_stays_in_an_old_edition() -> None:
    """Format 6 to 7: every one that a framework of the product ever had is the law's own now."""
    shipped = edition_upgrades.SHIPPED_VARIANTS
    contents = json.loads(old_record.edition(SMF))
    contents["day_rules"]["agenda_published"]["variants"] = copy.deepcopy(list(shipped))
    assert {each["nation"] for each in shipped} == set(law.NATIONS)
    assert editions.read(json.dumps(contents)).day_rules["agenda_published"].variants == ()


@pytest.mark.parametrize("key", framework_loader.available())
def test_dates_of_an_old_edition_fit_their_plan_and_its_clerk_records_a_publication(
    key: str,
) -> None:
    """S16 and S1: what is pinned by running plans says so too; another kind of date stays."""
    edition = editions.read(old_record.edition(key))
    assert edition.item_types == framework_loader.load(key).item_types
    due = next(each for each in edition.item_types["action"].fields if each.key == "due")
    assert due.within_plan
    labels = {each.action: each.label for each in edition.lifecycles["item"].transitions}
    assert labels["publish"] == "Record that it was published"


def test_a_councils_own_date_and_its_own_word_for_publishing_stay() -> None:
    """S16 and S1."""
    contents = json.loads(old_record.edition(SMF))
    action = contents["item_types"]["action"]
    action["fields"] = [each | {"title": "Ready on"} for each in action["fields"]]
    item = contents["lifecycles"]["item"]
    for each in item["transitions"]:
        each["label"] = "Send out" if each["action"] == "publish" else each["label"]
    edition = editions.read(json.dumps(contents))
    assert not any(each.within_plan for each in edition.item_types["action"].fields)
    labels = {each.action: each.label for each in edition.lifecycles["item"].transitions}
    assert labels["publish"] == "Send out"
