"""Every event names the capacity that gave the right: the post, and for whom (fault R1)."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.models import Cover
from tests import build
from tests.build import Cast
from tests.flows import capacities
from workflows.core import allowed, engine
from workflows.cycles import cycles
from workflows.people import accounts
from workflows.plans import comments
from workflows.record.verify import verify

HOUSING, PARKS, BUDGET = "SVP-2028-HOUSING", "SVP-2028-PARKS", "BUD-2028"


@pytest.fixture(autouse=True)
def spring() -> Iterator[None]:
    with clock.set_to(build.SPRING):
        yield


def last(db: Database, action: str) -> str:
    """As the newest event of an action names who acted: "post" or "post, for person"."""
    named = [each for each in capacities.named(db) if each.action == action][-1]
    return f"{named.post}, for {named.for_}" if named.for_ else named.post


def drafting(db: Database, who: Cast, ref: str) -> None:
    """The cycle open, and a plan begun."""
    build.cycle(db, who)
    build.act(db, ref, "start", None)


def comment(db: Database, ref: str, by: int) -> None:
    """A comment beside the first section."""

    def work(session: Session) -> None:
        plan = build.plan(session, ref)
        comments.comment(session, build.actor(session, by), plan.id, [build.remark(session, plan)])

    db.run(work)


def sound(db: Database) -> bool:
    """Whether the whole record verifies."""
    return db.read(verify.check).broken == ()


# Own before cover, the nearest, the lowest number -------------------------------------------------


def test_who_covers_a_colleague_comments_on_her_own_plan_in_her_own_post(db: Database) -> None:
    """Fault R1. Mo covers Ray, his director; his own plan has his own post beside his comment."""
    who = capacities.placed(db, {}, {"mo": "ray"})
    drafting(db, who, HOUSING)
    comment(db, HOUSING, who.mo)
    assert last(db, "comment") == "Group manager, Housing"
    assert sound(db)


def test_a_right_that_only_cover_gives_is_used_for_the_one_who_is_away(db: Database) -> None:
    """Fault R1. Pat of Parks covers Mo: on Mo's plan she comments for him, on hers for nobody."""
    who = capacities.placed(db, {}, {"pat": "mo"})
    drafting(db, who, HOUSING)
    build.act(db, PARKS, "start", None)
    comment(db, HOUSING, who.pat)
    assert last(db, "comment") == "Group manager, Housing, for Mo Manager"
    comment(db, PARKS, who.pat)
    assert last(db, "comment") == "Group manager, Parks"


def test_the_support_service_creates_a_cycle_for_nobody(db: Database) -> None:
    """Fault R1. Sue covers the clerk; a cycle is made by the support service, not for the clerk."""
    who = capacities.placed(db, {}, {"sue": "cy"})
    build.cycle(db, who)
    names = {each.post for each in capacities.named(db) if each.name == "Sue Support"}
    assert names == {"Planning support officer"}
    assert {each.for_ for each in capacities.named(db)} == {""}


def test_an_own_post_comes_before_cover_that_would_do_as_well(db: Database) -> None:
    """Sue covers Hana, who can make a cycle too, and whose post has the lower number; Ray covers
    Mo, whose post is nearer to the plan than his own."""
    who = capacities.placed(db, {}, {"sue": "hana", "ray": "mo"})
    drafting(db, who, HOUSING)
    assert last(db, "create_cycle") == "Planning support officer"
    comment(db, HOUSING, who.ray)
    assert last(db, "comment") == "Director of Homes"


def test_who_covers_the_support_service_creates_a_cycle_for_it(db: Database) -> None:
    who = capacities.placed(db, {}, {"cy": "sue"})
    db.run(lambda s: cycles.create_cycle(s, build.actor(s, who.cy), build.FRAMEWORK, 2027))
    assert last(db, "create_cycle") == "Planning support officer, for Sue Support"
    assert last(db, "create_year") == "Planning support officer, for Sue Support"


@pytest.mark.parametrize(
    "order", [("support", "head-of-strategy"), ("head-of-strategy", "support")]
)
def test_of_two_posts_that_would_do_it_is_the_same_every_time(
    db: Database, order: tuple[str, ...]
) -> None:
    """The lower number, in whichever order somebody came to them."""
    who = capacities.placed(db, {"sue": order, "hana": ()})
    db.run(lambda s: cycles.create_cycle(s, build.actor(s, who.sue), build.FRAMEWORK, 2027))
    assert last(db, "create_cycle") == "Head of Strategy"


def test_of_two_posts_in_a_plans_line_the_nearer_one_speaks(db: Database) -> None:
    """Ray directs Homes and manages Housing while nobody else does: he comments as its manager."""
    who = capacities.placed(db, {"ray": ("director-homes", "manager-housing"), "mo": ()})
    drafting(db, who, HOUSING)
    comment(db, HOUSING, who.ray)
    assert last(db, "comment") == "Group manager, Housing"


def test_the_nearer_post_walks_a_road_that_both_may_walk(db: Database) -> None:
    """INV-27. Ray directs Homes and manages Housing: where its lifecycle lets author and reviewer
    do something alike, as in withdrawing a wish for more time, he does it as the manager."""
    who = capacities.placed(db, {"ray": ("director-homes", "manager-housing"), "mo": ()})
    drafting(db, who, HOUSING)

    def post_of(session: Session) -> str:
        plan, ray = build.plan(session, HOUSING), build.actor(session, who.ray)
        attempt, _ = engine.attempt_on(session, plan, ray)
        queues = {*attempt.queues_of("@author"), *attempt.queues_of("@reviewer")}
        assert len(queues) == 2
        capacity = allowed.serves(attempt, queues)
        assert capacity is not None
        return capacity.post_title

    assert db.run(post_of) == "Group manager, Housing"


