"""Sue compares two editions before she publishes one: what is new, gone or different."""

from dataclasses import replace

from config import framework_loader
from config.framework_diff import differences

SMF = framework_loader.load("nottinghamshire-smf")


def test_the_same_framework_differs_in_nothing():
    assert differences(SMF, framework_loader.load("nottinghamshire-smf")) == []


def test_what_is_new_gone_or_different_is_told_with_its_key():
    final = SMF.day_rules["final_report"]
    rules = {key: rule for key, rule in SMF.day_rules.items() if key != "chairs_briefing"}
    rules |= {"final_report": replace(final, days=8), "extra": replace(final, key="extra")}
    found = differences(SMF, replace(SMF, day_rules=rules))
    assert {(each.part, each.key, each.sentence) for each in found} == {
        ("Deadline rules", "chairs_briefing", "“Chair’s briefing” is no longer there."),
        ("Deadline rules", "extra", "“Report deadline” is new."),
        ("Deadline rules", "final_report", "“Report deadline”: days is 8 instead of 7."),
    }


def test_a_step_and_a_way_that_differ_are_told_where_they_stand():
    first = SMF.years[0]
    moved = replace(first.steps[0], offset=-3)
    years = (replace(first, steps=(moved, *first.steps[1:])), *SMF.years[1:])
    lifecycle = SMF.lifecycles["service_plan"]
    (transition, *others) = lifecycle.transitions
    changed = replace(lifecycle, transitions=(replace(transition, label="Begin"), *others))
    after = replace(SMF, years=years, lifecycles={**SMF.lifecycles, "service_plan": changed})
    found = differences(SMF, after)
    assert [(each.part, each.key.split(".")[0]) for each in found] == [
        ("Ways", "service_plan"),
        ("Steps", first.key),
    ]
    assert "offset is -3 instead of" in found[1].sentence


def test_two_councils_differ_and_every_sentence_is_one_line():
    found = differences(SMF, framework_loader.load("stockton-pmf"))
    assert {each.part for each in found} >= {"Bodies", "Plan types", "Steps", "Report"}
    assert all(each.sentence.endswith(".") and "\n" not in each.sentence for each in found)
