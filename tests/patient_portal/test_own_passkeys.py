"""A patient's passkey: added on the own account's page, asked for after the password, removed."""

import json
import re
from datetime import timedelta
from html import unescape

from starlette.applications import Starlette

from clinic.factors.models import Passkey
from clinic.mail.models import Letter, LetterKind
from clinic.sessions.models import PatientSession
from clinic.values.limits import MOST_PASSKEYS
from clinic.work.fresh_sign_in import FRESH_FOR
from tests.factories.authenticator import Authenticator
from tests.patient_portal.people import walk_in
from tests.patient_portal.practice import EMAIL, PASSWORD, Page, Practice, Visitor
from tests.patient_portal.test_second_step import ROOM, add_codes, form_to

PORTAL = "http://127.0.0.1:8001"


def options_of(page: Page) -> str:
    found = re.search(r'data-options="([^"]+)"', page.response.text)
    assert found is not None
    return unescape(found[1])


async def add_passkey(visitor: Visitor) -> tuple[Authenticator, list[str]]:
    shown = await form_to(visitor, await visitor.get(ROOM), "passkey")
    device = Authenticator(PORTAL)
    fields = {**shown.fields, "name": "My phone", "response": device.make(options_of(shown))}
    added = await visitor.post(f"{ROOM}/passkey", fields)
    return device, re.findall(r"(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}", added.response.text)


async def test_passkey_is_added_asked_for_and_removed(practice: Practice, visitor: Visitor, app: Starlette) -> None:
    await walk_in(visitor, practice)
    device, codes = await add_passkey(visitor)
    assert len(codes) == 10
    assert await Letter.filter(kind=LetterKind.FACTOR_ADDED).count() == 1
    other = Visitor(app)
    step = await other.fill("/willow-creek/", email=EMAIL, password=PASSWORD)
    assert "use your passkey" in step.text
    assert "code that your app shows" not in step.text
    before = await PatientSession.filter(ended_at=None).count()
    stranger = Authenticator(PORTAL).answer(options_of(step))
    refused = await other.post("/willow-creek/second-step", {**step.fields, "passkey": stranger})
    assert (refused.status, "passkey was not accepted" in refused.text) == (422, True)
    assert refused.fields["passkey"] == ""
    assert await PatientSession.filter(ended_at=None).count() == before
    answer = device.answer(options_of(refused))
    entered = await other.post("/willow-creek/second-step", {**refused.fields, "passkey": answer})
    assert entered.goes_to == "/willow-creek/documents"
    listed = await visitor.get(ROOM)
    assert "My phone" in listed.text
    assert (await form_to(visitor, listed, "remove")).goes_to == f"{ROOM}?done=removed"
    assert not await Passkey.exists()


async def test_recovery_codes_are_those_of_the_app(practice: Practice, visitor: Visitor, app: Starlette) -> None:
    await walk_in(visitor, practice)
    _, codes = await add_codes(visitor, practice)
    device, none = await add_passkey(visitor)
    assert none == []
    for proof in ({"code": codes[0]}, {"code": "", "passkey": ""}):
        other = Visitor(app)
        step = await other.fill("/willow-creek/", email=EMAIL, password=PASSWORD)
        assert "the code that your app shows, or one of your recovery codes" in step.text
        proof = proof if proof["code"] else {"passkey": device.answer(options_of(step))}
        assert (await other.post("/willow-creek/second-step", {**step.fields, **proof})).status == 303


async def test_passkey_proves_again_in_an_open_session(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    device, _ = await add_passkey(visitor)
    stale = await visitor.get(ROOM)
    practice.clock.advance(FRESH_FOR)
    assert (await form_to(visitor, stale, "passkey")).goes_to == ROOM
    step = await visitor.post(f"{ROOM}/prove", {**(await visitor.get(ROOM)).fields, "password": PASSWORD})
    wrong = await visitor.post(f"{ROOM}/prove", {**step.fields, "code": "2222-2222-2222-2222"})
    assert wrong.status == 422
    answer = device.answer(options_of(wrong))
    assert (await visitor.post(f"{ROOM}/prove", {**wrong.fields, "passkey": answer})).goes_to == ROOM
    assert "My phone" in (await visitor.get(ROOM)).text


async def test_bad_answers_and_names_are_said_and_add_nothing(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    shown = await form_to(visitor, await visitor.get(ROOM), "passkey")
    nameless = await visitor.post(f"{ROOM}/passkey", {**shown.fields, "name": " "})
    assert (nameless.status, 'id="name-error"' in nameless.response.text) == (422, True)
    long_name = {**nameless.fields, "name": "x" * 61, "response": Authenticator(PORTAL).make(options_of(nameless))}
    assert (await visitor.post(f"{ROOM}/passkey", long_name)).status == 422
    for response in ("", "{}", json.dumps({"id": "x"}), Authenticator().make(options_of(nameless))):
        page = await visitor.post(f"{ROOM}/passkey", {**nameless.fields, "name": "My phone", "response": response})
        assert (page.status, "was not added" in page.text) == (422, True)
        assert options_of(page) != options_of(nameless)
    assert not await Passkey.exists()
    assert not await Letter.filter(kind=LetterKind.FACTOR_ADDED).exists()
    practice.clock.advance(timedelta(minutes=11))
    late = {**nameless.fields, "name": "My phone", "response": Authenticator(PORTAL).make(options_of(nameless))}
    assert (await visitor.post(f"{ROOM}/passkey", late)).goes_to == f"{ROOM}?done=late"
    assert not await Passkey.exists()


async def test_there_is_room_for_so_many(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    await add_passkey(visitor)
    first = await Passkey.get()
    for number in range(1, MOST_PASSKEYS):
        await Passkey.create(
            organization_id=first.organization_id,
            account_id=first.account_id,
            credential_id=f"key{number}",
            public_key=first.public_key,
            sign_count=0,
            name=f"Key {number}",
            created_at=first.created_at + timedelta(seconds=number),
        )
    full = await form_to(visitor, await visitor.get(ROOM), "passkey")
    assert full.goes_to == f"{ROOM}?done=full"
    assert f"{MOST_PASSKEYS} passkeys" in (await visitor.get(full.goes_to)).text
