"""How hard our secrets are to guess (security.md, Decisions)."""

import math

from clinic.values.pin import ALPHABET, LENGTH, new_pin
from clinic.values.tokens import hash_token, new_token
from tests.api.client import Client
from tests.factories import Mailbox, Practice
from tests.security.people import invited


def test_pin_has_more_than_twenty_bits_and_nothing_to_confuse_when_read_aloud() -> None:
    assert math.log2(len(set(ALPHABET)) ** LENGTH) > 38
    assert not set(ALPHABET) & set("0O1ILUV")
    pins = {new_pin() for _ in range(2000)}
    assert len(pins) == 2000
    assert all(len(pin) == LENGTH and set(pin) <= set(ALPHABET) for pin in pins)


def test_tokens_have_256_bits_and_are_kept_as_sha_256() -> None:
    tokens = {new_token() for _ in range(2000)}
    assert len(tokens) == 2000
    assert {len(token) for token in tokens} == {43}
    assert hash_token("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


async def test_staff_passwords_are_not_about_the_person_or_the_practice(staff: Client) -> None:
    given = {"name": "Franziska Desk", "email": "franziska@willow-creek.example"}
    for password in ("Willow Creek Counseling 1", "franziska desk 2026", "short", "passwordpassword"):
        answer = await staff.mutate("createStaffMember", {**given, "password": password})
        assert answer["__typename"] == "WeakPassword", password
    answer = await staff.mutate("createStaffMember", {**given, "password": "nine quiet lanterns float"})
    assert answer["__typename"] == "CreateStaffMemberSuccess"


async def test_portal_passwords_are_not_about_the_person_or_the_practice(
    practice: Practice, mailbox: Mailbox, stranger: Client
) -> None:
    token = await invited(practice, mailbox)
    given = {"token": token, "dateOfBirth": "1980-05-04"}
    for password in ("Omar Reyes Omar Reyes", "omar.reyes@example.com", "Willow Creek Counseling 1", "1980-05-04 1980"):
        answer = await stranger.mutate("acceptPortalInvitation", {**given, "password": password})
        assert answer["__typename"] == "WeakPassword", password
