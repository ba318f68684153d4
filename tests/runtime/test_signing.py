"""Whether documents can be sealed is said by /readyz and in the log before it is needed."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.sealing import PyhankoSealer, SigningKeyFile
from clinic.values.ports import SealKey
from runtime.readiness import readiness
from runtime.signing import expiry_warning, signing_status
from tests.clock import FixedClock
from tests.factories import make_services
from tests.factories.keys import key_file_ending

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=365), ""),
        (timedelta(days=30, seconds=1), ""),
        (timedelta(days=30), "expires in 30 days"),
        (timedelta(days=2, hours=23), "expires in 2 days"),
        (timedelta(hours=1), "expires in 0 days"),
    ],
)
def test_expiry_is_warned_of_30_days_ahead(left: timedelta, said: str) -> None:
    assert expiry_warning(SealKey("CN=Seal", "0" * 64, NOW + left), NOW) == said


@pytest.mark.usefixtures("database")
async def test_without_a_signing_key_it_serves_and_says_what_is_degraded(
    clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    services = replace(make_services(clock), sealer=PyhankoSealer(SigningKeyFile(None)))
    with caplog.at_level(logging.ERROR):
        found = await readiness(services)

    assert (found.ready, found.parts["signing"], found.parts["files"]) == (True, "unavailable", "ok")
    assert "signing" in found.degraded
    assert [record.message for record in caplog.records] == ["documents can't be sealed"]


@pytest.mark.usefixtures("database")
async def test_ready_with_a_key_that_ends_soon_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    clock = FixedClock(datetime.now(UTC))
    services = replace(make_services(clock), sealer=PyhankoSealer(key_file_ending(timedelta(days=9, hours=1))))
    with caplog.at_level(logging.WARNING):
        found = await readiness(services)

    assert (found.ready, found.parts["signing"]) == (True, "expires in 9 days")
    assert "signing" not in found.degraded
    assert [record.message for record in caplog.records] == ["the signing certificate expires"]


@pytest.mark.usefixtures("database")
async def test_the_key_is_not_tried_for_each_question(clock: FixedClock, caplog: pytest.LogCaptureFixture) -> None:
    services = replace(make_services(clock), sealer=PyhankoSealer(SigningKeyFile(None)))
    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            await readiness(services)

    assert len(caplog.records) == 1


async def test_a_usable_key_is_ok(clock: FixedClock) -> None:
    assert await signing_status(make_services(clock).sealer, clock) == "ok"
