"""The worker keeps on through outages and ends when it is told to."""

import asyncio
import time
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
import structlog
from tortoise.connection import get_connection

from clinic.portal_access.actions import invite_contact
from clinic.throttling.models import AttemptWindow
from runtime.worker import DRAIN_TIMEOUT, repeat, run_worker
from tests.clock import FixedClock
from tests.factories import Mailbox, make_services, open_practice


async def test_it_works_on_at_once_while_there_is_something_to_do() -> None:
    stop = asyncio.Event()
    found = [3, 20, 1]

    async def work() -> int:
        if not found:
            stop.set()
            return 0
        return found.pop()

    started = time.monotonic()
    await repeat(work, stop)

    assert found == []
    assert time.monotonic() - started < 0.5


async def test_it_outlives_an_outage() -> None:
    stop = asyncio.Event()
    calls = 0

    async def work() -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ConnectionRefusedError
        stop.set()
        return 1

    await repeat(work, stop)

    assert calls == 2


async def test_a_defect_is_logged_and_the_work_is_tried_again() -> None:
    stop = asyncio.Event()
    calls = 0

    async def work() -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise KeyError
        stop.set()
        return 1

    with structlog.testing.capture_logs() as lines:
        await repeat(work, stop)

    assert calls == 2
    assert [(line["event"], line["log_level"]) for line in lines] == [("worker.defect", "error")]


async def test_told_to_end_it_finishes_what_is_under_way() -> None:
    stop, begun, may_finish = asyncio.Event(), asyncio.Event(), asyncio.Event()
    finished = False

    async def work() -> int:
        nonlocal finished
        begun.set()
        await may_finish.wait()
        finished = True
        return 1

    worker = asyncio.create_task(repeat(work, stop))
    await begun.wait()
    stop.set()
    await asyncio.sleep(0)
    assert not worker.done()
    may_finish.set()
    await worker

    assert finished


async def test_told_to_end_an_idle_worker_ends_at_once() -> None:
    stop, asked = asyncio.Event(), asyncio.Event()

    async def work() -> int:
        asked.set()
        return 0

    worker = asyncio.create_task(repeat(work, stop))
    await asked.wait()
    started = time.monotonic()
    stop.set()
    await worker

    assert time.monotonic() - started < 0.5


def test_what_is_under_way_is_cut_off_before_ten_seconds_are_over() -> None:
    assert DRAIN_TIMEOUT.total_seconds() < 10


async def test_cancelling_the_worker_cancels_its_round() -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> int:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return 0

    worker = asyncio.create_task(repeat(work, asyncio.Event()))
    await begun.wait()
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker
    async with asyncio.timeout(1):
        await cancelled.wait()


class AskedClock(FixedClock):
    """Tells when it was asked for the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    def now(self) -> datetime:
        self.asked.set()
        return super().now()


@pytest.mark.usefixtures("database")
async def test_timed_work_runs_at_the_start_even_without_a_mail_server(clock: FixedClock) -> None:
    await AttemptWindow.create(key="ended", attempts=1, ends_at=clock.now() - timedelta(seconds=1))
    await AttemptWindow.create(key="open", attempts=1, ends_at=clock.now() + timedelta(seconds=1))
    stop, asked_clock = asyncio.Event(), AskedClock()
    worker = asyncio.create_task(run_worker(make_services(asked_clock, None), stop))

    await asked_clock.asked.wait()
    stop.set()
    await worker

    assert [window.key for window in await AttemptWindow.all()] == ["open"]


class TellingMailbox(Mailbox):
    """A mail server that tells when it got a letter."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived = asyncio.Event()

    async def deliver(self, message: EmailMessage) -> None:
        await super().deliver(message)
        self.arrived.set()


@pytest.mark.usefixtures("database")
async def test_seals_that_fail_for_any_reason_do_not_stop_letters(clock: FixedClock) -> None:
    mailbox = TellingMailbox()
    practice = await open_practice(make_services(clock, mailbox))
    contact = await practice.contact(emails=("omar.reyes@example.com",))
    await invite_contact(practice.system, contact.id, practice.services)
    # The worker finds the table of seals as no release ever left it, which is a defect.
    await get_connection("default").execute_script("ALTER TABLE completion RENAME TO completion_gone")
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(make_services(clock, mailbox), stop))
    try:
        with structlog.testing.capture_logs() as lines:
            async with asyncio.timeout(60):
                await mailbox.arrived.wait()
            stop.set()
            await worker
    finally:
        worker.cancel()
        await get_connection("default").execute_script("ALTER TABLE completion_gone RENAME TO completion")

    assert len(mailbox.letters) == 1
    assert "worker.defect" in [line["event"] for line in lines]
