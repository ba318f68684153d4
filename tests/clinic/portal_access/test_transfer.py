"""The reviewed way out of a conflict (product §2): two persons, both records audited, nothing told of the other."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import pytest

from clinic.database.rows import fetch
from clinic.portal_access.actions import (
    SignedIn,
    approve_transfer,
    decline_transfer,
    link_account,
    request_transfer,
    unlink_account,
    withdraw_transfer,
)
from clinic.portal_access.errors import (
    AlreadyDecided,
    ConflictChanged,
    InvitationNotUsable,
    NoConflict,
    NotYourRequest,
    SecondPersonNeeded,
)
from clinic.portal_access.models import LinkedHow, PortalAccount, PortalLink, TransferRequest
from clinic.portal_access.status import PortalState
from clinic.portal_access.transfers import waiting_transfers
from clinic.records.models import Contact
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from tests.clinic.portal_access.journey import accept, deliver, invited, state_of
from tests.clinic.portal_access.ways import desk_of, events, opens, pin_of, registered
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.factories.letters import text_of, token_in
from tests.factories.overtaking import overtaken


@dataclass(frozen=True)
class Conflict:
    """Two records with one address: the holder's person has the account."""

    holder: Contact
    signed_in: SignedIn
    contact: Contact
    asker: StaffCaller
    decider: StaffCaller


@pytest.fixture
async def conflict(practice: Practice, mailbox: Mailbox) -> Conflict:
    holder = await practice.contact("Rosa", emails=("family@example.com",))
    _, signed_in = await registered(practice, mailbox, holder)
    contact = await practice.contact(emails=("family@example.com",))
    asker = await practice.staff(Permission.WEB_PORTAL)
    return Conflict(holder, signed_in, contact, asker, await desk_of(practice))


async def test_asking_changes_nothing_but_is_noted(practice: Practice, conflict: Conflict, clock: FixedClock) -> None:
    transfer = await request_transfer(conflict.asker, conflict.contact.id, "showed her passport", practice.services)

    assert (transfer.contact_id, transfer.reason, transfer.asked_at) == (
        conflict.contact.id,
        "showed her passport",
        clock.now(),
    )
    assert (transfer.asked_by_id, transfer.decided_at) == (conflict.asker.staff_member_id, None)
    assert await state_of(conflict.contact) is PortalState.EMAIL_CONFLICT
    assert await opens(practice, conflict.signed_in)
    assert [row.request.id for row in await waiting_transfers(conflict.decider)] == [transfer.id]
    async with nothing_changes():
        again = await request_transfer(conflict.asker, conflict.contact.id, "once more", practice.services)
    assert again.id == transfer.id


async def test_approved_the_account_changes_hands_and_both_records_start_anew(
    practice: Practice, conflict: Conflict, clock: FixedClock
) -> None:
    pins = [await pin_of(practice, contact) for contact in (conflict.holder, conflict.contact)]
    transfer = await request_transfer(conflict.asker, conflict.contact.id, "showed her passport", practice.services)

    decided = await approve_transfer(conflict.decider, transfer.id, practice.services)

    assert (decided.approved, decided.decided_at) == (True, clock.now())
    stored = await TransferRequest.get(id=transfer.id)
    assert (stored.approved, stored.decided_by_id) == (True, conflict.decider.staff_member_id)
    old = await PortalLink.get(contact_id=conflict.holder.id)
    assert (old.unlinked_at, old.unlinked_by_id) == (clock.now(), conflict.decider.staff_member_id)
    new = await PortalLink.get(contact_id=conflict.contact.id)
    assert (new.account_id, new.unlinked_at) == (conflict.signed_in.account.id, None)
    assert (new.linked_how, new.identity_confirmed_at) == (LinkedHow.TRANSFER, None)
    assert not await opens(practice, conflict.signed_in)
    renewed = [await pin_of(practice, contact) for contact in (conflict.holder, conflict.contact)]
    assert all(before != after for before, after in zip(pins, renewed, strict=True))
    assert await state_of(conflict.contact) is PortalState.LINKED
    assert await state_of(conflict.holder) is PortalState.EMAIL_CONFLICT
    audited = {event["subject"] for event in await events("portal_pin.renewed")}
    assert audited == {conflict.holder.id, conflict.contact.id}
    [approval] = await events("portal_transfer.approved")
    assert (approval["actor"], approval["subject"]) == (conflict.decider.staff_member_id, transfer.id)
    assert await waiting_transfers(conflict.decider) == []


