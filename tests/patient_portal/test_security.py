"""What guards every answer and every request, whatever the page."""

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from structlog.testing import capture_logs

from clinic.sessions.models import PatientSession
from patient_portal.app import routes
from patient_portal.web.security import origin_of, path_inside
from tests.patient_portal.practice import BORN, EMAIL, PASSWORD, Practice, Visitor, register
from tests.words import predictable

PAGES = [
    "/willow-creek/",
    "/willow-creek/register/invitation",
    "/willow-creek/register/sent",
    "/willow-creek/documents",
    "/willow-creek/nowhere",
    "/nowhere/",
    "/",
    "/verify",
    "/healthz",
    "/readyz",
]


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_carries_the_headers(practice: Practice, visitor: Visitor, path: str) -> None:
    headers = (await visitor.get(path)).response.headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "img-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers
    assert len(headers["x-request-id"]) == 32


async def test_pages_hold_nothing_the_policy_forbids(practice: Practice, visitor: Visitor) -> None:
    page = await visitor.follow(await practice.invite())
    for forbidden in (" style=", " onclick=", " onload=", "<style", "javascript:", "http://", "https://"):
        assert forbidden not in page.response.text


async def test_files_may_be_kept_for_a_year_at_their_own_address_only(practice: Practice, visitor: Visitor) -> None:
    home = (await visitor.get("/willow-creek/")).response.text
    addresses = [part.split('"')[0] for part in home.split('href="')[1:] + home.split('src="')[1:]]
    versioned = [address for address in addresses if "?v=" in address]
    assert {address.split("?")[0] for address in versioned} == {
        "/static/portal.css",
        "/static/show-password.js",
        "/willow-creek/theme.css",
        "/willow-creek/logo.png",
        "/willow-creek/icon.png",
    }
    for address in versioned:
        answer = (await visitor.get(address)).response
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        stale = (await visitor.get(address[:-1] + "!")).response
        assert (stale.status_code, stale.headers["cache-control"]) == (200, "no-store")


@pytest.mark.parametrize("name", ["..%2Fapp.py", "nothing.css", "portal.css%00"])
async def test_static_files_are_only_those_in_the_folder(practice: Practice, visitor: Visitor, name: str) -> None:
    assert (await visitor.get(f"/static/{name}")).status == 404


async def test_cookies_over_https_are_host_bound_and_secure(practice: Practice, https_visitor: Visitor) -> None:
    link = await practice.invite()
    opened = await https_visitor.get(link)
    form = await https_visitor.get(opened.goes_to)
    done = await https_visitor.send(form, date_of_birth=BORN.isoformat(), password=PASSWORD)
    cookies = [
        cookie
        for page in (opened, form, done)
        for cookie in page.response.headers.get_list("set-cookie")
        if "Max-Age=0" not in cookie
    ]
    assert [cookie.split("=")[0] for cookie in cookies] == [
        "__Host-invitation-willow-creek",
        "__Host-visitor",
        "__Host-session-willow-creek",
        "__Host-language",
    ]
    for cookie in cookies:
        attributes = {part.strip() for part in cookie.split(";")[1:]}
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= attributes
        assert not any(part.startswith("Domain") for part in attributes)
    assert done.response.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert (await https_visitor.get("/willow-creek/documents")).status == 200


async def test_cookies_over_http_have_plain_names(practice: Practice, visitor: Visitor) -> None:
    await register(visitor, await practice.invite())
    assert set(visitor.http.cookies) == {"visitor", "session-willow-creek", "language"}


@pytest.mark.parametrize("token", [None, "", "0" * 64, "é", "x" * 5000])
async def test_form_without_its_token_changes_nothing_and_keeps_what_was_typed(
    practice: Practice, visitor: Visitor, token: str | None
) -> None:
    form = await visitor.follow(await practice.invite())
    born = {"date_of_birth-day": "12", "date_of_birth-month": "4", "date_of_birth-year": "1956"}
    fields = {**form.fields, **born, "password": PASSWORD}
    del fields["csrf_token"]
    page = await visitor.post(form.response.url.path, fields if token is None else {**fields, "csrf_token": token})
    assert page.status == 403
    assert "This page was open too long" in page.text
    assert born.items() <= page.fields.items()
    assert await PatientSession.all().count() == 0
    again = await visitor.send(page, password=PASSWORD)
    assert again.status == 303


async def test_token_of_another_browser_is_refused(practice: Practice, app: Starlette, visitor: Visitor) -> None:
    theirs = (await Visitor(app).get("/willow-creek/")).fields["csrf_token"]
    page = await visitor.fill("/willow-creek/", csrf_token=theirs, email=EMAIL, password=PASSWORD)
    assert page.status == 403


async def test_token_of_another_practice_is_refused(
    practice: Practice, other_practice: Practice, visitor: Visitor
) -> None:
    theirs = (await visitor.get("/harbor-house/")).fields["csrf_token"]
    page = await visitor.fill("/willow-creek/", csrf_token=theirs, email=EMAIL, password=PASSWORD)
    assert page.status == 403


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8001"}, False),
        ({"origin": "http://127.0.0.1:8001"}, True),
        ({"origin": "null"}, True),
        ({"origin": "http://127.0.0.1:9999"}, False),
        ({"origin": "https://evil.example"}, False),
        ({}, True),
    ],
)
async def test_forms_another_site_sent_are_stopped(
    practice: Practice, visitor: Visitor, headers: dict[str, str], passes: bool
) -> None:
    await register(visitor, await practice.invite())
    ended = await PatientSession.filter(ended_at=None).count()
    form = await visitor.get("/willow-creek/register/sent")
    token = form.response.text.split('id="sign-out-token" name="csrf_token" type="hidden" value="')[1].split('"')[0]
    page = await visitor.post("/willow-creek/sign-out", {"csrf_token": token}, **headers)
    assert page.status == (303 if passes else 403)
    assert await PatientSession.filter(ended_at=None).count() == (0 if passes else ended)


