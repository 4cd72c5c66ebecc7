"""Everything is closed unless it is listed."""

import pytest

from tests.web.policy_table import POLICIES
from webui.http import policies
from webui.page import internal_acts
from workflows.core.internal_acts import VERBS


class Gate:
    """Signing in, as these tests have it."""

    def __init__(self, name: str | None, permissions: tuple[str, ...] = ()):
        self.name, self.permissions = name, permissions

    def signed_in(self) -> bool:
        return self.name is not None

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def ask_to_sign_in(self):
        return "", 303, {"Location": "/sign-in"}


def test_every_route_has_a_policy(bare_app):
    """INV-50."""
    assert policies.undeclared(bare_app) == []


def test_each_address_has_the_policy_of_the_table(bare_app):
    """SR-22: nobody opens an address a little wider without saying so in two places."""
    expected = {endpoint: word for word, names in POLICIES.items() for endpoint in names.split()}
    there = policies.policies(bare_app).items()
    rooms = "rooms."  # the pages that these tests add
    assert {name: word for name, word in there if not name.startswith(rooms)} == expected


def test_each_internal_act_of_a_person_has_its_page_in_one_table(bare_app):
    """Buttons are drawn from what the engine answers; where each leads is said once."""
    beside = {  # offered beside what of it they are about, or for many at once
        ("plan", "answer_contribution"): "plans.answer",
        ("plan", "remind"): "board.remind",
        ("plan", "settle_comment"): "comments.settle",
        ("plan", "request_again"): "resolutions.ask_again",
        ("plan", "waive"): "resolutions.waive",
        ("item", "comment"): "items.comment",
        ("item", "refresh_versions"): "items.refresh",
        ("item", "propose_correction"): "corrections.propose",
        ("item", "withdraw_correction"): "corrections.take_back",
        ("item", "agree_correction"): "corrections.agree",
        ("item", "refuse_correction"): "corrections.refuse",
        ("item", "settle_correction"): "corrections.settle",
    }
    by_itself = {("plan", "came_to_a_stop")}
    assert not internal_acts.PAGES.keys() & beside.keys()
    assert internal_acts.PAGES.keys() | beside.keys() == VERBS.keys() - by_itself
    assert {*internal_acts.PAGES.values(), *beside.values()} <= bare_app.view_functions.keys()


def test_a_route_without_policy_is_closed_and_is_found(own_app):
    """INV-50: it does not start a build, and answers 403."""
    own_app.add_url_rule("/forgotten", "forgotten", lambda: "open to all")
    own_app.extensions["gate"] = Gate("Sue", ("administrator",))
    assert policies.undeclared(own_app) == ["/forgotten"]
    assert own_app.test_client().get("/forgotten").status_code == 403


def test_nobody_unknown_gets_in(own_app):
    own_app.extensions.pop("gate")
    assert own_app.test_client().get("/mine").status_code == 403  # no way to sign in is set at all
    own_app.extensions["gate"] = Gate(None)
    assert own_app.test_client().get("/mine").status_code == 303
    assert own_app.test_client().get("/door").status_code == 303


def test_pat_signed_in_may_see_hers_but_not_use_a_function_she_does_not_hold(own_app):
    own_app.extensions["gate"] = Gate("Pat")
    assert own_app.test_client().get("/mine").text == "mine"
    assert own_app.test_client().get("/door").status_code == 403
    own_app.extensions["gate"] = Gate("Sue", ("administrator",))
    assert own_app.test_client().get("/door").text == "people"


@pytest.mark.parametrize("word", ["", "open", "permission:", "Public"])
def test_a_word_that_is_no_policy_does_not_start(word):
    with pytest.raises(ValueError, match="no policy"):
        policies.policy(word)


def test_a_view_has_one_policy():
    with pytest.raises(ValueError, match="two policies"):
        policies.policy("public")(policies.policy("signed_in")(lambda: ""))
