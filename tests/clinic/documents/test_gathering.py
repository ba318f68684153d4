"""Sharing many documents within minutes makes one letter to each person, not one for each document."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.documents.actions.share import share_document
from clinic.letters.delivery import deliver_due_letters
from clinic.mail.models import Letter, LetterKind
from clinic.values.ports import Services
from tests.clinic.documents.family import Family, document_about
from tests.clock import FixedClock
from tests.factories import Mailbox
from tests.factories.documents import put_document
from tests.factories.letters import text_of

WAIT = timedelta(minutes=2)
MANY = 30


@pytest.fixture
def waiting(family: Family) -> Services:
    return replace(family.practice.services, letter_wait=WAIT)


async def two_workers(services: Services) -> int:
    found = await asyncio.gather(
        *(deliver_due_letters(services, worker_name=f"worker-{number}") for number in range(2))
    )
    return sum(found)


async def test_thirty_shares_and_requests_to_sign_make_one_letter(
    family: Family, waiting: Services, mailbox: Mailbox, clock: FixedClock
) -> None:
    for number in range(MANY):
        signers = [family.leo] if number % 2 else []
        document = await put_document(family.practice, family.mia, f"Form {number}", signers=signers)
        await share_document(family.desk, document.id, [family.leo.id], waiting)
        if number % 10 == 0:
            clock.advance(timedelta(seconds=10))
            assert await two_workers(waiting) == 0

    clock.advance(WAIT)
    assert await two_workers(waiting) == 1
    clock.advance(WAIT)
    assert await two_workers(waiting) == 0

    [letter] = mailbox.letters
    assert letter["To"] == "leo@example.com"
    assert "/documents\n" in text_of(letter)
    assert "Form" not in text_of(letter)


async def test_a_letter_waits_from_the_first_share_and_no_longer(
    family: Family, waiting: Services, mailbox: Mailbox, clock: FixedClock
) -> None:
    """Somebody who shares one document a minute does not hold the letter back for ever."""
    for _ in range(2):
        document = await document_about(family)
        await share_document(family.desk, document.id, [family.leo.id], waiting)
        clock.advance(WAIT / 2)
    assert await two_workers(waiting) == 1
    assert len(mailbox.letters) == 1


async def test_shares_at_the_same_time_make_one_letter(family: Family, waiting: Services) -> None:
    """About two clients: changes of documents about one client happen one after the other anyway."""
    documents = [await put_document(family.practice, each) for each in (family.mia, family.leo) for _ in range(4)]
    await asyncio.gather(*(share_document(family.desk, each.id, [family.leo.id], waiting) for each in documents))
    [letter] = await Letter.filter(kind=LetterKind.DOCUMENT_AWAITS)
    assert letter.document_id is None
