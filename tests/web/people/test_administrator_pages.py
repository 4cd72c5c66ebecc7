"""What administrators may do by themselves, asked of the pages: the same rows as of the verbs."""

import re

import pytest
from sqlalchemy import text

from cycle import clock
from cycle.errors import Blocked
from tests import administering, build
from tests.administering import ALONE, DENIED, DONE, PROPOSED, TABLES
from tests.flows.people.test_administrators import days, does, held, post
from tests.web.browsing import Browser, signed_in
from workflows.people import accounts, agreeing

WORDS = {"post": "posts/new", "cover": "cover/new"}


def one(db, sql, **given):
    return db.read(lambda s: s.scalar(text(sql), given))


def boxes(name, day):
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


def answer(browser, db, who, row):
    """What comes of a row's act on the page for it."""
    person = who.ids[row.whom]
    typed = {}
    if row.act == "cover":
        person = one(
            db,
            "SELECT person_id FROM appointment WHERE post_id = :p AND during @> current_date",
            p=post(db, row.post),
        )
        typed = {"post": post(db, row.post), "person": who.ids[row.whom]}
        typed |= boxes("from_on", clock.today()) | boxes("last_on", days(6))
    elif row.act == "post":
        typed = {"post": post(db, row.post)}
    word = WORDS.get(row.act, row.act)
    if row.act == "end":
        word = f"posts/{held(db, person)}/end"
    path = f"/people/{person}/{word}"
    reply = browser.send(path, **typed)
    if reply.status_code == 403:
        return DENIED
    if reply.status_code == 422:
        return re.sub(r"\s+", " ", reply.text)
    assert reply.status_code == 303, (row, reply.status_code)
    if reply.location.startswith("/people/proposals/"):
        return PROPOSED
    last = one(db, "SELECT payload FROM event ORDER BY id DESC LIMIT 1")
    return ALONE if '"alone":true' in last else DONE


@pytest.mark.parametrize("table", TABLES)
def test_each_row_of_what_administrators_may_do_on_the_pages(app, db, table):
    """Fault X1, SR-80: over HTTP, each person in their own browser, one row after the other."""
    rows, signed, gone = TABLES[table]
    who = administering.set_up(db, signed, gone)
    wrong = []
    for row in rows:
        browser = signed_in(app, db, who.ids[row.by])
        found = answer(browser, db, who, row)
        if row.comes not in found:
            wrong.append((row, found[-2000:]))
    assert wrong == []


@pytest.fixture
def who(db):
    """Smallshire where Adam, Ada and Abe have signed in."""
    return administering.set_up(db, administering.ADMINISTRATORS, ())


def propose(adam, db, who):
    """Adam proposes on the page that Tess covers for Vera; the address of the proposal."""
    typed = {"post": post(db, "chief-executive"), "person": who.tess, "reason": "Vera is ill"}
    typed |= boxes("from_on", clock.today()) | boxes("last_on", days(6))
    return adam.send(f"/people/{who.vera}/cover/new", **typed).location


def test_ada_sees_what_waits_and_what_would_follow_and_agrees(app, db, who):
    """Fault X1, SR-80: proposed, listed, looked at, agreed with one effect, and said so."""
    adam, ada, sue = (signed_in(app, db, each) for each in (who.adam, who.ada, who.sue))
    path = propose(adam, db, who)
    assert "Tess Team would cover for Vera Chief" in ada.get("/people").text
    page = ada.get(path).text
    assert "Reads the text of every plan" in page
    assert "Vera is ill" in page
    assert "Waiting for a second administrator" not in sue.get("/people").text
    assert sue.get(path).status_code == 403
    assert sue.post(path + "/agree").status_code in (400, 403)
    assert "Take it back" in adam.get(path).text
    assert adam.send(path, path + "/agree").status_code == 422
    assert one(db, "SELECT count(*) FROM cover") == 0
    written = one(db, "SELECT max(id) FROM outbox")
    done = ada.send(path, path + "/agree")
    assert done.status_code == 303
    assert "It is agreed and done" in ada.get(done.location).text
    assert "Whom it concerns is told by mail." in ada.page
    mails = "SELECT string_agg(key, ' ' ORDER BY key) FROM person WHERE id IN " \
            "(SELECT person_id FROM outbox WHERE id > :first)"  # fmt: skip
    assert one(db, mails, first=written) == "adam tess vera"
    assert one(db, "SELECT count(*) FROM cover") == 1
    abe = signed_in(app, db, who.abe)
    assert "Agreed by" in abe.get(path).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', abe.get("/people/new").text)[1]
    key = re.search(r'name="form_key"[^>]*value="([^"]+)"', abe.page)[1]
    again = abe.post(path + "/agree", {"csrf_token": token, "form_key": key})
    assert again.status_code == 422
    assert "This has been agreed already" in again.text


