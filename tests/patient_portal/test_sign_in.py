"""Signing in, coming back to where one was, signing out."""

import re
from datetime import timedelta

import pytest
from starlette.applications import Starlette

from clinic.organizations.models import Organization
from clinic.portal_access.models import PortalAccount
from clinic.sessions.models import PatientSession
from tests.patient_portal.practice import EMAIL, PASSWORD, Practice, Visitor, register

HOME = "/willow-creek/"


@pytest.fixture
async def registered(practice: Practice, app: Starlette) -> Practice:
    """The practice after its contact has registered, in another browser, and left."""
    nora = Visitor(app)
    await register(nora, await practice.invite())
    await sign_out(nora)
    return practice


async def sign_in(visitor: Visitor, path: str = HOME, password: str = PASSWORD) -> str:
    page = await visitor.fill(path, email=EMAIL, password=password)
    assert page.status == 303, page.text
    return page.goes_to


async def sign_out(visitor: Visitor) -> str:
    page = await visitor.get("/willow-creek/documents")
    token = re.search(r'id="sign-out-token" name="csrf_token" type="hidden" value="([0-9a-f]+)"', page.response.text)
    assert token is not None
    left = await visitor.post("/willow-creek/sign-out", {"csrf_token": token[1]})
    assert left.status == 303
    return left.goes_to


async def test_right_password_opens_the_documents(registered: Practice, visitor: Visitor) -> None:
    assert await sign_in(visitor) == "/willow-creek/documents"
    page = await visitor.get("/willow-creek/documents")
    assert "Nothing has been shared with you yet" in page.text
    assert "Your account is ready" not in page.text
    assert (await visitor.get(HOME)).goes_to == "/willow-creek/documents"


async def test_address_may_be_typed_in_another_form(registered: Practice, visitor: Visitor) -> None:
    page = await visitor.fill(HOME, email=" Nora.GRAY@Example.COM ", password=PASSWORD)
    assert page.status == 303


async def test_wrong_password_and_unknown_address_get_the_same_answer(registered: Practice, visitor: Visitor) -> None:
    pages = []
    for email in (EMAIL, "nobody@example.com", "not an address"):
        page = await visitor.fill(HOME, email=email, password="not the right password")
        # Each form has a number of its own (docs/decisions/0022-two-clicks.md).
        text = page.response.text.replace(email, "").replace(page.fields["csrf_token"], "")
        pages.append((page.status, text))
        assert len(page.fields["csrf_token"]) == 128
        assert page.fields["email"] == email
    assert pages[0][0] == 422
    assert "The email address or the password is not right." in pages[0][1]
    assert pages[0] == pages[1] == pages[2]
    assert await PatientSession.filter(ended_at=None).count() == 0


@pytest.mark.parametrize(
    ("phone", "language", "words"),
    [
        ("+1 208 555 0100", "en", "Your account is closed. Nobody can sign in with it. If you need it, call {}: {}."),
        ("+1 208 555 0100", "es", "Su cuenta está cerrada. Nadie puede iniciar sesión con ella. Si la necesita, llame"),
        ("", "en", "Your account is closed. Nobody can sign in with it. Ask the practice if you need it."),
    ],
)
async def test_closed_account_is_told_to_who_types_its_password_and_to_nobody_else(
    registered: Practice, visitor: Visitor, phone: str, language: str, words: str
) -> None:
    await Organization.all().update(phone=phone)
    await PortalAccount.all().update(disabled_at=registered.clock.now(), disabled_reason="moved away")
    before = await PatientSession.all().count()
    page = await visitor.fill(f"{HOME}?lang={language}", email=EMAIL, password=PASSWORD)
    assert page.status == 422
    assert words.format(registered.organization.name, phone) in page.text
    assert "moved away" not in page.response.text
    wrong = await visitor.fill(HOME, email=EMAIL, password="not the right password")
    unknown = await visitor.fill(HOME, email="nobody@example.com", password="not the right password")
    assert wrong.status == unknown.status == 422
    assert wrong.text == unknown.text
    assert "closed" not in wrong.text
    assert "cerrada" not in wrong.text
    assert await PatientSession.all().count() == before


