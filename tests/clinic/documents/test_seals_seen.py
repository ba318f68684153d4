"""What an operator sees of seals: what waits, what was counted, and one log line for each document."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.actions.timestamp import upgrade_seals
from clinic.upkeep.backlog import SealsBacklog, seals_backlog
from clinic.values.metrics import SealResult
from clinic.values.ports import SealUnavailable
from tests.clinic.documents.signing import Person, paper, sign
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.metrics import Counted
from tests.factories.sealing import WaxSealer


async def test_a_seal_that_waits_fails_and_is_made(
    practice: Practice, omar: Person, sealer: WaxSealer, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    counted = Counted()
    services = replace(practice.services, metrics=counted)
    document = await sign(practice, omar, await paper(practice, omar.contact, omar.contact))
    signed_at = clock.now()
    assert await seals_backlog() == SealsBacklog(1, 0, signed_at)

    sealer.trouble = SealUnavailable("no key")
    await complete_due_documents(services, worker_name="w")
    assert await seals_backlog() == SealsBacklog(1, 1, signed_at)

    sealer.trouble, sealer.authority = None, False
    clock.advance(timedelta(hours=1))
    with caplog.at_level(logging.INFO, "clinic.documents"):
        await complete_due_documents(services, worker_name="w")
    # It is due again, for its timestamp; but it is sealed.
    assert await seals_backlog() == SealsBacklog(0, 0, None)

    sealer.authority = True
    clock.advance(timedelta(hours=1))
    await upgrade_seals(services, worker_name="w")

    assert counted.seals == {SealResult.POSTPONED: 1, SealResult.SEALED: 1, SealResult.TIMESTAMPED: 1}
    [line] = [record for record in caplog.records if record.message == "seal.made"]
    assert (vars(line)["document_id"], vars(line)["level"], vars(line)["attempts"]) == (str(document.id), "SEALED", 2)
