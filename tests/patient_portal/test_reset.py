"""A forgotten password, from the sign-in page to the new one."""

from datetime import timedelta

from starlette.applications import Starlette

from clinic.sessions.models import PatientSession
from tests.factories.contents import nothing_changes
from tests.patient_portal.people import NEW_PASSWORD, walk_in
from tests.patient_portal.practice import EMAIL, PASSWORD, Page, Practice, Visitor


async def forget(visitor: Visitor, email: str = EMAIL) -> Page:
    return await visitor.fill("/willow-creek/forgot", email=email)


async def test_forgot_letter_reset_signed_in(practice: Practice, visitor: Visitor, app: Starlette) -> None:
    await walk_in(visitor, practice)
    elsewhere = Visitor(app)
    assert 'href="/willow-creek/forgot"' in (await elsewhere.get("/willow-creek/")).response.text
    answer = await forget(elsewhere)
    assert answer.goes_to == "/willow-creek/forgot/sent"
    assert "The link works for one hour." in (await elsewhere.get(answer.goes_to)).text
    answer = await elsewhere.fill(await practice.next_link(), password=NEW_PASSWORD)
    assert answer.goes_to == "/willow-creek/documents?changed=1"
    assert "Your new password is set." in (await elsewhere.get(answer.goes_to)).text
    assert (await visitor.get("/willow-creek/documents")).goes_to.startswith("/willow-creek/?next=")
    assert (await Visitor(app).fill("/willow-creek/", email=EMAIL, password=PASSWORD)).status == 422
    assert await PatientSession.filter(ended_at=None).count() == 1


async def test_known_and_unknown_addresses_see_the_same_bytes(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    await walk_in(visitor, practice)
    answers = []
    for email in (EMAIL, "nobody@example.com"):
        answer = await forget(Visitor(app), email)
        answers.append((answer.status, answer.goes_to, answer.response.content))
    assert answers[0] == answers[1]


async def test_opening_the_link_changes_nothing_and_a_weak_password_keeps_it_usable(
    practice: Practice, visitor: Visitor
) -> None:
    await walk_in(visitor, practice)
    await forget(visitor)
    link = await practice.next_link()
    async with nothing_changes():
        page = await visitor.follow(link)
        weak = await visitor.send(page, password=EMAIL)
        assert weak.status == 422
        empty = await visitor.send(page, password="")
        assert (empty.status, "Choose a password." in empty.text) == (422, True)
    assert (await visitor.send(page, password=NEW_PASSWORD)).status == 303


async def test_links_that_open_nothing_lead_to_a_new_letter(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    await forget(visitor)
    old = await practice.next_link()
    await forget(visitor)
    newest = await practice.next_link()
    replaced = await visitor.follow(old)
    assert (replaced.status, "There is a newer email" in replaced.text) == (410, True)
    practice.clock.advance(timedelta(hours=1))
    expired = await visitor.follow(newest)
    assert (expired.status, "This link has expired" in expired.text) == (410, True)
    assert 'href="/willow-creek/forgot"' in expired.response.text
    assert (await visitor.follow("/willow-creek/reset/" + "x" * 43)).status == 404


async def test_posting_without_a_link_sets_nothing(practice: Practice, visitor: Visitor) -> None:
    form = await visitor.get("/willow-creek/forgot")
    async with nothing_changes():
        answer = await visitor.send(form, to="/willow-creek/reset", password=NEW_PASSWORD)
    assert answer.status == 404


async def test_what_cannot_be_an_address_is_said_beside_the_field(practice: Practice, visitor: Visitor) -> None:
    page = await forget(visitor, "nora")
    assert (page.status, "Enter an email address such as name@example.com." in page.text) == (422, True)
