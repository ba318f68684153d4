"""Nothing is lost when API and worker are killed without warning; `bench/kill.py` does the same at length."""

from email.message import EmailMessage
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from tortoise.context import TortoiseContext

from bench.kill import run
from bench.losses import Acknowledged, Count, count_losses
from bench.turmoil import Turmoil, on_each_database
from clinic.letters.delivery import deliver_due_letters
from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.actions import invite_contact
from clinic.portal_access.models import ContactPortalState, Invitation, PortalLink
from clinic.values.callers import Permission
from clinic.work.models import AuditEvent
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services, open_practice
from tests.journeys.forked_child import ForkedChild


async def test_killing_api_and_worker_loses_nothing_that_was_acknowledged(database_url: str, tmp_path: Path) -> None:
    count, turmoil = await run(database_url, tmp_path, creations=8, kills=3, seed=7, child=ForkedChild)

    assert count.broken == []
    # What a kill cuts off is up to the moment. Of many kills one must hit something: the long run says so.
    assert turmoil.killed == ["api", "worker", "api"]
    assert count.acknowledged == 8 - turmoil.given_up
    assert count.complete == count.acknowledged
    assert count.delivered + count.waiting == count.complete + count.unacknowledged


@pytest.mark.parametrize(("interrupted", "code"), [(0, 1), (1, 0)])
async def test_long_run_whose_kills_cut_nothing_off_is_no_success(interrupted: int, code: int) -> None:
    async def one(url: str, folder: Path) -> tuple[Count, Turmoil[Acknowledged]]:
        return Count(), Turmoil(1, 1, Random(1), interrupted=interrupted)

    assert await on_each_database(["sqlite"], one, lambda count, turmoil: {}) == code


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def practice(database: TortoiseContext, clock: FixedClock, mailbox: Mailbox) -> Practice:
    return await open_practice(make_services(clock, mailbox))


async def _invited(practice: Practice) -> Acknowledged:
    contact = await practice.contact()
    caller = await practice.staff(Permission.WEB_PORTAL)
    account = await invite_contact(caller, contact.id, practice.services)
    return Acknowledged(contact.id, account.id)


async def _delivered(practice: Practice) -> Acknowledged:
    acknowledged = await _invited(practice)
    assert await deliver_due_letters(practice.services, worker_name="test") == 1
    return acknowledged


async def _broken(practice: Practice, acknowledged: Acknowledged, letters: list[EmailMessage]) -> list[str]:
    contents = [letter.as_bytes() for letter in letters]
    return (await count_losses(practice.organization.id, [acknowledged], contents)).broken


async def test_an_account_with_all_that_belongs_to_it_counts_as_whole(practice: Practice, mailbox: Mailbox) -> None:
    assert await _broken(practice, await _delivered(practice), mailbox.letters) == []


async def test_an_acknowledged_account_that_is_missing_is_noticed(practice: Practice) -> None:
    lost = Acknowledged(uuid4(), uuid4())

    assert await _broken(practice, lost, []) == ["1 acknowledged accounts are not there, or not whole"]


async def test_an_account_without_its_link_is_noticed(practice: Practice) -> None:
    acknowledged = await _invited(practice)
    await PortalLink.filter(account_id=acknowledged.account_id).delete()

    assert await _broken(practice, acknowledged, []) == [
        "1 acknowledged accounts are not there, or not whole",
        "1 accounts without a live link",
        "1 stored portal states are wrong",
    ]


async def test_a_stored_state_that_is_wrong_is_noticed(practice: Practice, mailbox: Mailbox) -> None:
    acknowledged = await _delivered(practice)
    await ContactPortalState.filter(id=acknowledged.contact_id).update(state="NO_ACCOUNT")

    assert await _broken(practice, acknowledged, mailbox.letters) == ["1 stored portal states are wrong"]


async def test_an_invitation_without_its_letter_is_noticed(practice: Practice) -> None:
    acknowledged = await _invited(practice)
    await Letter.all().delete()

    assert await _broken(practice, acknowledged, []) == [
        "1 acknowledged accounts are not there, or not whole",
        "1 invitations without a letter",
    ]


async def test_an_account_without_its_invitation_is_noticed(practice: Practice) -> None:
    acknowledged = await _invited(practice)
    await Letter.all().delete()
    await Invitation.all().delete()

    assert await _broken(practice, acknowledged, []) == [
        "1 acknowledged accounts are not there, or not whole",
        "1 accounts without an open invitation",
    ]


async def test_a_letter_noted_as_sent_that_never_arrived_is_noticed(practice: Practice) -> None:
    acknowledged = await _delivered(practice)

    assert await _broken(practice, acknowledged, []) == ["1 letters are noted as sent and never arrived"]


async def test_a_letter_given_up_is_noticed(practice: Practice) -> None:
    acknowledged = await _invited(practice)
    await Letter.all().update(status=LetterStatus.BOUNCED)

    assert await _broken(practice, acknowledged, []) == [
        "1 acknowledged accounts are not there, or not whole",
        "1 letters neither sent nor waiting",
    ]


async def test_a_letter_that_comes_twice_with_two_links_is_noticed(practice: Practice, mailbox: Mailbox) -> None:
    acknowledged = await _delivered(practice)
    [letter] = mailbox.letters
    other = EmailMessage()
    other["Message-ID"] = letter["Message-ID"]
    other.set_content("https://portal.vestibule.example/willow-creek/register/another")

    assert await _broken(practice, acknowledged, [other, letter]) == [
        "1 letters arrived twice with different links",
    ]


async def test_a_letter_that_comes_twice_with_the_same_link_is_no_loss(practice: Practice, mailbox: Mailbox) -> None:
    acknowledged = await _delivered(practice)
    twice = [letter.as_bytes() for letter in mailbox.letters * 2]

    count = await count_losses(practice.organization.id, [acknowledged], twice)

    assert (count.broken, count.sent_again) == ([], 1)


async def test_a_torn_audit_chain_is_noticed(practice: Practice) -> None:
    acknowledged = await _invited(practice)
    last = await AuditEvent.filter(organization_id=practice.organization.id).order_by("-sequence").first()
    assert last is not None
    last.id, last.sequence = uuid4(), last.sequence + 1
    await last.save(force_create=True)

    assert await _broken(practice, acknowledged, []) == [f"the audit chain is broken at {last.sequence}"]
