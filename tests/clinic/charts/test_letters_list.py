"""The list of letters that staff read."""

from datetime import timedelta

import pytest
from tortoise.connection import get_connection

from clinic.charts.letters import LetterFilter, LetterRow, count_letters, letter_page
from clinic.mail.models import Letter, LetterKind, LetterStatus
from clinic.portal_access.actions import invite_contact
from clinic.portal_access.actions.unlink import unlink_account
from clinic.portal_access.models import Invitation, PortalAccount
from clinic.records.models import Contact
from clinic.staff.actions.create import create_staff_member
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import NotPermitted
from clinic.values.paging import PageRequest
from clinic.values.ports import MailRefused, Services
from tests.clinic.documents.test_list_plans import plan_of
from tests.clinic.portal_access.journey import accept, deliver, invited
from tests.clinic.records.test_plans import statements
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, open_practice

MANY = 2_000


async def listed(caller: StaffCaller, **which: object) -> list[LetterRow]:
    about = LetterFilter(**which)  # type: ignore[arg-type]  # a test's own
    page = await letter_page(caller, about, PageRequest(limit=100))
    assert await count_letters(caller, about) == len(page.rows)
    return list(page.rows)


async def test_each_letter_says_to_whom_it_went_and_how_far_it_got(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    desk = await practice.staff(Permission.WEB_PORTAL)
    omar, luz = await practice.contact(), await practice.contact("Luz", emails=("luz@example.com",))
    await invite_contact(desk, omar.id, practice.services)
    await deliver(practice)
    sent = clock.now()
    clock.advance(timedelta(minutes=5))
    await invite_contact(desk, luz.id, practice.services)
    mailbox.trouble = MailRefused("550 no such mailbox")
    await deliver(practice)
    refused, taken = await listed(desk)
    assert (taken.to_address, taken.status, taken.sent_at, taken.contact_id) == (
        "omar.reyes@example.com", LetterStatus.SENT, sent, omar.id,
    )  # fmt: skip
    assert (refused.status, refused.failed_at, refused.failure) == (
        LetterStatus.BOUNCED, clock.now(), "550 no such mailbox",
    )  # fmt: skip
    assert (refused.kind, refused.attempts, refused.contact_id) == (LetterKind.PORTAL_INVITATION, 1, luz.id)
    assert [row.contact_id for row in await listed(desk, contact_id=omar.id)] == [omar.id]
    assert [row.id for row in await listed(desk, statuses=[LetterStatus.BOUNCED])] == [refused.id]
    assert await listed(desk, contact_id=omar.id, statuses=[LetterStatus.BOUNCED]) == []
    assert await listed(desk, statuses=[]) == []


async def test_letter_about_an_account_belongs_to_the_record_that_was_linked_then(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    start = await invited(practice, mailbox)
    await accept(practice, start.token)
    account = await PortalAccount.get(id=start.account.id)
    clock.advance(timedelta(minutes=1))
    await _account_letter(practice, account, clock)
    clock.advance(timedelta(minutes=1))
    await unlink_account(start.caller, start.contact.id, "Wrong person", practice.services)
    other = await practice.contact("Luz", emails=())
    assert {row.contact_id for row in await listed(start.caller)} == {start.contact.id}
    assert LetterKind.PASSWORD_CHANGED in {row.kind for row in await listed(start.caller, contact_id=start.contact.id)}
    assert await listed(start.caller, contact_id=other.id) == []


async def _account_letter(practice: Practice, account: PortalAccount, clock: FixedClock) -> Letter:
    return await Letter.create(
        organization_id=practice.organization.id,
        kind=LetterKind.PASSWORD_CHANGED,
        to_address=account.email,
        account_id=account.id,
        message_id=f"<{account.id}@v.example>",
        created_at=clock.now(),
        next_attempt_at=clock.now(),
    )


async def test_letters_about_colleagues_are_for_those_who_manage_staff(practice: Practice) -> None:
    await create_staff_member(practice.system, name="Kim Vale", email="kim@example.com", services=practice.services)
    desk = await practice.staff(Permission.WEB_PORTAL)
    manager = await practice.staff(Permission.WEB_PORTAL, Permission.MANAGE_STAFF)
    assert await listed(desk) == []
    assert [row.kind for row in await listed(manager)] == [LetterKind.STAFF_WELCOME]


async def test_list_needs_the_permission_and_stays_inside_the_practice(practice: Practice, services: Services) -> None:
    elsewhere = await open_practice(services, slug="harbor")
    theirs = await elsewhere.contact()
    await invite_contact(elsewhere.system, theirs.id, services)
    assert await listed(await practice.staff(Permission.WEB_PORTAL)) == []
    assert await listed(await practice.staff(Permission.WEB_PORTAL), contact_id=theirs.id) == []
    for permission in set(Permission) - {Permission.WEB_PORTAL}:
        with pytest.raises(NotPermitted):
            await letter_page(await practice.staff(permission), LetterFilter(), PageRequest())


async def test_pages_of_thousands_follow_one_another_by_index(practice: Practice, clock: FixedClock) -> None:
    desk = await practice.staff(Permission.WEB_PORTAL)
    contact = await _fill(practice, clock)
    seen: list[LetterRow] = []
    request, more = PageRequest(limit=100), True
    with statements() as sent:
        while more:
            page = await letter_page(desk, LetterFilter(), request)
            seen += page.rows
            last = seen[-1]
            more, request = page.has_next, PageRequest(limit=100, after=(last.created_at, last.id))
        of_one = await letter_page(desk, LetterFilter(contact.id), PageRequest(limit=100))
    assert len({row.id for row in seen}) == MANY
    assert len(of_one.rows) == MANY / 40
    assert [row.created_at for row in seen] == sorted((row.created_at for row in seen), reverse=True)
    before = PageRequest(limit=2, before=(seen[5].created_at, seen[5].id), backwards=True)
    assert [row.id for row in (await letter_page(desk, LetterFilter(), before)).rows] == [seen[3].id, seen[4].id]
    for statement, values in (sent[0], sent[7], sent[-1]):
        plan = await plan_of(statement, values)
        assert "Seq Scan on letter" not in plan
        assert "SCAN l" not in plan


async def _fill(practice: Practice, clock: FixedClock) -> Contact:
    """Thousands of invitations' letters to forty people, two at each moment; the last of them."""
    contacts = [await practice.contact(f"Omar {number}", emails=(f"o{number}@example.com",)) for number in range(40)]
    for contact in contacts:
        await invite_contact(practice.system, contact.id, practice.services)
    await Letter.all().delete()
    invitations = await Invitation.all()
    now = clock.now()
    await Letter.bulk_create(
        [
            Letter(
                organization_id=practice.organization.id,
                kind=LetterKind.PORTAL_INVITATION,
                to_address="omar.reyes@example.com",
                invitation_id=invitations[number % len(invitations)].id,
                message_id=f"<{number}@v.example>",
                status=LetterStatus.SENT,
                created_at=now - timedelta(minutes=number // 2),
                next_attempt_at=now,
            )
            for number in range(MANY)
        ],
        batch_size=500,
    )
    await get_connection("default").execute_script("ANALYZE")
    return contacts[-1]