@pytest.mark.parametrize("language", ["en", "es"])
async def test_the_former_holder_is_told_by_letter_that_names_nobody(
    practice: Practice, conflict: Conflict, mailbox: Mailbox, language: str
) -> None:
    await PortalAccount.filter(id=conflict.signed_in.account.id).update(language=language)
    transfer = await request_transfer(conflict.asker, conflict.contact.id, "showed her passport", practice.services)
    before = len(mailbox.letters)
    await approve_transfer(conflict.decider, transfer.id, practice.services)
    await deliver(practice)
    [letter] = mailbox.letters[before:]
    assert letter["To"] == "family@example.com"
    text = text_of(letter)
    said = {"en": "have connected it to another record", "es": "la han vinculado a otro expediente"}
    assert said[language] in " ".join(text.split())
    for person in (conflict.holder, conflict.contact):
        assert person.display_name not in text
        assert person.given_name not in text


async def test_declined_everything_stays(practice: Practice, conflict: Conflict) -> None:
    transfer = await request_transfer(conflict.asker, conflict.contact.id, "says so", practice.services)
    decided = await decline_transfer(conflict.decider, transfer.id, practice.services)
    assert decided.approved is False
    assert await state_of(conflict.contact) is PortalState.EMAIL_CONFLICT
    assert await state_of(conflict.holder) is PortalState.LINKED
    assert await opens(practice, conflict.signed_in)
    again = await request_transfer(conflict.asker, conflict.contact.id, "brought a passport", practice.services)
    assert again.id != transfer.id


