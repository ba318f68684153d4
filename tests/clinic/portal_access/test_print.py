"""The printed sheet: who may have it, for how long its address holds, and that each print is audited."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.portal_access.actions import print_instructions
from clinic.portal_access.models import PrintedSheet
from clinic.portal_access.queries import sheet_to_render
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import NotFound, NotPermitted
from clinic.values.pin import ALPHABET, LENGTH, grouped_pin, new_pin, normal_pin
from clinic.work.idempotency import IdempotencyKey
from clinic.work.models import AuditEvent
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import nothing_changes, rows_of

KEY = IdempotencyKey("printPortalInstructions", "key-1", "body-1")


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.WEB_PORTAL)


def token_of(url: str) -> str:
    base, _, token = url.rpartition("/")
    assert base == "https://api.vestibule.example/files"
    return token


async def test_sheet_shows_person_practice_and_pin(practice: Practice, desk: StaffCaller, clock: FixedClock) -> None:
    contact = await practice.contact("Inés", "Núñez", language="es-MX")

    printed = await print_instructions(desk, contact.id, practice.services)

    assert printed.contact_id == contact.id
    sheet = await sheet_to_render(token_of(printed.url), practice.services)
    assert sheet is not None
    assert (sheet.language, sheet.person_name) == ("es", "Inés Núñez")
    assert (sheet.organization_name, sheet.phone) == ("Willow Creek Counseling", "+1 (208) 555-0134")
    assert sheet.address_lines == ("12 Mill Lane", "Boise, ID 83702")
    assert sheet.qr_target == "https://portal.vestibule.example/willow-creek/"
    assert sheet.pin == grouped_pin(practice.services.secrets.decrypt(contact.pin_encrypted))
    [row] = await PrintedSheet.all()
    assert (row.printed_by_id, row.printed_at) == (desk.staff_member_id, clock.now())
    event = await AuditEvent.get(action="portal_instructions.printed")
    assert (event.subject_kind, event.subject_id, event.actor_id) == ("Contact", contact.id, desk.staff_member_id)


@pytest.mark.parametrize("names", [("Sukarno", ""), ("", "Sukarno")])
async def test_sheet_of_a_person_of_one_name_has_no_gap(
    practice: Practice, desk: StaffCaller, names: tuple[str, str]
) -> None:
    contact = await practice.contact(*names)
    sheet = await sheet_to_render(
        token_of((await print_instructions(desk, contact.id, practice.services)).url), practice.services
    )
    assert sheet is not None
    assert sheet.person_name == "Sukarno"


async def test_sheet_is_never_stored_and_its_address_only_as_a_hash(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    printed = await print_instructions(desk, contact.id, practice.services)
    pin = practice.services.secrets.decrypt(contact.pin_encrypted)
    stored = str([await rows_of(table) for table in ("printed_sheet", "audit_event", "contact", "request_once")])
    assert token_of(printed.url) not in stored
    assert pin not in stored
    assert grouped_pin(pin) not in stored


async def test_each_print_is_audited(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    urls = {(await print_instructions(desk, contact.id, practice.services)).url for _ in range(3)}
    assert len(urls) == 3
    assert await AuditEvent.filter(action="portal_instructions.printed").count() == 3


async def test_same_key_prints_once(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    first = await print_instructions(desk, contact.id, practice.services, request_key=KEY)
    async with nothing_changes():
        assert await print_instructions(desk, contact.id, practice.services, request_key=KEY) == first


@pytest.mark.parametrize("permissions", [(), (Permission.MANAGE_CONTACTS, Permission.VIEW_AUDIT)])
async def test_without_web_portal_nothing_is_printed(practice: Practice, permissions: tuple[Permission, ...]) -> None:
    contact, staff = await practice.contact(), await practice.staff(*permissions)
    async with nothing_changes():
        with pytest.raises(NotPermitted) as refusal:
            await print_instructions(staff, contact.id, practice.services)
    assert refusal.value.permission == "WEB_PORTAL"


async def test_other_organizations_contact_is_unknown(
    practice: Practice, other_practice: Practice, desk: StaffCaller
) -> None:
    theirs = await other_practice.contact()
    async with nothing_changes():
        for contact_id in (theirs.id, uuid4(), None):
            with pytest.raises(NotFound):
                await print_instructions(desk, contact_id, practice.services)


async def test_address_ends_after_ten_minutes(practice: Practice, desk: StaffCaller, clock: FixedClock) -> None:
    contact = await practice.contact()
    token = token_of((await print_instructions(desk, contact.id, practice.services)).url)
    clock.advance(timedelta(minutes=10) - timedelta(seconds=1))
    assert await sheet_to_render(token, practice.services)
    clock.advance(timedelta(seconds=1))
    assert await sheet_to_render(token, practice.services) is None


@pytest.mark.parametrize("change", [{"permissions": "MANAGE_CONTACTS"}, {"disabled_at": FixedClock().now()}])
async def test_address_ends_with_its_printers_right(
    practice: Practice, desk: StaffCaller, change: dict[str, object]
) -> None:
    contact = await practice.contact()
    token = token_of((await print_instructions(desk, contact.id, practice.services)).url)
    await StaffMember.filter(id=desk.staff_member_id).update(**change)
    assert await sheet_to_render(token, practice.services) is None


@pytest.mark.parametrize("token", ["", "never-given-out", "\x00", "\ud800"], ids=ascii)
async def test_unknown_address_shows_nothing(practice: Practice, token: str) -> None:
    assert await sheet_to_render(token, practice.services) is None


def test_pins_are_long_readable_and_never_alike() -> None:
    pins = {new_pin() for _ in range(2000)}
    assert len(pins) == 2000
    assert {len(pin) for pin in pins} == {LENGTH}
    assert set("".join(pins)) == set(ALPHABET)
    assert not set(ALPHABET) & set("01OILUV")
    # security.md asks for 20 bits at least.
    assert len(ALPHABET) ** LENGTH >= 2**20


@pytest.mark.parametrize("fold", [str, str.lower])
def test_pin_survives_being_read_aloud_and_typed(fold: Callable[[str], str]) -> None:
    pin = new_pin()
    assert normal_pin(fold(f" {grouped_pin(pin)} ")) == pin


async def test_pin_is_encrypted_for_staff_and_a_keyed_digest_for_comparing(practice: Practice) -> None:
    contact = await practice.contact()
    pin = practice.services.secrets.decrypt(contact.pin_encrypted)
    assert contact.pin_hash == practice.services.secrets.fingerprint("portal_pin", pin)
    assert pin not in contact.pin_encrypted + contact.pin_hash