async def test_empty_boxes_are_named(registered: Practice, visitor: Visitor) -> None:
    page = await visitor.fill(HOME, email="", password="")
    assert page.status == 422
    assert page.response.text.count("Enter your email address.") == 2
    assert 'href="#password">Enter your password.' in page.response.text
    assert "<title>Error: Sign in" in page.response.text


async def test_too_many_tries_pause_even_the_right_password(registered: Practice, visitor: Visitor) -> None:
    for _ in range(10):
        await visitor.fill(HOME, email=EMAIL, password="not the right password")
    page = await visitor.fill(HOME, email=EMAIL, password=PASSWORD)
    assert (page.status, page.response.headers["retry-after"]) == (429, "900")
    registered.clock.advance(timedelta(minutes=16))
    await sign_in(visitor)


async def test_ended_session_comes_back_to_where_it_was(registered: Practice, visitor: Visitor) -> None:
    await sign_in(visitor)
    registered.clock.advance(timedelta(minutes=31))
    away = await visitor.get("/willow-creek/documents")
    assert (away.status, away.goes_to) == (303, "/willow-creek/?next=%2Fwillow-creek%2Fdocuments")
    page = await visitor.get(away.goes_to)
    assert "For your safety, your session has ended." in page.text
    assert page.fields["next"] == "/willow-creek/documents"
    assert await sign_in(visitor, away.goes_to) == "/willow-creek/documents"


async def test_stranger_is_asked_to_sign_in_first(practice: Practice, visitor: Visitor) -> None:
    page = await visitor.follow("/willow-creek/documents")
    assert "Sign in to see this page." in page.text


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/harbor-house/documents",
        "/willow-creek/../harbor-house/",
        "/willow-creek/%2e%2e/harbor-house/",
        "/willow-creek//evil.example",
        "/willow-creek/\r\nLocation:x",
        "/willow-creek/documents\n",
        "/willow-creekx/documents",
        "javascript:alert(1)",
    ],
)
async def test_nobody_is_led_outside_after_signing_in(registered: Practice, visitor: Visitor, wanted: str) -> None:
    page = await visitor.fill(HOME, email=EMAIL, password=PASSWORD, next=wanted)
    assert (page.status, page.goes_to) == (303, "/willow-creek/documents")


async def test_sign_out_ends_the_session_on_the_server_too(registered: Practice, visitor: Visitor) -> None:
    await sign_in(visitor)
    stolen = dict(visitor.http.cookies)
    assert await sign_out(visitor) == "/willow-creek/?left=1"
    assert "You are signed out." in (await visitor.get("/willow-creek/?left=1")).text
    visitor.http.cookies.update(stolen)
    assert (await visitor.get("/willow-creek/documents")).status == 303
    assert await PatientSession.filter(ended_at=None).count() == 0


async def test_sign_out_without_a_session_is_no_error(practice: Practice, visitor: Visitor) -> None:
    assert (await visitor.post("/willow-creek/sign-out", {})).goes_to == "/willow-creek/?left=1"


async def test_another_site_cannot_sign_people_out(registered: Practice, visitor: Visitor) -> None:
    await sign_in(visitor)
    assert (await visitor.post("/willow-creek/sign-out", {"csrf_token": "0" * 64})).status == 403
    assert (await visitor.get("/willow-creek/documents")).status == 200


async def test_signing_in_again_ends_the_former_session(registered: Practice, visitor: Visitor) -> None:
    form = await visitor.get(HOME)
    for _ in range(2):
        assert (await visitor.send(form, email=EMAIL, password=PASSWORD)).status == 303
    assert await PatientSession.filter(ended_at=None).count() == 1


async def test_session_of_one_practice_is_none_at_another(
    registered: Practice, other_practice: Practice, visitor: Visitor
) -> None:
    await sign_in(visitor)
    token = visitor.http.cookies["session-willow-creek"]
    assert (await visitor.get("/harbor-house/documents")).status == 303
    visitor.http.cookies.set("session-harbor-house", token)
    assert (await visitor.get("/harbor-house/documents")).status == 303
    assert (await visitor.get("/willow-creek/documents")).status == 200


async def test_same_address_at_another_practice_is_another_account(
    registered: Practice, other_practice: Practice, visitor: Visitor
) -> None:
    page = await visitor.fill("/harbor-house/", email=EMAIL, password=PASSWORD)
    assert page.status == 422