async def test_an_account_nobody_registered_is_withdrawn_and_the_contact_invited(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    holder = await practice.contact("Rosa", emails=("family@example.com",))
    there = await invited(practice, mailbox, holder)
    contact = await practice.contact(emails=("family@example.com",))
    asker, decider = await desk_of(practice), await desk_of(practice)
    transfer = await request_transfer(asker, contact.id, "the address is his", practice.services)

    await approve_transfer(decider, transfer.id, practice.services)
    await deliver(practice)

    assert await state_of(holder) is PortalState.EMAIL_CONFLICT
    assert await state_of(contact) is PortalState.INVITED
    with pytest.raises(InvitationNotUsable):
        await accept(practice, there.token)
    await accept(practice, token_in(mailbox.letters[-1]))
    assert await state_of(contact) is PortalState.LINKED


async def test_whoever_asked_does_not_decide(practice: Practice, conflict: Conflict) -> None:
    transfer = await request_transfer(conflict.decider, conflict.contact.id, "showed her passport", practice.services)
    async with nothing_changes():
        for decide in (approve_transfer, decline_transfer):
            with pytest.raises(SecondPersonNeeded):
                await decide(conflict.decider, transfer.id, practice.services)


async def test_ten_deciding_at_once_decide_once(practice: Practice, conflict: Conflict) -> None:
    transfer = await request_transfer(conflict.asker, conflict.contact.id, "showed her passport", practice.services)
    answers = await asyncio.gather(
        *(approve_transfer(conflict.decider, transfer.id, practice.services) for _ in range(5)),
        *(decline_transfer(conflict.decider, transfer.id, practice.services) for _ in range(5)),
        return_exceptions=True,
    )
    assert Counter(type(answer) for answer in answers) == {TransferRequest: 1, AlreadyDecided: 9}


@pytest.mark.parametrize("earlier", [approve_transfer, decline_transfer])
async def test_approval_that_comes_while_somebody_decides_is_told_so(
    practice: Practice, conflict: Conflict, earlier: Callable[..., Awaitable[TransferRequest]]
) -> None:
    """An approval ends the conflict itself: that it is gone is no answer."""
    transfer = await request_transfer(conflict.asker, conflict.contact.id, "showed her passport", practice.services)
    with pytest.raises(AlreadyDecided):
        await overtaken(
            lambda: earlier(conflict.decider, transfer.id, practice.services),
            approve_transfer(conflict.decider, transfer.id, practice.services),
        )


async def test_without_a_conflict_there_is_nothing_to_ask_for(practice: Practice, conflict: Conflict) -> None:
    free = await practice.contact("Leo", emails=("leo@example.com",))
    async with nothing_changes():
        for contact in (free, conflict.holder):
            with pytest.raises(NoConflict):
                await request_transfer(conflict.asker, contact.id, "showed her passport", practice.services)


async def test_a_conflict_that_is_gone_is_not_approved(practice: Practice, conflict: Conflict) -> None:
    transfer = await request_transfer(conflict.asker, conflict.contact.id, "showed her passport", practice.services)
    await unlink_account(conflict.decider, conflict.holder.id, "moved away", practice.services)
    async with nothing_changes():
        with pytest.raises(NoConflict):
            await approve_transfer(conflict.decider, transfer.id, practice.services)


async def test_an_approval_never_ends_a_link_that_nobody_asked_about(
    practice: Practice, conflict: Conflict, clock: FixedClock
) -> None:
    """The account went to a third record, or came back to the first, after the request."""
    transfer = await request_transfer(conflict.asker, conflict.contact.id, "showed her passport", practice.services)
    third = await practice.contact("Mia", emails=("family@example.com",))
    for taker in (third, conflict.holder):
        clock.advance(timedelta(minutes=1))
        holder = (await PortalLink.get(unlinked_at=None)).contact_id
        await unlink_account(conflict.decider, holder, "moved away", practice.services)
        await link_account(conflict.decider, taker.id, practice.services)
        async with nothing_changes():
            with pytest.raises(ConflictChanged):
                await approve_transfer(conflict.decider, transfer.id, practice.services)

    clock.advance(timedelta(minutes=1))
    anew = await request_transfer(conflict.asker, conflict.contact.id, "showed it again", practice.services)

    assert anew.id != transfer.id
    assert [row.request.id for row in await waiting_transfers(conflict.decider)] == [anew.id]
    await approve_transfer(conflict.decider, anew.id, practice.services)
    assert await state_of(conflict.contact) is PortalState.LINKED


async def test_refused_nothing_changes(practice: Practice, other_practice: Practice, conflict: Conflict) -> None:
    transfer = await request_transfer(conflict.asker, conflict.contact.id, "showed her passport", practice.services)
    staff = await practice.staff(*(EVERY_PERMISSION - {Permission.WEB_PORTAL}))
    stranger = await other_practice.staff(*EVERY_PERMISSION)
    needed = (Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS)
    lacking = {missing: await practice.staff(*(EVERY_PERMISSION - {missing})) for missing in needed}
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await request_transfer(staff, conflict.contact.id, "showed her passport", practice.services)
        with pytest.raises(NotFound):
            await request_transfer(stranger, conflict.contact.id, "showed her passport", practice.services)
        with pytest.raises(InvalidInput):
            await request_transfer(conflict.asker, conflict.contact.id, "", practice.services)
        for decide in (approve_transfer, decline_transfer):
            for missing, caller in lacking.items():
                with pytest.raises(NotPermitted) as refusal:
                    await decide(caller, transfer.id, practice.services)
                assert refusal.value.permission == missing.value
            with pytest.raises(NotFound):
                await decide(stranger, transfer.id, practice.services)
            for unknown in (uuid4(), None):
                with pytest.raises(NotFound):
                    await decide(conflict.decider, unknown, practice.services)


async def test_the_requester_withdraws_and_nobody_decides(
    practice: Practice, conflict: Conflict, clock: FixedClock
) -> None:
    transfer = await request_transfer(conflict.asker, conflict.contact.id, "showed her passport", practice.services)

    withdrawn = await withdraw_transfer(conflict.asker, transfer.id, practice.services)

    assert (withdrawn.withdrawn_at, withdrawn.approved, withdrawn.decided_by_id) == (clock.now(), None, None)
    assert await waiting_transfers(conflict.decider) == []
    assert [event["subject"] for event in await events("portal_transfer.withdrawn")] == [transfer.id]
    assert await state_of(conflict.holder) is PortalState.LINKED
    async with nothing_changes():
        for decide in (approve_transfer, decline_transfer):
            with pytest.raises(AlreadyDecided):
                await decide(conflict.decider, transfer.id, practice.services)
        again = await withdraw_transfer(conflict.asker, transfer.id, practice.services)
    assert again.withdrawn_at == clock.now()
    anew = await request_transfer(conflict.asker, conflict.contact.id, "brought a passport", practice.services)
    assert anew.id != transfer.id


async def test_only_the_requester_withdraws_and_only_what_waits(
    practice: Practice, other_practice: Practice, conflict: Conflict
) -> None:
    transfer = await request_transfer(conflict.asker, conflict.contact.id, "showed her passport", practice.services)
    without = replace(conflict.asker, permissions=EVERY_PERMISSION - {Permission.WEB_PORTAL})
    stranger = await other_practice.staff(*EVERY_PERMISSION)
    async with nothing_changes():
        with pytest.raises(NotYourRequest):
            await withdraw_transfer(conflict.decider, transfer.id, practice.services)
        with pytest.raises(NotPermitted):
            await withdraw_transfer(without, transfer.id, practice.services)
        for caller, key in ((stranger, transfer.id), (conflict.asker, uuid4()), (conflict.asker, None)):
            with pytest.raises(NotFound):
                await withdraw_transfer(caller, key, practice.services)
    await decline_transfer(conflict.decider, transfer.id, practice.services)
    async with nothing_changes():
        with pytest.raises(AlreadyDecided):
            await withdraw_transfer(conflict.asker, transfer.id, practice.services)


async def test_withdrawn_and_approved_at_once_is_one_of_the_two(practice: Practice, conflict: Conflict) -> None:
    transfer = await request_transfer(conflict.asker, conflict.contact.id, "showed her passport", practice.services)
    answers = await asyncio.gather(
        *(withdraw_transfer(conflict.asker, transfer.id, practice.services) for _ in range(2)),
        *(approve_transfer(conflict.decider, transfer.id, practice.services) for _ in range(2)),
        return_exceptions=True,
    )
    kinds = Counter(type(answer) for answer in answers)
    stored = await TransferRequest.get(id=transfer.id)
    # A second withdrawal is answered as the first one; a second approval is told that it is decided.
    assert kinds == (
        {TransferRequest: 1, AlreadyDecided: 3} if stored.approved else {TransferRequest: 2, AlreadyDecided: 2}
    )


async def test_the_second_person_sees_what_to_judge_by_and_the_requester_does_not(
    practice: Practice, other_practice: Practice, conflict: Conflict
) -> None:
    transfer = await request_transfer(conflict.asker, conflict.contact.id, "showed her passport", practice.services)
    [seen] = await waiting_transfers(conflict.decider)
    assert seen.account is not None
    assert seen.link is not None
    assert (seen.account.id, seen.link.contact_id) == (conflict.signed_in.account.id, conflict.holder.id)
    asker = replace(conflict.asker, permissions=EVERY_PERMISSION)
    for lacking in (asker, await practice.staff(Permission.WEB_PORTAL), await practice.staff()):
        [hidden] = await waiting_transfers(lacking)
        assert (hidden.request.id, hidden.account, hidden.link) == (transfer.id, None, None)
    assert await waiting_transfers(await other_practice.staff(*EVERY_PERMISSION)) == []
    assert len(await waiting_transfers(conflict.decider, conflict.contact.id)) == 1
    assert await waiting_transfers(conflict.decider, conflict.holder.id) == []


async def test_links_that_transfers_made_before_are_told_from_those_that_staff_made(
    practice: Practice, conflict: Conflict, clock: FixedClock
) -> None:
    by_staff = (await PortalLink.get(contact_id=conflict.holder.id)).id
    transfer = await request_transfer(conflict.asker, conflict.contact.id, "showed her passport", practice.services)
    clock.advance(timedelta(minutes=1))
    await approve_transfer(conflict.decider, transfer.id, practice.services)
    await PortalLink.all().update(linked_how=LinkedHow.STAFF)

    await fetch(import_module("clinic.migrations.0020_transfers").BY_TRANSFER)

    hows = {link.id: link.linked_how for link in await PortalLink.all()}
    assert hows.pop(by_staff) is LinkedHow.STAFF
    assert list(hows.values()) == [LinkedHow.TRANSFER]
