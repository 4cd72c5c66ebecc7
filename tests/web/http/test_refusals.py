"""Each kind of refusal has its status and one plain page."""

import re

import pytest

STATUS = {
    "not-found": 404, "not-permitted": 403, "not-available": 409, "out-of-date": 409,
    "repeated": 409, "blocked": 422, "bad-input": 422, "unreachable": 503,
}  # fmt: skip


def plain(page: str) -> str:
    """The page without what is new in every reply."""
    return re.sub(r'nonce="[^"]+"', "", page)


@pytest.mark.parametrize(("kind", "status"), STATUS.items())
def test_each_refusal_has_its_status_and_says_its_sentence(bare, kind, status):
    from_page = bare.get(f"/refused/{kind}")
    assert from_page.status_code == status
    assert from_page.text.count("<h1") == 1
    words = re.search(r"(?s)<main.*</main>", from_page.text)[0].lower()
    assert "invalid" not in words
    assert "error" not in words


def test_a_secret_plan_looks_like_one_that_does_not_exist(bare):
    secret, nothing = bare.get("/refused/not-found"), bare.get("/nowhere")
    assert plain(secret.text) == plain(nothing.text)
    assert "Housing" not in secret.text
    assert sorted(secret.headers.keys()) == sorted(nothing.headers.keys())


def test_every_reason_of_a_blocked_act_is_shown(bare):
    page = bare.get("/refused/blocked").text
    assert "Section 2 has no text." in page
    assert "Section 3 has no text." in page


def test_a_busy_service_says_when_to_come_back(bare):
    assert bare.get("/refused/unreachable").headers["Retry-After"] == "60"


def test_an_unexpected_failure_gives_a_number_and_nothing_of_the_inside(bare, caplog):
    """SR-70: a number that also stands in the log; no path, SQL or stack."""
    reply = bare.get("/broken")
    number = re.search(r"<strong>([0-9a-f]{8})</strong>", reply.text)[1]
    assert any(number in record.getMessage() for record in caplog.records)
    assert "Nothing was saved." in reply.text
    for inside in ("SELECT", "/srv", "Traceback", "RuntimeError"):
        assert inside not in reply.text


def test_what_mo_typed_is_shown_again_when_it_could_not_be_saved(bare):
    text = "Two years of waiting lists, <b>in words</b>"
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', bare.get("/form").text)[1]
    fields = {"body": text, "password": "a very long secret indeed", "csrf_token": token}
    page = bare.post("/refused/unreachable", data=fields).text
    assert "Two years of waiting lists, &lt;b&gt;in words&lt;/b&gt;" in page
    assert "very long secret" not in page
    assert token not in page


def test_a_method_that_is_not_open_names_those_that_are(bare):
    assert "POST" in bare.put("/form").headers["Allow"]


def test_a_page_frame_that_fails_still_gives_a_plain_page(own_app):
    @own_app.context_processor
    def no_database() -> dict[str, object]:
        raise RuntimeError("the database is away")

    reply = own_app.test_client().get("/refused/unreachable")
    assert reply.status_code == 503
    assert "<h1>Sorry, the service is busy</h1>" in reply.text
