"""The worker's `/healthz` notices a loop that hangs, and no outage."""

import asyncio
from datetime import timedelta

import httpx2
import pytest

from clinic.values.ports import Services
from runtime.heartbeat import LONGEST_ROUND, Heartbeat
from runtime.monitoring.counters import Counters
from runtime.monitoring.worker_listener import worker_app
from runtime.settings import Environment, Settings
from runtime.worker import repeat, run_worker
from tests.clock import FixedClock
from tests.factories import SECRET_KEY, make_services


async def health(heartbeat: Heartbeat, services: Services) -> tuple[int, object]:
    settings = Settings(environment=Environment.TEST, secret_keys=(SECRET_KEY,))
    app = worker_app(settings, services, Counters(), heartbeat)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8002") as http:
        answer = await http.get("/healthz")
    return answer.status_code, answer.json()


async def test_a_loop_that_hangs_is_named(clock: FixedClock) -> None:
    seconds = 0.0
    heartbeat = Heartbeat(lambda: seconds)
    heartbeat.expect("letters", timedelta(seconds=1))
    heartbeat.expect("upkeep", timedelta(hours=1))
    services = make_services(clock)

    seconds = LONGEST_ROUND.total_seconds() + 2
    assert await health(heartbeat, services) == (200, {"stuck": []})
    seconds += 1
    assert await health(heartbeat, services) == (503, {"stuck": ["letters"]})
    heartbeat.turned("letters")
    assert await health(heartbeat, services) == (200, {"stuck": []})


async def test_a_round_that_meets_an_outage_has_turned() -> None:
    stop, turned = asyncio.Event(), []

    async def work() -> int:
        stop.set()
        raise ConnectionRefusedError

    await repeat(work, stop, turned=lambda: turned.append("yes"))

    assert turned == ["yes"]


@pytest.mark.usefixtures("database")
async def test_every_loop_of_the_worker_is_expected(clock: FixedClock) -> None:
    heartbeat, stop = Heartbeat(), asyncio.Event()
    stop.set()

    await run_worker(make_services(clock), stop, heartbeat)

    # no mail server: no loop for letters
    assert set(heartbeat.ages()) == {"upkeep", "seals", "last_days", "timestamps", "webhooks"}