def test_a_refusal_needs_a_reason_and_keeps_what_was_typed(app, db, who):
    adam, ada = signed_in(app, db, who.adam), signed_in(app, db, who.ada)
    path = propose(adam, db, who)
    assert ada.send(path, path + "/refuse", reason="").status_code == 422
    assert ada.send(path, path + "/refuse", reason="Hana should").status_code == 303
    assert "It is refused. Whoever proposed it is told by mail." in ada.get(path).text
    refused = "SELECT count(*) FROM outbox WHERE person_id = :p AND subject LIKE '%refused%'"
    assert one(db, refused, p=who.adam) == 1
    assert "Hana should" in adam.get(path).text
    other = propose(adam, db, who)
    assert adam.send(other, other + "/take-back").status_code == 303
    assert "Taken back" in adam.get(other).text
    assert adam.get("/people/proposals/99999").status_code == 404


def test_the_pages_say_whether_a_second_administrator_is_there(app, db):
    """SR-80: the first is told that they decide alone; whoever is one of several that two do."""
    who = build.administrators(db)
    adam = signed_in(app, db, who.adam)
    for path in ("/people", f"/people/{who.pat}/posts/new", f"/people/{who.vera}/cover/new"):
        assert "you decide alone" in adam.get(path).text, path
    ada = signed_in(app, db, who.ada)
    assert "A second administrator has to agree" in adam.get("/people").text
    assert "A second administrator has to agree" in ada.get(f"/people/{who.pat}/posts/new").text
    assert "administrator has to agree" not in signed_in(app, db, who.mo).get("/people").text
    alone = (
        "You can give somebody an administrator’s post",
        "Whoever checks the record is told of it by mail.",
        "Everything else of this kind waits until that person has signed in.",
    )
    for words in alone:
        assert words not in adam.get("/people").text
    db.run(lambda s: accounts.deactivate(s, build.actor(s, who.adam), who.ada))
    assert "There is no other administrator today" in adam.get("/people").text
    for words in alone:
        assert words in adam.page


def test_no_page_shows_adam_a_link_to_the_auditors_account(app, db):
    """Fault X2, SR-80: not the reply, not the next pages, not the addresses; Aud's mailbox only."""
    who = build.council(db)
    token = db.run(build.invited, who.adam, who.aud)
    db.run(accounts.set_password, token, "seven grey buckets below")
    adam: Browser = signed_in(app, db, who.adam)
    path = f"/people/{who.aud}"
    reply = adam.send(path, path + "/invite")
    seen = reply.text + reply.location + "".join(
        adam.get(each).text for each in (path, "/people", "/account", path)
    )  # fmt: skip
    with adam.client.session_transaction() as cookie:
        seen += str(dict(cookie))
    mail = one(db, "SELECT body FROM outbox WHERE kind = 'account' ORDER BY id DESC LIMIT 1")
    link = re.search(r"/set-password/([\w-]+)", mail)[1]
    assert "/set-password/" not in seen
    assert link not in seen
    assert "It is shown to nobody else." in seen
    assert "Mail them a link for a new password" in adam.get(path).text


def test_closing_an_account_shows_the_posts_and_cover_to_come(app, db):
    """Fault P2: what begins tomorrow is asked about as well."""
    who = administering.set_up(db, ("adam",), ())
    adam = signed_in(app, db, who.adam)
    db.run(
        lambda s: accounts.hold_post(
            s, build.actor(s, who.adam), who.tess, administering.post_id(s, "member-place"), days(1)
        )
    )
    typed = {"post": post(db, "director-green"), "person": who.tess}
    typed |= boxes("from_on", days(2)) | boxes("last_on", days(6))
    rita = signed_in(app, db, who.rita)
    assert rita.send(f"/people/{who.rita}/cover/new", **typed).status_code == 303
    page = adam.get(f"/people/{who.tess}/deactivate").text
    assert "Member, Place Committee" in page
    assert "Tess Team covers Director of Green Spaces for Rita Director" in page


def test_an_account_opens_again_by_two_with_a_link_for_a_new_password(app, db, who):
    """Fault X1, SR-80: Vera's account waits for Ada; the link goes to Vera's mailbox alone."""
    adam, ada = signed_in(app, db, who.adam), signed_in(app, db, who.ada)
    page = f"/people/{who.vera}"
    adam.send(page + "/deactivate", reason="On leave")
    path = adam.send(page, page + "/reactivate").location
    assert path.startswith("/people/proposals/")
    assert "This is proposed." in adam.get(path).text
    shown = ada.get(path).text
    assert "The account of Vera Chief would be opened again" in shown
    assert "“Chief Executive”, held or covered, comes back with the account" in shown
    done = ada.send(path, path + "/agree")
    assert done.status_code == 303
    mail = "SELECT body FROM outbox WHERE kind = 'account' AND person_id = :p ORDER BY id DESC"
    link = re.search(r"https://localhost(/set-password/[\w-]+)", one(db, mail, p=who.vera))[1]
    assert link.rsplit("/")[-1] not in done.text + ada.get(path).text
    vera = Browser(app)
    assert vera.send(link, new_password="seven grey buckets below").status_code == 303
    signing = {"email": "vera@smallshire.example", "password": "seven grey buckets below"}
    assert vera.send("/sign-in", **signing).status_code == 303


