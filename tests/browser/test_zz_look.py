from datetime import date
from pathlib import Path
from sqlalchemy import select, text
from config.council import COUNCILS
from config.council_loading import load_council
from cycle import clock, people
from cycle.models import Person, Plan, PlanningYear
from tests import build, kit
from tests.browser.checking import Pages
from tests.browser.town import Town
from tests.browser.visitor import Visitor
from workflows import council_load, cycles, plans, sessions, sweep
from workflows.attempt import Evidence

OUT = Path("/tmp/look")
OUT.mkdir(exist_ok=True)
PATHS = {
    "sup": [
        "/tasks",
        "/tasks/posts",
        "/tasks/chase",
        "/board",
        "/board?stage=Proposals&late=y",
        "/entries",
        "/services-not-reviewed",
        "/golden-thread",
        "/cycles",
        "/cycles/new",
        "/cycles/C-2027",
        "/cycles/C-2027/years/1",
        "/cycles/C-2027/years/2",
        "/cycles/C-2027/years/2/open",
        "/cycles/C-2027/years/1/carry-over",
        "/cycles/take-in",
        "/cycles/take-in?plan_type=service_plan&unit=UNIT&year=2026",
        "/timetable/Y-2027-1",
        "/timetable/Y-2027-1?plan_type=service_plan",
        "/timetable/Y-2027-1/meetings",
        "/timetable/Y-2027-1/dates-to-move",
        "/timetable/Y-2027-1/print",
    ],
    "mgr": ["/tasks", "/tasks/waiting", "/tasks/done", "/board"],
}


def test_look(servers, chromium, tmp_path):
    town = Town(servers, "look", tmp_path)
    with clock.set_to(clock.at_local(date(2027, 6, 9))):
        db = town.db
        db.run(
            council_load.load, None, load_council(COUNCILS / "borsetshire"), build.framework_data()
        )
        q = "SELECT h.person_id FROM holding h JOIN post ON post.id=post_id JOIN queue ON queue.id=queue_id LEFT JOIN unit ON unit.id=queue.unit_id WHERE role=:r AND (:u='' OR unit.key=:u) LIMIT 1"
        hold = lambda r, u="": db.read(lambda s: s.execute(text(q), {"r": r, "u": u}).scalar_one())
        sup = hold("support_service")
        db.run(lambda s: cycles.create_cycle(s, build.actor(s, sup), build.FRAMEWORK, 2027))
        db.run(
            lambda s: cycles.open_year(
                s,
                build.actor(s, sup),
                s.scalars(select(PlanningYear.id).where(PlanningYear.ref == "Y-2027-1")).one(),
            )
        )
        refs = db.read(
            lambda s: [r for r in s.scalars(select(Plan.ref).where(Plan.ref.like("SPR-%")))]
        )
    town.it_is(date(2027, 6, 20))
    town.sweep()
    with clock.set_to(clock.at_local(date(2027, 7, 2))):
        for ref in refs[:6]:
            author = db.read(
                lambda s: s.execute(
                    text(
                        "SELECT h.person_id FROM task JOIN subject ON subject.id=subject_id JOIN post ON post.queue_id=task.queue_id JOIN holding h ON h.post_id=post.id WHERE ref=:r AND closed_at IS NULL AND task.kind='draft'"
                    ),
                    {"r": ref},
                ).scalar()
            )
            if not author:
                continue
            build.fill(db, ref, author)
            build.act(db, ref, "submit", author)
        unit = db.read(
            lambda s: s.execute(
                text("SELECT unit_id FROM subject WHERE ref=:r"), {"r": refs[0]}
            ).scalar_one()
        )
    town.it_is(date(2027, 7, 20))
    with clock.set_to(town.moment()):
        town.sweep()
        db.run(
            lambda s: s.execute(
                text(
                    "UPDATE meeting SET on_date = on_date + 7 WHERE body_id IN (SELECT id FROM body WHERE framework_key='policy_committee')"
                )
            )
        )
    mgr = hold(
        "group_manager",
        db.read(
            lambda s: s.execute(text("SELECT key FROM unit WHERE id=:u"), {"u": unit}).scalar_one()
        ),
    )
    import re, json
    from tests.browser.checking import no_sideways_scroll, strict

    pages = Pages()
    trouble = []
    for who, pid in (("sup", sup), ("mgr", mgr)):
        for width, height in ((1280, 900), (320, 700)):
            with clock.set_to(town.moment()):
                token = db.run(lambda s: sessions.begin(s, s.get_one(Person, pid), "x"))
            client = town.app.test_client()
            with client.session_transaction(base_url="https://localhost") as c:
                c["_user_id"] = token
                c["_fresh"] = True
            cookie = client.get_cookie("__Host-sid").value
            ctx = chromium.new_context(viewport={"width": width, "height": height})
            ctx.add_cookies(
                [
                    {
                        "name": "__Host-sid",
                        "value": cookie,
                        "url": "https://127.0.0.1/",
                        "secure": True,
                        "httpOnly": True,
                    }
                ]
            )
            page = ctx.new_page()
            for path in PATHS[who]:
                path = path.replace("UNIT", str(unit))
                import time

                t = time.monotonic()
                r = page.goto(town.url + path)
                took = time.monotonic() - t
                name = who + "_" + re.sub(r"\W+", "_", path).strip("_")[:50] + f"_{width}.png"
                page.screenshot(
                    path=OUT / name,
                    full_page=True,
                    clip={"x": 0, "y": 0, "width": width, "height": 1500}
                    if page.evaluate("document.documentElement.scrollHeight") > 1500
                    else None,
                )
                wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
                axe = page.evaluate(
                    Path("node_modules/axe-core/axe.min.js").read_text()
                    + "; axe.run({runOnly:['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']}).then(r=>r.violations.map(v=>v.id+': '+v.nodes.slice(0,2).map(n=>n.html.slice(0,150)).join(' | ')))"
                )
                print(
                    r.status, f"{took * 1000:.0f}ms", width, path, "SIDEWAYS" if wide else "", axe
                )
                if r.status != 200 or wide or axe:
                    trouble.append((path, width))
    town.close()
    print(trouble)
