"""Who is signed in is seen on every page, and on a shared phone nobody is swapped for somebody else without a word."""

import pytest
from starlette.applications import Starlette

from clinic.records.actions.contacts import ContactFacts
from clinic.sessions.models import PatientSession
from tests.patient_portal.people import walk_in
from tests.patient_portal.practice import BORN, EMAIL, PASSWORD, Practice, Visitor, register

SOMEBODY_ELSE = "Somebody else is signed in on this device"


@pytest.mark.parametrize("room", ["documents", "account", "account/password", "account/record", "help", "connect"])
async def test_every_page_says_who_is_signed_in(practice: Practice, visitor: Visitor, room: str) -> None:
    await register(visitor, await practice.invite())
    page = await visitor.follow(f"/willow-creek/{room}")
    assert f"<bdi>{EMAIL}</bdi>" in page.response.text
    assert 'form="sign-out">Not you?' in page.response.text


async def test_pages_without_a_session_name_nobody(practice: Practice, visitor: Visitor) -> None:
    for room in ("", "register", "forgot", "help"):
        assert "Not you?" not in (await visitor.get(f"/willow-creek/{room}")).response.text


async def test_invitation_of_another_person_says_who_is_signed_in_and_asks(
    practice: Practice, visitor: Visitor
) -> None:
    await walk_in(visitor, practice, "ana@example.com")
    omar = await practice.add_contact(ContactFacts("Omar", "Reyes", date_of_birth=BORN, emails=["omar@example.com"]))
    page = await visitor.follow(await practice.invite(omar))
    assert f"{SOMEBODY_ELSE} a•••@example.com is signed in here." in page.text
    # Looking changes nothing: Ana is still signed in.
    assert (await visitor.get("/willow-creek/account")).status == 200
    wrong = await visitor.send(page, date_of_birth="1956-12-04", password=PASSWORD)
    assert SOMEBODY_ELSE in wrong.text
    assert (await visitor.get("/willow-creek/account")).status == 200
    assert (await visitor.send(wrong, date_of_birth=BORN.isoformat(), password=PASSWORD)).status == 303
    assert "<bdi>omar@example.com</bdi>" in (await visitor.get("/willow-creek/account")).response.text
    assert await PatientSession.filter(ended_at=None).count() == 1


async def test_reset_link_of_another_person_asks_and_ones_own_does_not(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    await register(Visitor(app), await practice.invite())
    await Visitor(app).fill("/willow-creek/forgot", email=EMAIL)
    link = await practice.next_link()
    await walk_in(visitor, practice, "ana@example.com")
    assert SOMEBODY_ELSE in (await visitor.follow(link)).text
    owner = Visitor(app)
    await owner.fill("/willow-creek/", email=EMAIL, password=PASSWORD)
    assert SOMEBODY_ELSE not in (await owner.follow(link)).text