def test_adam_alone_opens_an_account_and_its_owner_gets_the_link(app, db, who):
    """SR-15, SR-80: Tess leads a team; one click, and a link by mail."""
    adam = signed_in(app, db, who.adam)
    page = f"/people/{who.tess}"
    adam.send(page + "/deactivate", reason="On leave")
    done = adam.send(page, page + "/reactivate")
    assert done.location == page
    assert "A link for a new password is on its way to them." in adam.get(page).text
    mails = "SELECT count(*) FROM outbox WHERE body LIKE '%/set-password/%' AND person_id = :p"
    assert one(db, mails, p=who.tess) == 1


def test_my_work_says_what_waits_for_a_second_administrator(app, db, who):
    """SR-80: whoever can agree is told; whoever proposed it, or keeps no accounts, is not."""
    adam, ada, sue = (signed_in(app, db, each) for each in (who.adam, who.ada, who.sue))
    assert "as a second administrator" not in ada.get("/tasks").text
    path = propose(adam, db, who)
    page = ada.get("/tasks").text
    assert "1 proposal waits for you as a second administrator" in page
    assert "you are up to date" not in page
    assert page.index(">People and posts</a>, ") < page.index(">All plans</a>, ")
    for other in (adam, sue):
        assert "as a second administrator" not in other.get("/tasks").text
    ways = signed_in(app, db, who.monty).get("/tasks").text.split("Or look at")[-1]
    assert ">People and posts</a>, " not in ways
    assert ">Check the record</a>, " in ways
    page = ada.get(path).text
    assert "where the framework says so" not in page
    assert "Takes these steps: “" in page
    assert "Tess Team would cover" in page
    ada.send(path, path + "/agree")
    page = ada.get(path).text
    assert "It was agreed that Tess Team covers for Vera Chief" in page
    assert "would cover" not in page
    assert "as a second administrator" not in ada.get("/tasks").text
    mail = one(db, "SELECT body FROM outbox WHERE subject = 'What you proposed was agreed'")
    assert "It is done. You had proposed: Tess Team would cover" in mail


def test_nothing_that_the_service_wrote_to_others_keeps_a_removed_name(app, db, who):
    """INV-15: Ada agrees to what can no longer be done, since Connie covers already. The record
    names nobody for it; once Connie's name is removed, neither the proposal nor what Ada was told
    nor a mail that waits has it."""
    name = one(db, "SELECT name FROM person WHERE id = :p", p=who.connie)
    span = (clock.today(), days(7))
    at = post(db, "chief-executive")
    made = does(db, who.adam, accounts.set_cover, at, who.tess, *span, "Vera is ill")
    does(db, who.vera, accounts.set_cover, at, who.connie, *span)
    ada, page = signed_in(app, db, who.ada), f"/people/proposals/{made.id}"
    assert ada.send(page, f"{page}/agree").status_code == 303
    assert f"{name} covers this post at that time" in ada.get(page).text
    assert "It could no longer be done and is closed." in ada.page
    assert "Could no longer be done" in ada.page
    closed = "This could no longer be done and was closed."
    with pytest.raises(Blocked, match=closed):
        does(db, who.ada, agreeing.agree, made.id)
    reason = "It could no longer be done, for the reason that the page of the proposal gives."
    assert reason in one(db, "SELECT payload FROM event WHERE action = 'close_rights'")
    kept = "SELECT count(*) FROM event WHERE strpos(payload, :n) > 0"
    assert one(db, kept, n=name) == 0
    written = {
        table: f"SELECT count(*) FROM {table} AS t WHERE strpos(t::text, :n) > 0"
        for table in ("rights_proposal", "request_key", "outbox")
    }
    assert [table for table, asked in written.items() if not one(db, asked, n=name)] == []
    does(db, who.adam, accounts.deactivate, who.connie)
    does(db, who.adam, accounts.erase, who.connie, "She asked for it")
    assert [table for table, asked in written.items() if one(db, asked, n=name)] == []
    assert "Name removed covers this post at that time" in ada.get(page).text
    assert "Because" in ada.page
    assert one(db, kept, n=name) == 0
