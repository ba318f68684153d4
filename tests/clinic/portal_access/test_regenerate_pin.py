"""A new PIN for a record whose sheet is in the wrong hands."""

import pytest

from clinic.portal_access.actions import regenerate_pin
from clinic.portal_access.queries import sheet_to_render
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import NotFound, NotPermitted
from clinic.work.idempotency import IdempotencyKey
from tests.clinic.portal_access.ways import desk_of, events, pin_of, printed_token
from tests.factories import EVERY_PERMISSION, Practice
from tests.factories.contents import nothing_changes


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await desk_of(practice)


async def test_the_old_pin_and_its_sheets_are_worth_nothing(practice: Practice, desk: StaffCaller) -> None:
    contact, other = await practice.contact(), await practice.contact("Rosa", emails=())
    old, others = await pin_of(practice, contact), await pin_of(practice, other)
    sheet = await printed_token(practice, desk, contact)

    await regenerate_pin(desk, contact.id, practice.services)

    assert await pin_of(practice, contact) != old
    assert await pin_of(practice, other) == others
    assert await sheet_to_render(sheet, practice.services) is None
    fresh = await sheet_to_render(await printed_token(practice, desk, contact), practice.services)
    assert fresh is not None
    [event] = await events("portal_pin.renewed")
    assert (event["actor"], event["subject"]) == (desk.staff_member_id, contact.id)
    assert await pin_of(practice, contact) not in str(event)


async def test_the_same_key_renews_once(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    request_key = IdempotencyKey("regeneratePortalPin", "key-1", "body")
    await regenerate_pin(desk, contact.id, practice.services, request_key=request_key)
    async with nothing_changes():
        await regenerate_pin(desk, contact.id, practice.services, request_key=request_key)


async def test_refused_nothing_changes(practice: Practice, other_practice: Practice) -> None:
    contact = await practice.contact()
    staff = await practice.staff(*(EVERY_PERMISSION - {Permission.WEB_PORTAL}))
    stranger = await other_practice.staff(*EVERY_PERMISSION)
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await regenerate_pin(staff, contact.id, practice.services)
        with pytest.raises(NotFound):
            await regenerate_pin(stranger, contact.id, practice.services)
