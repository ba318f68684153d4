"""Staff look at a contact's invitation before it is sent: the real text, in the contact's language, with no token."""

from typing import Any

import pytest

from api.server.relay import encode_id
from clinic.letters.composing import compose
from clinic.letters.made_up import TOKEN
from clinic.mail.models import Letter
from clinic.organizations.facilities import create_facility
from clinic.portal_access.actions.invite import invite_contact
from clinic.portal_access.models import Invitation
from clinic.records.actions.episodes import create_episode
from clinic.records.models import Contact
from clinic.sessions.actions import end_session
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission, StaffCaller
from tests.api.client import Client
from tests.factories import Practice
from tests.factories.contents import nothing_changes

PREVIEW = """query Q($input: InvitationPreviewInput!) { invitationPreview(input: $input) {
  toAddress language sender subject text html url darkUrl } }"""


@pytest.fixture
async def desk(practice: Practice, stranger: Client) -> tuple[StaffCaller, Client]:
    caller, session = await practice.signed_in(Permission.WEB_PORTAL)
    return caller, stranger.holding(session.access_token)


async def preview(client: Client, contact: Contact, **given: Any) -> Any:
    variables = {"contactId": encode_id("Contact", contact.id), **given}
    return (await client.run(PREVIEW, input=variables))["invitationPreview"]


async def opened(client: Client, address: str) -> Any:
    return await client.http.get(address.removeprefix("https://api.vestibule.example"))


async def test_preview_is_the_letter_that_leaves_but_for_the_link(
    desk: tuple[StaffCaller, Client], practice: Practice
) -> None:
    caller, client = desk
    contact = await practice.contact(language="es")
    place = await create_facility(practice.system, "Lakeside", practice.services, phone="+1 208 555 0166")
    await create_episode(practice.system, contact.id, place.id, practice.services, at_facility=True)
    async with nothing_changes():
        shown = await preview(client, contact)
    assert (shown["sender"], shown["language"]) == ("Lakeside", "es")
    assert not await Letter.exists()
    assert not await Invitation.exists()

    await invite_contact(caller, contact.id, practice.services)
    letter = await Letter.get()
    sent = await compose(letter, practice.services)
    assert sent is not None
    assert (shown["toAddress"], shown["subject"]) == (letter.to_address, sent["Subject"])
    body = sent.get_body(("plain",))
    assert body is not None
    link = practice.services.secrets.derive_token("invitation_letter", str(letter.id))
    assert shown["text"].strip() == body.get_content().replace(link, TOKEN).strip()


async def test_preview_bears_the_chosen_name(desk: tuple[StaffCaller, Client], practice: Practice) -> None:
    contact = await practice.contact()
    for_all = await preview(desk[1], contact, sender="ORGANIZATION")
    assert (for_all["sender"], contact.given_name in for_all["text"]) == (practice.organization.name, True)
    discreet = await preview(desk[1], contact, sender="DISCREET")
    assert discreet["sender"] == practice.organization.discreet_name
    assert contact.given_name not in discreet["html"]
    assert practice.organization.name not in discreet["html"]


async def test_address_shows_it_on_both_grounds_and_ends_with_the_permission(
    desk: tuple[StaffCaller, Client], practice: Practice
) -> None:
    caller, client = desk
    shown = await preview(client, await practice.contact())
    light, dark = [await opened(client, shown[name]) for name in ("url", "darkUrl")]
    assert (light.status_code, dark.status_code) == (200, 200)
    assert "@media not all {" in light.text
    assert "@media all {" in dark.text
    assert "sandbox" in light.headers["content-security-policy"]
    await StaffMember.filter(id=caller.staff_member_id).update(permissions=Permission.MANAGE_ORGANIZATION.value)
    assert (await opened(client, shown["url"])).status_code == 404


async def test_address_ends_with_the_session(desk: tuple[StaffCaller, Client], practice: Practice) -> None:
    caller, client = desk
    shown = await preview(client, await practice.contact())
    await end_session(caller, practice.services)
    assert (await opened(client, shown["url"])).status_code == 404


async def test_contact_without_an_address_has_a_preview_too(
    desk: tuple[StaffCaller, Client], practice: Practice
) -> None:
    shown = await preview(desk[1], await practice.contact(emails=()))
    assert shown["toAddress"] is None
    assert TOKEN in shown["text"]


async def test_unknown_contact_is_refused(desk: tuple[StaffCaller, Client]) -> None:
    for made_up in ("x", encode_id("Contact", StaffMember().id)):
        answer = await desk[1].post(PREVIEW, {"input": {"contactId": made_up}})
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
