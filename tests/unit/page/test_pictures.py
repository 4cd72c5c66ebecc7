"""Pictures are drawn on the server, say in words what they show, and need no inline style."""

from xml.etree import ElementTree

from webui.charts.svg import lifecycle_picture, route_picture, stages_at

LABELS = ["Not started", "Drafting", "Review", "Committees", "In force"]
SPACE = "{http://www.w3.org/2000/svg}"


def drawn(svg: str) -> ElementTree.Element:
    """The picture as XML, which it has to be to be drawn at all."""
    return ElementTree.fromstring(svg)  # noqa: S314 - it reads what we have just drawn


def test_the_route_marks_what_is_done_now_and_to_come():
    stages = stages_at(LABELS, "Review", ["", "9 September"])
    assert [stage.stands_text for stage in stages] == ["Done", "Done", "Now", "To come", "To come"]
    picture = route_picture(stages, "Housing <plan>")
    tree = drawn(picture.svg)
    assert tree.find(f"{SPACE}title").text == "Where Housing <plan> stands"
    assert "Review: now" in tree.find(f"{SPACE}desc").text
    assert len(tree.findall(f".//{SPACE}g")) == 5
    assert "style" not in picture.svg


def test_an_ended_route_is_all_done_and_an_unknown_stage_all_to_come():
    assert {stage.stands for stage in stages_at(LABELS, None, ended=True)} == {"done"}
    assert {stage.stands for stage in stages_at(LABELS, "Withdrawn")} == {"ahead"}


def test_a_lifecycle_shows_every_state_and_lists_every_road():
    states = [("d", "Drafting"), ("r", "In review"), ("b", "Returned"), ("x", "Alone & lost")]
    transitions = [
        ("d", "Submit", "r"),
        ("r", "Return", "b"),
        ("b", "Submit", "r"),
        ("d", "Save", "d"),
    ]
    picture = lifecycle_picture(states, transitions, "r", name="a plan")
    tree = drawn(picture.svg)
    assert len(tree.findall(f".//{SPACE}rect")) == 4
    assert picture.transitions[0] == ("Drafting", "Submit", "In review")
    assert len(picture.transitions) == 4
    assert "app-picture__state--current" in picture.svg


def test_empty_pictures_are_still_well_formed():
    drawn(route_picture([], "x").svg)
    drawn(lifecycle_picture([], []).svg)
