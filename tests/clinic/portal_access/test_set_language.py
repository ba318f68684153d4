"""The language a person chose, remembered for pages and letters."""

import pytest

from clinic.portal_access.actions import set_language
from clinic.values.errors import InvalidInput
from tests.clinic.portal_access.account_letters import account_at, caller_of, verified
from tests.factories import Mailbox, Practice
from tests.factories.contents import nothing_changes


async def test_language_the_practice_offers_is_remembered(practice: Practice, mailbox: Mailbox) -> None:
    patient = caller_of(await verified(practice, mailbox))
    await set_language(patient, "es", practice.services)
    assert (await account_at(practice)).language == "es"
    async with nothing_changes():
        await set_language(patient, "es", practice.services)


async def test_language_the_practice_does_not_offer_is_refused(practice: Practice, mailbox: Mailbox) -> None:
    patient = caller_of(await verified(practice, mailbox))
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await set_language(patient, "fr", practice.services)
    assert [problem.path for problem in refusal.value.problems] == ["language"]
