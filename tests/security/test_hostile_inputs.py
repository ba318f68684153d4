"""What strangers send to keep the machine busy costs them more than us."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette

from clinic.values.passwords import weaknesses
from clinic.values.pin import normal_pin
from clinic.values.problems import Weakness
from patient_portal.web.errors import defect
from patient_portal.web.security import BodyLimit, Edge
from tests.api.client import Client
from tests.factories import Mailbox, Practice
from tests.security.conftest import PORTAL_URL
from tests.security.people import invited

# Each mark goes before the one it follows: sorting them takes time in the square of their number.
MARKS = "a" + "\u0301\u0316" * 110_000
# Signs that stand for letters, which a judge of passwords tries in every combination.
SIGNS = ("4@8({[<3691!|0$5+7%2zxcv" * 9)[:200]


async def test_password_of_many_signs_is_judged_at_once() -> None:
    began = time.process_time()
    assert await weaknesses(SIGNS, ["Omar", "Reyes"]) == []
    assert time.process_time() - began < 0.5


async def test_password_is_judged_by_its_beginning_however_long_it_is() -> None:
    easy = [Weakness.EASY_TO_GUESS]
    assert await weaknesses("a" * 200, []) == easy
    assert await weaknesses("passwordpassword" * 12, []) == easy
    assert await weaknesses("seven purple kettles sing " * 7, []) == []


@pytest.mark.parametrize(
    ("mutation", "field"),
    [
        ("signInStaff", "password"),
        ("signInStaff", "email"),
        ("signInStaff", "organization"),
        ("signInPatient", "password"),
        ("signInPatient", "email"),
        ("signInPatient", "organization"),
        ("refreshSession", "refreshToken"),
        ("acceptPortalInvitation", "token"),
        ("acceptPortalInvitation", "organization"),
    ],
)
async def test_megabyte_of_marks_from_a_stranger_costs_no_time(
    practice: Practice, stranger: Client, mutation: str, field: str
) -> None:
    given = {
        "signInStaff": {"organization": "willow-creek", "email": "a@example.com", "password": "x"},
        "signInPatient": {"organization": "willow-creek", "email": "a@example.com", "password": "x"},
        "refreshSession": {"refreshToken": "x"},
        "acceptPortalInvitation": {"token": "x", "password": "x"},
    }[mutation]
    began = time.process_time()
    await stranger.mutate(mutation, {**given, field: MARKS})
    assert time.process_time() - began < 1


async def test_megabyte_of_marks_from_a_holder_of_a_letter_costs_no_time(
    practice: Practice, mailbox: Mailbox, stranger: Client
) -> None:
    contact = await practice.contact(date_of_birth=None)
    token = await invited(practice, mailbox, contact)
    began = time.process_time()
    given = {"token": token, "pin": MARKS, "password": MARKS}
    assert (await stranger.mutate("acceptPortalInvitation", given))["__typename"] == "IdentityNotConfirmed"
    pin = practice.services.secrets.decrypt(contact.pin_encrypted)
    answer = await stranger.mutate("acceptPortalInvitation", {**given, "pin": pin})
    assert answer["__typename"] == "WeakPassword"
    assert time.process_time() - began < 1


def test_pin_is_read_as_people_type_it_and_no_further() -> None:
    assert normal_pin(" k7mp-4tqx ") == "K7MP4TQX"
    assert len(normal_pin("K" * 1_000_000)) < 100


async def test_portal_form_that_trickles_is_cut_off(practice: Practice, portal: Starlette) -> None:
    async def trickle() -> AsyncIterator[bytes]:
        yield b"email="
        await asyncio.Event().wait()

    impatient = Edge(portal, https=True, on_defect=defect, body_limit=BodyLimit(seconds=0.05))
    transport = httpx2.ASGITransport(app=impatient)
    form = {"content-type": "application/x-www-form-urlencoded"}
    async with httpx2.AsyncClient(transport=transport, base_url=PORTAL_URL) as http:
        answer = await http.post("/willow-creek/", content=trickle(), headers=form)
    assert answer.status_code == 408
    assert "Willow Creek Counseling" in answer.text
    assert answer.headers["connection"] == "close"
