"""Making practices and their places: what they are called ends up in addresses, headers, pages and on paper."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from tortoise.context import TortoiseContext

from clinic.organizations.actions import NewOrganization, create_facility, create_organization
from clinic.organizations.models import Facility, Organization
from clinic.organizations.queries import (
    LogoUse,
    facilities_of,
    organization_by_id,
    organization_by_slug,
    organization_logo,
)
from clinic.values.callers import Permission
from clinic.values.errors import InvalidInput, NotPermitted
from clinic.values.logo import DrawnLogo
from clinic.values.ports import Services
from clinic.work.models import AuditEvent
from tests.factories import Practice
from tests.factories.contents import nothing_changes

NEW = NewOrganization(slug="lakeside", name="Lakeside Therapy")


async def test_practice_is_made_with_sensible_defaults(database: TortoiseContext, services: Services) -> None:
    made = await create_organization(NEW, services, by="test")
    view = await organization_by_slug("lakeside")
    assert view == await organization_by_id(made.id)
    assert view is not None
    assert (view.name, view.discreet_name, view.languages) == ("Lakeside Therapy", "Your care portal", ("en", "es"))
    assert (view.address_lines, view.phone, view.support_email, view.logo_sha256) == ((), "", "", None)
    assert await organization_logo(made.id) is None
    event = await AuditEvent.get()
    assert (event.action, event.actor_name, event.subject_id) == ("organization.created", "test", made.id)


async def test_practice_keeps_what_it_was_given(database: TortoiseContext, services: Services) -> None:
    new = replace(
        NEW,
        address=" 1 Shore Road \n\n Suite 4\r\nBoise, ID 83702 ",
        phone=" +1 208 555 0199 ",
        website="https://lakeside.example/",
        support_email="Help@Lakeside.example",
        time_zone="America/Boise",
        languages=("es", "en"),
        logo=DrawnLogo(b"screen", b"print", b"icon"),
    )
    made = await create_organization(new, services, by="test")
    view = await organization_by_id(made.id)
    assert view.address_lines == ("1 Shore Road", "Suite 4", "Boise, ID 83702")
    assert (view.phone, view.support_email) == ("+1 208 555 0199", "Help@Lakeside.example")
    assert (view.time_zone, view.languages) == ("America/Boise", ("es", "en"))
    assert [await organization_logo(made.id, use) for use in LogoUse] == [b"screen", b"print", b"icon"]
    assert len(view.logo_sha256 or "") == 64


UNUSABLE: list[tuple[str, object, str]] = [
    *(("slug", slug, "slug") for slug in ("", "a b", "-a", "a-", "Ä", "A", "a/b", "..", "x" * 64, "staff", "static")),
    *(("name", name, "name") for name in ("", "  ", "a\x00b", "a\nb", "\u202egnilesnuoC", "x" * 201)),
    *(("discreet_name", name, "discreetName") for name in ("", "Care\r\nBcc: eve@example.com", "x" * 201)),
    *(("phone", phone, "phone") for phone in ("1\r\n2", "x" * 41)),
    *(("address", address, "address") for address in ("1\n2\n3\n4\n5", "1 Shore Road\x00", "1 Shore\nx\u202e")),
    *(("support_email", email, "supportEmail") for email in ("help", "help@x.example\r\nBcc: eve@example.com")),
    *(("time_zone", zone, "timeZone") for zone in ("", "Boise", "America", "../etc/passwd", "x" * 300, "\x00")),
    *(("brand_colour", colour, "colour") for colour in ("", "red", "#12345", "#1234567", "#12345g;")),
    *(("website", website, "website") for website in ("lakeside.example", "javascript:alert(1)", "https://")),
    *(
        ("languages", languages, "languages")
        for languages in ((), ("",), ("english",), ("en es",), ("fr",), ("en", "en"))
    ),
]


async def test_what_can_not_be_shown_or_sent_is_refused(database: TortoiseContext, services: Services) -> None:
    async with nothing_changes():
        for field, value, path in UNUSABLE:
            new = replace(NEW, **{field: value})  # type: ignore[arg-type]  # on purpose
            with pytest.raises(InvalidInput) as refusal:
                await create_organization(new, services, by="test")
            assert {problem.path for problem in refusal.value.problems} == {path}, (field, value)


async def test_slug_is_given_out_once_also_to_five_at_once(database: TortoiseContext, services: Services) -> None:
    outcomes = await asyncio.gather(
        *(create_organization(NEW, services, by="test") for _ in range(5)), return_exceptions=True
    )
    assert Counter(type(outcome) for outcome in outcomes) == {Organization: 1, InvalidInput: 4}
    assert await AuditEvent.all().count() == 1


@pytest.mark.parametrize(
    "slug", ["", "nowhere", "Willow-Creek", "\x00", "\ud800", "x" * 10_000], ids=lambda s: ascii(s)[:12]
)
async def test_unknown_address_leads_to_no_practice(practice: Practice, slug: str) -> None:
    assert await organization_by_slug(slug) is None


async def test_place_needs_the_permission(practice: Practice) -> None:
    desk = await practice.staff(Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS, Permission.MANAGE_STAFF)
    async with nothing_changes():
        with pytest.raises(NotPermitted) as refusal:
            await create_facility(desk, "Lakeside", practice.services)
    assert refusal.value.permission == "MANAGE_ORGANIZATION"


async def test_places_are_listed_by_name_for_their_own_practice(practice: Practice, other_practice: Practice) -> None:
    manager = await practice.staff(Permission.MANAGE_ORGANIZATION)
    for name in ("Riverside", "Lakeside"):
        await create_facility(manager, name, practice.services, address="1 Shore Road\nBoise", phone="208 555 0100")
    await create_facility(other_practice.system, "Lakeside", practice.services)
    found = await facilities_of(practice.organization.id)
    assert [place.name for place in found] == ["Lakeside", "Riverside"]
    assert (found[0].address, found[0].phone) == ("1 Shore Road\nBoise", "208 555 0100")


async def test_same_place_again_is_the_same_place(practice: Practice) -> None:
    first = await create_facility(practice.system, "Lakeside", practice.services)
    async with nothing_changes():
        assert (await create_facility(practice.system, " Lakeside ", practice.services)).id == first.id


async def test_place_made_by_five_at_once_is_one(practice: Practice) -> None:
    made = await asyncio.gather(*(create_facility(practice.system, "Lakeside", practice.services) for _ in range(5)))
    assert len({place.id for place in made}) == 1
    assert await Facility.all().count() == 1


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 201])
async def test_place_needs_a_name(practice: Practice, name: str) -> None:
    async with nothing_changes():
        with pytest.raises(InvalidInput):
            await create_facility(practice.system, name, practice.services)
