"""Adam, the administrator, gives people accounts, posts and cover; everybody else may look."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from cycle import clock
from tests import build
from tests.web.browsing import Browser

REFUSED_TO_MO = ["/people/new", "/people/{mo}/posts/new", "/people/{mo}/deactivate", "/units/5"]


def one(db, sql, **given):
    return db.read(lambda s: s.scalar(text(sql), given))


def boxes(day, name="last_on"):
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


def post_id(db, key):
    return one(db, "SELECT id FROM post WHERE key = :k", k=key)


def test_officers_look_and_find_and_members_do_not(signed, who):
    mo = signed("mo")
    page = mo.get("/people").text
    assert "Group manager, Housing" in page
    assert "Committees and groups" in page
    assert "Add a person" not in page
    found = mo.get("/people?q=lettings").text
    assert "Tess Team" in found
    assert "Pat Parks" not in found
    assert "Nobody and no post has" not in found
    assert "Nobody and no post has" in mo.get("/people?q=%25").text
    assert signed("mem").get("/people").status_code == 403
    assert signed("mem").get(f"/people/{who.mo}").status_code == 403
    assert signed("mem").get(f"/people/{who.mem}").status_code == 200


@pytest.mark.parametrize("path", REFUSED_TO_MO)
def test_mo_may_change_nothing(signed, who, path):
    mo = signed("mo")
    assert mo.get(path.format(mo=who.mo)).status_code == 403
    assert "Deactivate" not in mo.get(f"/people/{who.pat}").text


def test_adam_adds_nina_who_alone_gets_her_link_by_mail(signed, app, db):
    """Fault X2, SR-80: no page shows an administrator a link with which somebody else signs in."""
    adam = signed("adam")
    once = "It works once, for seven days, and nobody else is shown it."
    assert once in adam.get("/people/new").text
    made = adam.send("/people/new", name="Nina New", email="nina@smallshire.example")
    assert made.status_code == 303
    page = adam.get(made.location).text
    link = re.search(
        r"https://localhost(/set-password/[\w-]+)",
        one(db, "SELECT body FROM outbox WHERE kind = 'account'"),
    )[1]
    assert "/set-password/" not in made.text + page
    kept = one(db, "SELECT string_agg(payload || location || message, '') FROM request_key")
    assert link.rsplit("/")[-1] not in kept
    nina = Browser(app)
    assert nina.send(link, new_password="seven grey buckets below").status_code == 303
    signing = {"email": "NINA@smallshire.example", "password": "seven grey buckets below"}
    assert nina.send("/sign-in", **signing).status_code == 303
    assert nina.get("/account").status_code == 200
    assert "New password" not in Browser(app).get(link).text, "it worked once"


def test_the_same_form_twice_adds_one_person(signed, db):
    adam = signed("adam")
    adam.get("/people/new")
    token = {
        n: re.search(rf'name="{n}"[^>]*value="([^"]+)"', adam.page)[1]
        for n in ("csrf_token", "form_key")
    }
    form = token | {"name": "Nina New", "email": "nina@smallshire.example"}
    first, second = adam.post("/people/new", form), adam.post("/people/new", form)
    assert first.location == second.location
    assert one(db, "SELECT count(*) FROM person WHERE email = 'nina@smallshire.example'") == 1
    assert adam.post("/people/new", form | {"name": "Somebody Else"}).status_code == 409


def test_a_second_account_with_the_same_address_is_refused_and_the_text_kept(signed, db):
    adam = signed("adam")
    reply = adam.send("/people/new", name="Another Mo", email="MO@smallshire.example")
    assert reply.status_code == 422
    assert "Another Mo" in reply.text
    assert "signs in with this address already" in reply.text
    assert adam.send("/people/new", name="", email="x").status_code == 422


def test_a_post_is_held_from_and_to_and_by_one_person(signed, db, who):
    adam = signed("adam")
    path = f"/people/{who.pat}/posts/new"
    post = post_id(db, "manager-housing")
    refused = adam.send(path, post=post)
    assert refused.status_code == 422
    assert "Mo Manager holds this post" in refused.text
    today = clock.today()
    held = one(db, "SELECT id FROM appointment WHERE person_id = :p", p=who.mo)
    ends = f"/people/{who.mo}/posts/{held}/end"
    assert adam.send(ends, **boxes(today + timedelta(days=6))).status_code == 303
    assert (
        adam.send(path, post=post, **boxes(today + timedelta(days=7), "from_on")).status_code == 303
    )
    first = one(
        db,
        "SELECT lower(during) FROM appointment WHERE person_id = :p AND post_id = :o",
        p=who.pat,
        o=post,
    )
    assert first == today + timedelta(days=7)
    assert adam.get(f"/people/{who.pat}/posts/{held}/end").status_code == 404, "not hers"


def test_mo_sets_cover_for_his_own_post_and_for_nobody_elses(signed, db, who):
    mo = signed("mo")
    today = clock.today()
    path = f"/people/{who.mo}/cover/new"
    form = {"post": post_id(db, "manager-housing"), "person": who.tess}
    form |= boxes(today, "from_on") | boxes(today + timedelta(days=4))
    assert mo.send(path, **form).status_code == 303
    assert "is covered by" in mo.get(f"/people/{who.mo}").text
    assert "Covers Group manager, Housing" in signed("tess").get(f"/people/{who.tess}").text
    assert one(db, "SELECT upper(during) FROM cover") == today + timedelta(days=5)
    assert mo.get(f"/people/{who.pat}/cover/new").status_code == 403
    theirs = form | {"post": post_id(db, "manager-parks")}
    assert mo.send(path, **theirs).status_code == 422
    cover = one(db, "SELECT id FROM cover")
    assert signed("pat").send(
        f"/people/{who.pat}", f"/people/{who.pat}/cover/{cover}/end"
    ).status_code in (400, 404)
    assert mo.send(f"/people/{who.mo}", f"/people/{who.mo}/cover/{cover}/end").status_code == 303
    assert one(db, "SELECT count(*) FROM cover WHERE upper(during) > current_date") == 0


def test_a_leaver_is_deactivated_erased_and_the_record_still_checks(signed, db, who):
    adam = signed("adam")
    tess = f"/people/{who.tess}"
    assert adam.send(tess + "/remove-name", reason="Asked for it").status_code == 422
    assert "Tess Team is told by mail." in adam.get(tess + "/deactivate").text
    assert adam.send(tess + "/deactivate", reason="Left").status_code == 303
    assert one(db, "SELECT count(*) FROM outbox WHERE person_id = :p", p=who.tess) == 1
    assert "Tess Team" in adam.get("/people").text, "among those who cannot sign in"
    assert adam.send(tess, tess + "/reactivate").status_code == 303
    assert adam.send(tess + "/deactivate").status_code == 303
    checks = "What was done stays, and the record still checks."
    assert checks in adam.get(tess + "/remove-name").text
    assert adam.send(tess + "/remove-name", reason="Asked for it").status_code == 303
    assert "Tess Team" not in adam.get(tess).text
    assert "What was done stays on the record." in adam.page
    assert "Tess Team" not in adam.get("/people").text
    report = signed("aud").get("/audit/verify", headers={"Accept": "application/json"}).json
    assert report["ok"], [each for each in report["checks"] if not each["ok"]]


def test_adam_neither_gives_himself_a_post_nor_deactivates_himself(signed, db, who):
    adam = signed("adam")
    post = post_id(db, "auditor")
    held = one(db, "SELECT id FROM appointment WHERE person_id = :p", p=who.aud)
    adam.send(f"/people/{who.aud}/posts/{held}/end")
    assert adam.send(f"/people/{who.adam}/posts/new", post=post).status_code == 422
    assert adam.send(f"/people/{who.adam}/deactivate").status_code == 422
    none = "None. Ask the support service, if you should have one."
    assert none in signed("aud").get("/account").text
    assert none not in adam.get("/account").text
    assert one(db, "SELECT active FROM person WHERE id = :p", p=who.adam)


def test_the_last_of_the_support_service_stays_reachable(signed, who):
    reply = signed("adam").send(f"/people/{who.sue}/deactivate", reason="Left")
    assert reply.status_code == 422
    assert "support service" in reply.text


def test_units_are_added_merged_and_closed(signed, db):
    adam = signed("adam")
    units = {
        key: one(db, "SELECT id FROM unit WHERE key = :k", k=key)
        for key in ("homes", "housing", "parks")
    }
    assert (
        adam.send(
            f"/units/{units['homes']}/add", name="Repairs & Care", level="service"
        ).status_code
        == 303
    )
    assert one(db, "SELECT key FROM unit WHERE name = 'Repairs & Care'") == "repairs-care"
    itself = "Nothing: it is the council itself"
    assert itself not in adam.get(f"/units/{units['parks']}").text
    top = one(db, "SELECT id FROM unit WHERE parent_id IS NULL")
    assert itself in adam.get(f"/units/{top}").text
    refused = adam.send(f"/units/{units['parks']}/close", reason="No longer needed")
    assert refused.status_code == 422
    assert "still held" in refused.text
    merged = {"into": units["housing"], "open_plans": "carry", "reason": "One service"}
    mail = "everybody concerned is told by mail"
    assert mail in " ".join(adam.get(f"/units/{units['parks']}/merge").text.split())
    assert adam.send(f"/units/{units['parks']}/merge", **merged).status_code == 303
    written = "SELECT string_agg(key, ' ' ORDER BY key) FROM person WHERE id IN " \
              "(SELECT person_id FROM outbox)"  # fmt: skip
    assert one(db, written) == "mo pat"
    page = adam.get("/units").text
    assert "Units that have ended" in page
    assert adam.get(f"/units/{units['parks']}").status_code == 404
    assert signed("mo").get("/units").status_code == 200


def test_extra_fields_change_nothing(signed, db, who):
    adam = signed("adam")
    extra = {"id": who.mo, "active": "", "role": "administrator", "is_system": "1", "salt": "x"}
    reply = adam.send("/people/new", name="Nina New", email="nina@smallshire.example", **extra)
    assert reply.status_code == 303
    row = db.read(
        lambda s: s.execute(
            text("SELECT * FROM person WHERE email = 'nina@smallshire.example'")
        ).one()
    )
    assert (row.active, row.is_system, row.salt == "x", row.id == who.mo) == (
        True,
        False,
        False,
        False,
    )


def test_the_box_about_four_eyes_stands_only_below_that_warning(signed, db, who):
    """Mo wrote Housing's plan, which Ray passes on; another refusal asks nobody about plans."""
    build.cycle(db, who)
    build.issue_outcomes(db, who)
    build.act(db, "SVP-2028-HOUSING", "start", None)
    build.fill(db, "SVP-2028-HOUSING", who.mo)
    ray, today = signed("ray"), clock.today()
    path, box = f"/people/{who.ray}/cover/new", "I know, and leave those plans to others"
    first, last = boxes(today, "from_on"), boxes(today + timedelta(days=4))
    form = {"post": post_id(db, "director-homes"), "person": who.mo}
    turned = ray.send(
        path, **form, **boxes(today, "last_on"), **boxes(today + timedelta(days=4), "from_on")
    )
    assert turned.status_code == 422
    assert box not in turned.text
    unsaid = ray.send(path, **form, **first)
    assert unsaid.status_code == 422
    assert box not in unsaid.text
    warned = ray.send(path, **form, **first, **last)
    assert "could then not pass on" in warned.text
    assert box in warned.text
    assert ray.send(path, **form, **first, **last, knows="y").status_code == 303
