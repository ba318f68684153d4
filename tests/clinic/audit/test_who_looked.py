"""What a person is told of who had to do with their record."""

from clinic.audit.queries import Look, who_looked
from clinic.callers import Permission
from clinic.paging import PageRequest
from clinic.portal_access.actions import print_instructions
from clinic.records.actions.contacts import ContactChanges, update_contact
from tests.clock import FixedClock
from tests.factories import Practice


async def test_staffs_acts_on_the_record_are_told_newest_first_by_name(practice: Practice, clock: FixedClock) -> None:
    contact = await practice.contact()
    another = await practice.contact("Luz", emails=())
    desk = await practice.staff(Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS)
    await print_instructions(desk, contact.id, practice.services)
    await print_instructions(desk, another.id, practice.services)
    await update_contact(desk, contact.id, ContactChanges(given_name="Omaro"), practice.services)
    page = await who_looked(practice.organization.id, contact.id, PageRequest())
    assert [(look.who, look.action) for look in page.rows] == [
        ("Fran Desk", "contact.updated"),
        ("Fran Desk", "portal_instructions.printed"),
        (None, "contact.created"),
    ]
    assert {look.at for look in page.rows} == {clock.now()}


async def test_long_histories_come_in_pages_both_ways(practice: Practice) -> None:
    contact = await practice.contact()
    desk = await practice.staff(Permission.WEB_PORTAL)
    for _ in range(4):
        await print_instructions(desk, contact.id, practice.services)

    async def page(**request: object) -> tuple[Look, ...]:
        found = await who_looked(
            practice.organization.id,
            contact.id,
            PageRequest(limit=2, **request),  # type: ignore[arg-type]  # a test's own
        )
        return found.rows

    first = await page()
    second = await page(after=(first[-1].sequence,))
    third = await page(after=(second[-1].sequence,))
    sequences = [look.sequence for look in (*first, *second, *third)]
    assert sequences == sorted(sequences, reverse=True)
    assert (len(sequences), third[-1].action) == (5, "contact.created")
    assert await page(before=(second[0].sequence,), backwards=True) == first


async def test_another_practice_has_no_such_history(practice: Practice, other_practice: Practice) -> None:
    contact = await practice.contact()
    assert (await who_looked(other_practice.organization.id, contact.id, PageRequest())).rows == ()