async def test_reading_from_elsewhere_is_welcome(practice: Practice, visitor: Visitor) -> None:
    assert (await visitor.get("/willow-creek/", **{"sec-fetch-site": "cross-site"})).status == 200


@pytest.mark.parametrize("forged", ["evil.example", "willow-creek.evil.example:80", "[::1"])
async def test_host_header_is_never_used_in_an_address(practice: Practice, visitor: Visitor, forged: str) -> None:
    link = await practice.invite()
    more = {"host": forged, "x-forwarded-host": "evil.example", "x-forwarded-proto": "gopher"}
    for path in ("/willow-creek", "/Willow-Creek/", link, "/willow-creek/documents", "/willow-creek/"):
        answer = (await visitor.get(path, **more)).response
        assert "evil" not in predictable(answer.text + str(answer.headers))
        assert answer.headers.get("location", "/willow-creek/").startswith("/willow-creek/")


@pytest.mark.parametrize("size", [1_000_001, 5_000_000])
async def test_body_over_a_megabyte_is_refused_before_it_is_read(
    practice: Practice, visitor: Visitor, size: int
) -> None:
    page = await visitor.fill("/willow-creek/", email=EMAIL, password="x" * size)
    assert page.status == 413
    assert "Willow Creek Counseling" in page.response.text


async def test_body_that_hides_its_length_is_cut_off(practice: Practice, visitor: Visitor) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"password=" + b"x" * 50_000

    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await visitor.http.post("/willow-creek/", content=chunks(), headers=form)
    assert answer.status_code == 413


async def test_longest_allowed_password_is_judged_whole(practice: Practice, app: Starlette, visitor: Visitor) -> None:
    password = ("correct horse battery staple " * 7)[:200]
    await register(visitor, await practice.invite(), password)
    elsewhere = Visitor(app)
    cut = await elsewhere.fill("/willow-creek/", email=EMAIL, password=password[:199])
    whole = await elsewhere.fill("/willow-creek/", email=EMAIL, password=password)
    assert (cut.status, whole.status) == (422, 303)


@pytest.mark.parametrize("nasty", [b"email=a%00b&password=x", b"%00=1", b"email=%ff%fe&password=%ed%a0%80", b"&&==;;"])
async def test_strange_bytes_are_answered_in_words(practice: Practice, visitor: Visitor, nasty: bytes) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await visitor.http.post("/willow-creek/", content=nasty, headers=form)
    assert answer.status_code in (400, 403)
    assert "<h1>" in answer.text


async def test_files_and_broken_multipart_are_answered_in_words(practice: Practice, visitor: Visitor) -> None:
    for headers, content in [
        ({"content-type": "multipart/form-data"}, b"--x"),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x\r\nnonsense"),
        ({"content-type": "application/json"}, b"{}"),
    ]:
        answer = await visitor.http.post("/willow-creek/", content=content, headers=headers)
        assert answer.status_code in (400, 403)


async def test_markup_in_what_is_typed_stays_text(practice: Practice, visitor: Visitor) -> None:
    typed = '"><script>alert(1)</script>{{7*7}}%(name)s'
    page = await visitor.fill("/willow-creek/", email=typed, password="x")
    assert "<script>alert" not in page.response.text
    assert page.fields["email"] == typed


async def test_log_has_the_room_but_neither_the_address_nor_what_was_typed(
    practice: Practice, visitor: Visitor
) -> None:
    link = await practice.invite()
    with capture_logs() as lines:
        await register(visitor, link)
    assert [(line["method"], line["page"], line["status"]) for line in lines] == [
        ("GET", "open_link", 303),
        ("GET", "invitation", 200),
        ("POST", "invitation", 303),
    ]
    for secret in (link.rpartition("/")[2], PASSWORD, BORN.isoformat(), EMAIL):
        assert secret not in str(lines)


def test_every_form_is_guarded_by_the_practices_door() -> None:
    for route in routes():
        assert isinstance(route, Route)
        # Nobody's page has guards of its own, which `test_verification.py` shows.
        if route.methods and "POST" in route.methods and route.path != "/verify":
            assert route.path.startswith("/{slug}/")
            assert hasattr(route.endpoint, "__wrapped__")


def test_origins_are_written_as_browsers_do() -> None:
    assert origin_of("https://Portal.Example.org:443/x") == "https://portal.example.org"
    assert origin_of("http://127.0.0.1:8001") == "http://127.0.0.1:8001"


def test_paths_inside_are_plain() -> None:
    assert path_inside("a", "/a/")
    assert path_inside("a", "/a/documents/3f2504e0-4f89-11d3-9a0c-0305e82c3301/sign")
    assert not path_inside("a", "/a")
    assert not path_inside("a", "/a/x?y=1")
