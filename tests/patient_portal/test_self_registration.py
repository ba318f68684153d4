"""Coming uninvited: the same answer for everybody, a button behind a letter, and nothing to see until connected."""

import pytest
from starlette.applications import Starlette

from clinic.mail.models import Letter
from clinic.portal_access.models import PortalAccount
from clinic.sessions.models import PatientSession
from tests.factories.contents import nothing_changes
from tests.patient_portal.people import NEW_PASSWORD, self_register, verify, walk_in
from tests.patient_portal.practice import EMAIL, PASSWORD, Practice, Visitor


async def test_register_verify_and_nothing_to_see_yet(practice: Practice, visitor: Visitor) -> None:
    answer = await self_register(visitor)
    assert (answer.status, answer.goes_to) == (303, "/willow-creek/register/received")
    assert "We have sent you an email" in (await visitor.get(answer.goes_to)).text
    page = await visitor.follow(await practice.next_link())
    assert "n•••@example.com" in page.text
    assert set(page.fields) == {"csrf_token", "token"}
    answer = await visitor.send(page)
    page = await visitor.get(answer.goes_to)
    assert "Your account is ready" in page.text
    assert "Your account is not connected to your records yet" in page.text
    assert 'href="/willow-creek/connect"' in page.response.text


async def test_another_browser_must_choose_the_password_anew(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    await self_register(visitor, password="a stranger typed this one")
    reader = Visitor(app)
    page = await reader.follow(await practice.next_link())
    assert "The one typed before no longer counts." in page.text
    assert (await reader.send(page)).status == 422
    assert (await reader.send(page, password="short")).status == 422
    answer = await reader.send(page, password=NEW_PASSWORD)
    assert answer.goes_to == "/willow-creek/documents?welcome=1"
    page = await Visitor(app).fill("/willow-creek/", email=EMAIL, password="a stranger typed this one")
    assert page.status == 422
    assert (await Visitor(app).fill("/willow-creek/", email=EMAIL, password=NEW_PASSWORD)).status == 303


async def test_opening_the_link_any_number_of_times_changes_nothing(practice: Practice, visitor: Visitor) -> None:
    await self_register(visitor)
    link = await practice.next_link()
    async with nothing_changes():
        for _ in range(3):
            assert (await visitor.get(link)).goes_to == "/willow-creek/verify"
            assert (await visitor.http.head(link)).status_code == 303
            assert (await visitor.follow(link)).status == 200
    assert (await visitor.fill(link)).status == 303


async def test_token_leaves_the_address(practice: Practice, visitor: Visitor) -> None:
    await self_register(visitor)
    link = await practice.next_link()
    token = link.rpartition("/")[2]
    opened = await visitor.get(link)
    assert token not in opened.goes_to
    cookie = opened.response.headers["set-cookie"]
    assert cookie == f"verify-willow-creek={token}; HttpOnly; Max-Age=3600; Path=/; SameSite=lax"
    form = await visitor.get(opened.goes_to)
    assert f"/verify/{token}" not in form.response.text


async def test_known_and_unknown_addresses_see_the_same_bytes(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    await walk_in(visitor, practice)
    answers = []
    for email in (EMAIL, "nobody@example.com"):
        answer = await self_register(Visitor(app), email)
        answers.append((answer.status, answer.goes_to, answer.response.content))
    assert answers[0] == answers[1]


async def test_weak_password_says_why_and_keeps_what_was_typed(practice: Practice, visitor: Visitor) -> None:
    page = await self_register(visitor, password="short")
    assert page.status == 422
    assert "Use at least 15 characters." in page.text
    assert (page.fields["email"], page.fields["password"]) == (EMAIL, "")
    assert await PortalAccount.all().count() == 0


@pytest.mark.parametrize("email", ["nora", "nora@", "x" * 300 + "@example.com"])
async def test_what_cannot_be_an_address_is_said_beside_the_field(
    practice: Practice, visitor: Visitor, email: str
) -> None:
    page = await self_register(visitor, email)
    assert page.status == 422
    assert 'id="email-error"' in page.response.text


async def test_form_of_another_browser_registers_nobody(practice: Practice, visitor: Visitor, app: Starlette) -> None:
    form = await visitor.get("/willow-creek/register")
    stranger = Visitor(app)
    await stranger.get("/willow-creek/register")
    assert (await stranger.send(form, email=EMAIL, password=PASSWORD)).status == 403
    assert await Letter.all().count() == 0


async def test_used_link_leads_to_sign_in(practice: Practice, visitor: Visitor) -> None:
    await self_register(visitor)
    link = await practice.next_link()
    await visitor.fill(link)
    page = await visitor.follow(link)
    assert (page.status, "This link has been used" in page.text) == (410, True)


async def test_unknown_link_says_what_to_do(practice: Practice, other_practice: Practice, visitor: Visitor) -> None:
    await self_register(visitor)
    token = (await practice.next_link()).rpartition("/")[2]
    for path in (f"/harbor-house/verify/{token}", "/willow-creek/verify/" + "x" * 43, "/willow-creek/verify/x"):
        page = await visitor.follow(path)
        assert (page.status, "We can’t find this link" in page.text) == (404, True)


async def test_link_of_another_kind_opens_nothing(practice: Practice, visitor: Visitor) -> None:
    await self_register(visitor)
    token = (await practice.next_link()).rpartition("/")[2]
    for room in ("reset", "keep"):
        assert (await visitor.follow(f"/willow-creek/{room}/{token}")).status == 404
    assert (await visitor.follow(f"/willow-creek/register/{token}")).status == 404


async def test_confirming_ends_whoever_was_signed_in_here(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice, "first@example.com")
    await self_register(visitor)
    await verify(visitor, practice)
    alive = await PatientSession.filter(ended_at=None)
    account = await PortalAccount.get(email=EMAIL)
    assert [session.account_id for session in alive] == [account.id]


async def test_letters_and_pages_are_in_the_language_chosen_at_registration(
    practice: Practice, visitor: Visitor
) -> None:
    await visitor.get("/willow-creek/register?lang=es")
    await self_register(visitor)
    await practice.next_link()
    assert practice.mailbox.letters[-1]["Content-Language"] == "es"
    assert (await PortalAccount.get()).language == "es"
