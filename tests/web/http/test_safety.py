"""What a request must look like before any page sees it."""

import re

import pytest

from webui.http.request_checks import safe_next

ELSEWHERE = [
    None, "", "//e", "/\\e", "\\\\e", "///e", "https:e", "https://e", "http:/e", "/%2f%2fe",
    "/%2fe",
    "/%5ce", "/%252f%252fe", "/a//e", "/\te", "\t//e", "/\r\nSet-Cookie: a=b", "/\n/e",
    "javascript:alert(1)", "/javascript:%0aalert(1)", "data:text/html,x", "e", "plans", "?a",
    "https://localhost@e", "//localhost:80@e", "/é", "https://ｅ.com", "/\u2044e", "/.//e",
    "/a/../../e", "/%2e%2e//e", "/a#b", "/a b", "/" + "a" * 2000, "/\0", "/%00", "/%0d%0a",
]  # fmt: skip
OURS = ["/", "/tasks", "/plans/SVP-2028-HOUSING", "/plans?stage=Review&page=2", "/a/b-c?q=%C3%A9"]


@pytest.mark.parametrize("value", ELSEWHERE)
def test_next_never_leads_elsewhere(value):
    """SR-38: in no spelling."""
    assert safe_next(value) == "/"


@pytest.mark.parametrize("value", OURS)
def test_next_leads_to_pages_of_ours(value):
    assert safe_next(value) == value


def token(bare) -> str:
    return re.search(r'name="csrf_token"[^>]* value="([^"]+)"', bare.get("/form").text)[1]


@pytest.mark.parametrize("host", ["evil", "evil.example.org", "localhost.evil", "localhost@evil"])
def test_a_host_that_is_not_ours_is_refused(bare, host):
    """SR-39, SR-41: 400, and even that page may not be framed."""
    reply = bare.get("/form", headers={"Host": host})
    assert reply.status_code == 400
    assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]


def test_our_host_with_a_port_is_taken_and_forwarded_headers_count_for_nothing(bare):
    """SR-39: nobody outside says where we are."""
    forged = {"Host": "plans.example.gov.uk:8000", "X-Forwarded-Host": "evil"}
    assert bare.get("/form", headers=forged).status_code == 200


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/xml", "text/xml", "nonsense", "a/b; c"]
)
def test_only_form_posts_are_read(bare, kind):
    """SR-37: 415 for JSON, XML and plain text."""
    reply = bare.post("/form", data=b'{"title": "x"}', content_type=kind)
    assert reply.status_code == 415


def test_a_post_without_token_or_with_another_browsers_is_refused(bare_app, bare):
    """SR-34: none, empty, somebody else's, nonsense."""
    theirs = token(bare_app.test_client())
    for wrong in ({}, {"csrf_token": ""}, {"csrf_token": theirs}, {"csrf_token": "\0"}):
        token(bare)
        refused = bare.post("/form", data=wrong)
        assert refused.status_code == 400
        assert "or was not opened here. Nothing was saved." in refused.text
    taken = bare.post("/form", data={"csrf_token": token(bare)}).text
    assert "or was not opened here. Nothing was saved." not in taken


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.org"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost.evil"},
        {"Origin": "nonsense"},
    ],
)
def test_a_post_from_another_site_is_refused_even_with_a_token(bare, headers):
    data = {"csrf_token": token(bare)}
    nothing = "This was sent from another site, so nothing was done."
    reply = bare.post("/form", data=data, headers=headers)
    assert reply.status_code == 400
    assert nothing in reply.text
    assert nothing not in bare.post("/form", data=data).text


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://localhost"}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}],
)
def test_a_post_from_our_own_page_is_taken(bare, headers):
    data = {"csrf_token": token(bare)}
    assert bare.post("/form", data=data, headers=headers).status_code == 422


def test_no_method_is_taken_from_a_field_or_header(bare):
    """SR-36: a POST stays a POST."""
    data = {"csrf_token": token(bare), "_method": "DELETE"}
    reply = bare.post("/form?_method=DELETE", data=data, headers={"X-HTTP-Method-Override": "PUT"})
    assert reply.status_code == 422  # the form was read as the POST it is


@pytest.mark.parametrize(
    "number", ["2147483648", "9" * 5000, "-1", "٣", "1.0", "NaN", "0x1", "1%00"]
)
def test_a_number_that_is_no_row_is_not_found(bare, number):
    """SR-55: beyond 2^31 - 1, below nought, in other digits."""
    assert bare.get(f"/numbers/{number}").status_code == 404


def test_the_largest_number_is_taken(bare):
    assert bare.get("/numbers/2147483647").text == "2147483647"


@pytest.mark.parametrize(
    ("address", "status"),
    [("/form?q=%00", 400), ("/form?q=%ED%A0%80", 200), ("/form?%00=1", 400), ("/%00", 404),
     ("/form%ED%A0%80", 404), ("/form?q=caf%C3%A9", 200)],
)  # fmt: skip
def test_hidden_characters_in_an_address_are_refused(bare, address, status):
    """SR-55."""
    assert bare.get(address).status_code == status


FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="n"\r\n\r\nx\r\n'
TOO_MUCH = 2 * 1024 * 1024


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"body=" + b"x" * TOO_MUCH, FORM),
        (b"n=x&" * 501, FORM),
        (PART * 501 + b"--b--", MULTIPART),
        (PART.replace(b"x", b"x" * (TOO_MUCH + 1)) + b"--b--", MULTIPART),
    ],
    ids=["long", "many", "many parts", "long part"],
)
def test_a_form_beyond_the_limits_is_refused(bare, body, kind):
    assert bare.post("/form", data=body, content_type=kind).status_code == 413


def test_a_body_that_says_it_is_huge_is_refused_unread(bare):
    claimed = {"CONTENT_LENGTH": str(26 * 1024 * 1024)}
    reply = bare.post("/form", data=b"x", content_type=FORM, environ_overrides=claimed)
    assert reply.status_code == 413