def test_what_follows_from_an_act_names_the_same_post_as_the_act(db: Database) -> None:
    """Fault R1. Sue is Head of Strategy too, as whom she brings the plans to the services of the
    day. Were it no consequence, only the support service could withdraw the plan that goes."""
    who = capacities.placed(db, {"sue": ("support", "head-of-strategy"), "hana": ()})
    build.cycle(db, who)
    ended = text("UPDATE unit SET until_on = :today WHERE key = 'parks'")
    db.run(lambda s: s.execute(ended, {"today": clock.today()}))
    year = db.read(lambda s: s.scalar(text("SELECT min(id) FROM planning_year")))
    why = "Parks has ended."
    db.run(lambda s: cycles.follow_structure(s, build.actor(s, who.sue), year, why))
    assert last(db, "follow_structure") == "Head of Strategy"
    assert last(db, "withdraw") == "Head of Strategy"


# A vacancy that fell up the line ------------------------------------------------------------------


def test_a_vacancy_names_the_post_through_which_it_fell(db: Database) -> None:
    """Nobody manages Parks; Rita directs Homes and Green Spaces, and writes as the latter."""
    who = capacities.placed(db, {"rita": ("director-homes", "director-green"), "ray": ()})
    drafting(db, who, PARKS)
    leave(db, who, who.pat)
    submit(db, PARKS, who.rita)
    assert last(db, "submit") == "Director of Green Spaces"
    assert sound(db)


def test_a_vacancy_that_falls_to_a_covered_post_is_served_for_its_holder(db: Database) -> None:
    """Tess has a post of her own and covers Rita, to whom the vacancy of Parks falls."""
    who = capacities.placed(db, {}, {"tess": "rita"})
    drafting(db, who, PARKS)
    leave(db, who, who.pat)
    submit(db, PARKS, who.tess)
    assert last(db, "submit") == "Director of Green Spaces, for Rita Director"


def test_a_vacancy_with_nobody_above_is_served_by_the_support_service(db: Database) -> None:
    """The budget has no author and nobody up his line; Sue, who is Head of Strategy as well, acts
    as the support service."""
    who = capacities.placed(db, {"sue": ("head-of-strategy", "support"), "hana": ()})
    drafting(db, who, BUDGET)
    leave(db, who, who.fred, who.selma, who.vera)
    submit(db, BUDGET, who.sue)
    assert last(db, "submit") == "Planning support officer"


def submit(db: Database, ref: str, by: int) -> None:
    """Whoever has the work writes the plan and hands it in."""
    build.fill(db, ref, by)
    build.act(db, ref, "submit", by)


def leave(db: Database, who: Cast, *left: int) -> None:
    """They have left the council."""
    for each in left:
        db.run(lambda s, each=each: accounts.deactivate(s, build.actor(s, who.adam), each))


def test_a_report_on_progress_is_given_in_the_post_whose_report_it_is(db: Database) -> None:
    """Hana is Chief Executive as well; both report on the Delivery Plan, and it is the author's
    report whose time has ended."""
    data = capacities.framework()
    usual = data["reporting"]["delivery_plan_progress"]
    data["reporting"]["overview"] = usual | {
        "title": "Overview", "cadence": "yearly", "role": "@reviewer"
    }  # fmt: skip
    posts = {"hana": ("chief-executive", "head-of-strategy"), "vera": ()}
    who = capacities.placed(db, posts, data=data)
    sue = (build.FRAMEWORK, 2027)
    db.run(lambda s: cycles.create_cycle(s, build.actor(s, who.sue), *sue))
    given = ("delivery_plan", None, 2027, {}, (), "Last year's.")
    plan = db.run(lambda s: cycles.import_in_force(s, build.actor(s, who.sue), *given).ref)
    with clock.set_to(clock.at_local(date(2027, 11, 1))):
        build.act(db, plan, "report_progress", who.hana)
    assert last(db, "report_progress") == "Head of Strategy"


# One's own account --------------------------------------------------------------------------------


def test_a_password_is_set_on_ones_own_account(db: Database) -> None:
    """Mo has two posts and needs neither to set his password, with a link or without one."""
    who = capacities.placed(db, {}, {"mo": "ray"})
    token = db.run(lambda s: build.invited(s, who.adam, who.mo))
    db.run(lambda s: accounts.set_password(s, token, "a long enough pass phrase"))
    db.run(
        lambda s: accounts.change_password(
            s, build.actor(s, who.mo), "a long enough pass phrase", "another good pass phrase"
        )
    )
    db.run(lambda s: accounts.end_sessions(s, build.actor(s, who.mo), who.mo))
    mine = [each for each in capacities.named(db) if each.name == "Mo Manager"]
    assert [each.action for each in mine] == ["set_password", "set_password", "end_sessions"]
    assert {(each.post, each.for_, each.authority) for each in mine} == {("", "", "own account")}
    assert last(db, "invite") == "Administrator"
    assert sound(db)


def test_cover_is_ended_by_who_covers_on_the_own_account_and_by_the_holder_in_the_post(
    db: Database,
) -> None:
    """Mo ends his cover for Ray, Ray the cover that Tess has of his post, now that he is back."""
    who = capacities.placed(db, {}, {"mo": "ray", "tess": "pat"})
    ended(db, who.mo, who.mo)
    assert last(db, "end_cover") == ""
    ended(db, who.pat, who.tess)
    assert last(db, "end_cover") == "Group manager, Parks"


def ended(db: Database, by: int, acting: int) -> None:
    """Cover ended from today on."""
    row = db.read(lambda s: s.scalars(select(Cover.id).where(Cover.person_id == acting)).one())
    db.run(lambda s: accounts.end_cover(s, build.actor(s, by), row))
