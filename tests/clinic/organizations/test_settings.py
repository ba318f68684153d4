"""What staff may change of their practice, and what is refused, with the field that is wrong."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from clinic.organizations.actions import (
    NewOrganization,
    OrganizationChanges,
    create_organization,
    update_organization,
)
from clinic.organizations.errors import LogoNotUsable
from clinic.organizations.logos import receive_logo, remove_old_logo_uploads
from clinic.organizations.models import LogoUpload, Organization, OrganizationLogo
from clinic.organizations.queries import LogoUse, organization_by_id, organization_logo
from clinic.values.callers import Permission, StaffCaller
from clinic.values.change import ChangeKind
from clinic.values.errors import FreshSignInNeeded, InvalidInput, NotFound, NotPermitted
from clinic.values.paper import PaperSize
from clinic.work.fresh_sign_in import FRESH_FOR
from clinic.work.models import AuditEvent, ChangeRow
from dev.demo.logos import harbor_logo, willow_logo
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import nothing_changes
from tests.factories.documents import put_logo_upload

EVERYTHING = OrganizationChanges(
    name="Willow & Creek",
    discreet_name="Your portal",
    address="1 Shore Road\n\nBoise, ID 83702",
    phone="+1 208 555 0199",
    website="https://willow.example/",
    support_email="desk@willow.example",
    colour="#FFEE00",
    time_zone="Asia/Tokyo",
    languages=("es", "en"),
    relatives_end_at_age=13,
    ageing_warning_days=10,
    signing_reminders=False,
    staff_idle_minutes=20,
    allowed_origins=("https://EHR.example.org/", "https://ehr.example.org:443", "https://other.example:8443"),
    paper_size=PaperSize.A4,
    signed_retention_years=7,
)


@pytest.fixture
async def manager(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_ORGANIZATION)


async def test_every_setting_is_changed_and_kept(practice: Practice, manager: StaffCaller) -> None:
    await update_organization(manager, EVERYTHING, practice.services)
    view = await organization_by_id(practice.organization.id)
    assert (view.name, view.discreet_name) == ("Willow & Creek", "Your portal")
    assert (view.address, view.phone) == ("1 Shore Road\nBoise, ID 83702", "+1 208 555 0199")
    assert (view.website, view.support_email) == ("https://willow.example/", "desk@willow.example")
    assert (view.brand_colour, view.time_zone, view.languages) == ("#ffee00", "Asia/Tokyo", ("es", "en"))
    assert (view.relatives_end_at_age, view.ageing_warning_days) == (13, 10)
    assert (view.signing_reminders, view.staff_idle_minutes, view.paper_size) == (False, 20, PaperSize.A4)
    assert view.allowed_origins == ("https://ehr.example.org", "https://other.example:8443")
    assert view.signed_retention_years == 7


@pytest.mark.parametrize(
    ("time_zone", "paper"),
    [
        ("America/Boise", PaperSize.LETTER),
        ("US/Pacific", PaperSize.LETTER),
        ("America/Mexico_City", PaperSize.LETTER),
        ("America/Sao_Paulo", PaperSize.A4),
        ("Europe/Madrid", PaperSize.A4),
        ("UTC", PaperSize.A4),
    ],
)
async def test_new_practice_has_the_paper_of_its_country(practice: Practice, time_zone: str, paper: PaperSize) -> None:
    made = await create_organization(
        NewOrganization("alder", "Alder", time_zone=time_zone), practice.services, by="test"
    )
    assert (await organization_by_id(made.id)).paper_size is paper


async def test_paper_that_is_chosen_goes_before_the_countrys(practice: Practice) -> None:
    new = NewOrganization("alder", "Alder", time_zone="America/Boise", paper_size=PaperSize.A4)
    made = await create_organization(new, practice.services, by="test")
    assert (await Organization.get(id=made.id)).paper_size is PaperSize.A4


async def test_audit_names_the_fields_but_not_what_they_say(practice: Practice, manager: StaffCaller) -> None:
    await update_organization(manager, EVERYTHING, practice.services)
    event = await AuditEvent.filter(action="organization.updated").get()
    assert "name paper_size phone" in json.loads(event.details)["fields"]
    assert json.loads(event.details)["staff_idle_minutes"] == "20"
    assert "0199" not in event.details
    assert json.loads(event.details)["allowed_origins"] == "https://ehr.example.org https://other.example:8443"


async def test_same_settings_again_change_nothing(practice: Practice, manager: StaffCaller) -> None:
    await update_organization(manager, EVERYTHING, practice.services)
    async with nothing_changes():
        await update_organization(manager, EVERYTHING, practice.services)


async def test_what_may_be_empty_can_be_emptied(practice: Practice, manager: StaffCaller) -> None:
    await update_organization(manager, EVERYTHING, practice.services)
    empty = OrganizationChanges(address="", phone=" ", website="", support_email="", allowed_origins=())
    await update_organization(manager, empty, practice.services)
    view = await organization_by_id(practice.organization.id)
    assert (view.address, view.phone, view.website, view.support_email) == ("", "", "", "")
    assert view.allowed_origins == ()


async def test_only_a_fresh_sign_in_shortens_how_long_signed_documents_are_kept(
    practice: Practice, manager: StaffCaller, clock: FixedClock
) -> None:
    clock.advance(FRESH_FOR)
    for years, shorter in ((10, True), (12, False), (11, True), (None, False)):
        rule = OrganizationChanges(signed_retention_years=years, keep_signed_for_ever=years is None)
        if shorter:
            async with nothing_changes():
                with pytest.raises(FreshSignInNeeded):
                    await update_organization(manager, rule, practice.services)
            fresh = await practice.staff(Permission.MANAGE_ORGANIZATION)
            await update_organization(fresh, rule, practice.services)
        else:
            await update_organization(manager, rule, practice.services)
        assert (await Organization.get(id=practice.organization.id)).signed_retention_years == years
    events = await AuditEvent.filter(action="organization.updated").order_by("sequence")
    assert [json.loads(event.details)["signed_retention_years"] for event in events] == ["10", "12", "11", "forever"]


UNUSABLE: list[tuple[OrganizationChanges, str]] = [
    (OrganizationChanges(name=" "), "name"),
    (OrganizationChanges(name="a\r\nBcc: eve@example.com"), "name"),
    (OrganizationChanges(discreet_name=""), "discreetName"),
    (OrganizationChanges(address="1\n2\n3\n4\n5"), "address"),
    (OrganizationChanges(phone="1" * 41), "phone"),
    (OrganizationChanges(website="javascript:alert(1)"), "website"),
    (OrganizationChanges(support_email="nobody"), "supportEmail"),
    (OrganizationChanges(colour="red"), "colour"),
    (OrganizationChanges(time_zone="America"), "timeZone"),
    (OrganizationChanges(time_zone=""), "timeZone"),
    (OrganizationChanges(languages=()), "languages"),
    (OrganizationChanges(languages=("en", "fr")), "languages"),
    (OrganizationChanges(staff_idle_minutes=4), "staffIdleMinutes"),
    (OrganizationChanges(staff_idle_minutes=61), "staffIdleMinutes"),
    (OrganizationChanges(allowed_origins=("https://ehr.example.org", "http://ehr.example.org")), "allowedOrigins.1"),
    (OrganizationChanges(allowed_origins=("http://127.0.0.1:8000",)), "allowedOrigins.0"),
    (OrganizationChanges(allowed_origins=tuple(f"https://{n}.example" for n in range(21))), "allowedOrigins"),
    (OrganizationChanges(relatives_end_at_age=14), "relativesEndAtAge"),
    (OrganizationChanges(ageing_warning_days=366), "ageingWarningDays"),
    (OrganizationChanges(signed_retention_years=0), "signedRetentionYears"),
    (OrganizationChanges(signed_retention_years=101), "signedRetentionYears"),
]


async def test_what_can_not_be_used_is_refused_by_field(practice: Practice, manager: StaffCaller) -> None:
    async with nothing_changes():
        for changes, path in UNUSABLE:
            with pytest.raises(InvalidInput) as refusal:
                await update_organization(manager, changes, practice.services)
            assert [problem.path for problem in refusal.value.problems] == [path], changes


async def test_pages_of_this_machine_are_allowed_outside_production_only(
    practice: Practice, manager: StaffCaller
) -> None:
    changes = OrganizationChanges(allowed_origins=("http://127.0.0.1:8000", "http://localhost:5173"))
    await update_organization(manager, changes, replace(practice.services, local_pages=True))
    view = await organization_by_id(practice.organization.id)
    assert view.allowed_origins == ("http://127.0.0.1:8000", "http://localhost:5173")


async def test_one_wrong_field_keeps_the_others_from_changing(practice: Practice, manager: StaffCaller) -> None:
    async with nothing_changes():
        with pytest.raises(InvalidInput):
            await update_organization(manager, OrganizationChanges(name="New", colour="red"), practice.services)


async def test_settings_need_the_permission(practice: Practice) -> None:
    others = [one for one in Permission if one is not Permission.MANAGE_ORGANIZATION]
    desk = await practice.staff(*others)
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await update_organization(desk, OrganizationChanges(name="New"), practice.services)
        with pytest.raises(NotPermitted):
            await receive_logo(desk, willow_logo(), practice.services)


async def test_screens_are_told(practice: Practice, manager: StaffCaller) -> None:
    await update_organization(manager, OrganizationChanges(name="New"), practice.services)
    told = await ChangeRow.filter(kind=ChangeKind.ORGANIZATION)
    assert [(row.organization_id, row.contact_id) for row in told] == [(practice.organization.id,) * 2]


async def test_two_at_once_change_their_own_fields(practice: Practice, manager: StaffCaller) -> None:
    await asyncio.gather(
        update_organization(manager, OrganizationChanges(name="New"), practice.services),
        update_organization(manager, OrganizationChanges(phone="1"), practice.services),
    )
    view = await organization_by_id(practice.organization.id)
    assert (view.name, view.phone) == ("New", "1")


async def use_logo(caller: StaffCaller, upload_id: UUID, practice: Practice) -> None:
    await update_organization(caller, OrganizationChanges(logo_upload_id=upload_id), practice.services)


async def test_logo_is_sent_used_replaced_and_removed(practice: Practice, manager: StaffCaller) -> None:
    uploads = [await receive_logo(manager, draw(), practice.services) for draw in (willow_logo, harbor_logo)]
    for upload in uploads:
        await use_logo(manager, upload.id, practice)
        view = await organization_by_id(practice.organization.id)
        assert view.logo_sha256 == upload.sha256
        made = [await organization_logo(practice.organization.id, use) for use in LogoUse]
        assert made == [bytes(upload.png), bytes(upload.print_png), bytes(upload.icon_png)]
    event = await AuditEvent.filter(action="organization.updated").order_by("-sequence").first()
    assert event is not None
    assert json.loads(event.details)["logo"] == uploads[-1].sha256

    await update_organization(manager, OrganizationChanges(remove_logo=True), practice.services)
    assert await OrganizationLogo.all().count() == 0
    assert (await organization_by_id(practice.organization.id)).logo_sha256 is None


async def test_picture_that_can_not_be_a_logo_is_kept_nowhere(practice: Practice, manager: StaffCaller) -> None:
    with pytest.raises(LogoNotUsable):
        await receive_logo(manager, b"<svg xmlns='http://www.w3.org/2000/svg'/>", practice.services)
    assert await LogoUpload.all().count() == 0


async def test_picture_of_another_practice_does_not_exist(
    practice: Practice, other_practice: Practice, manager: StaffCaller
) -> None:
    theirs = (await put_logo_upload(other_practice)).id
    async with nothing_changes():
        for upload_id in (theirs, uuid4()):
            with pytest.raises(NotFound) as refusal:
                await use_logo(manager, upload_id, practice)
            assert refusal.value.field == "logoUploadId"


async def test_picture_waits_a_day(practice: Practice, manager: StaffCaller, clock: FixedClock) -> None:
    upload_id = (await put_logo_upload(practice)).id
    clock.advance(timedelta(hours=24))
    with pytest.raises(InvalidInput):
        await use_logo(manager, upload_id, practice)
    assert await remove_old_logo_uploads(clock.now()) == 0
    assert await remove_old_logo_uploads(clock.now() + timedelta(seconds=1)) == 1


async def test_logo_of_an_earlier_release_serves_every_use(practice: Practice) -> None:
    await OrganizationLogo.create(organization_id=practice.organization.id, png=b"old", sha256="0" * 64)
    assert [await organization_logo(practice.organization.id, use) for use in LogoUse] == [b"old"] * 3
