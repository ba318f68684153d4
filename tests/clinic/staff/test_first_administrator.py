"""The first administrator of a practice: made once, by a link that is printed and mailed alike."""

import asyncio

import pytest

from clinic.letters.delivery import deliver_due_letters
from clinic.staff.actions import accept_staff_invitation, create_first_administrator
from clinic.staff.models import StaffMember, StaffState
from clinic.values.callers import Permission
from clinic.values.errors import InvalidInput
from clinic.work.models import AuditEvent
from tests.factories import PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes


async def test_the_letter_has_the_link_that_was_printed(practice: Practice, mailbox: Mailbox) -> None:
    printed = await create_first_administrator(
        practice.system, name="Kim Vale", email="kim@alder.example", services=practice.services
    )
    assert printed is not None
    await deliver_due_letters(practice.services, worker_name="test")
    [letter] = mailbox.letters
    text = letter.get_body(("plain",))
    assert text is not None
    assert printed.link in text.get_content()
    await accept_staff_invitation(
        printed.link.rpartition("/")[2], PASSWORD, practice.anonymous.origin, practice.services
    )
    member = await StaffMember.get()
    assert (member.state, member.granted) == (StaffState.ACTIVE, frozenset(Permission))


async def test_only_one_first_administrator_is_made(practice: Practice) -> None:
    made = await asyncio.gather(
        *(
            create_first_administrator(
                practice.system, name=name, email=f"{name}@alder.example", services=practice.services
            )
            for name in ("kim", "ada")
        )
    )
    assert [each is None for each in made].count(True) == 1
    assert await StaffMember.all().count() == 1
    assert await AuditEvent.filter(action="staff_member.invited").count() == 1


async def test_a_practice_with_staff_gets_no_first_administrator(practice: Practice) -> None:
    await practice.staff()
    async with nothing_changes():
        assert (
            await create_first_administrator(
                practice.system, name="Kim Vale", email="kim@alder.example", services=practice.services
            )
            is None
        )
        with pytest.raises(InvalidInput):
            await create_first_administrator(practice.system, name="Kim", email="kim", services=practice.services)
