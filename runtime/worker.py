"""The worker: delivers letters, seals fully signed documents, runs scheduled work. Several may run concurrently."""

import asyncio
import os
import random
import socket
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta

import asyncpg
import structlog
from tortoise.exceptions import DBConnectionError, OperationalError

from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.actions.timestamp import upgrade_seals
from clinic.letters.delivery import deliver_due_letters
from clinic.upkeep.timed_work import run_timed_work
from clinic.values.ports import Services
from runtime.heartbeat import Heartbeat
from runtime.signing import signing_status

log = structlog.get_logger(__name__)

IDLE_INTERVAL = timedelta(seconds=1)
MAX_BACKOFF = timedelta(seconds=30)
# Hourly, because birthdays start at midnight in each time zone.
UPKEEP_INTERVAL = timedelta(hours=1)
# A seal is valid without a timestamp, so there is no hurry to retry an unavailable authority.
TIMESTAMP_INTERVAL = timedelta(minutes=10)
# Exiting after SIGTERM takes at most 10 s (security.md, Nothing lost). The rest is for closing connections.
DRAIN_TIMEOUT = timedelta(seconds=8)

# Errors of an unavailable database or network. Any other error is a defect and ends the worker.
OUTAGES = (
    OSError,
    DBConnectionError,
    OperationalError,
    sqlite3.OperationalError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)

Work = Callable[[], Awaitable[int]]


def worker_name() -> str:
    """The name with which this worker claims letters in the outbox."""
    return f"{socket.gethostname()[:60]}/{os.getpid()}"


async def run_worker(services: Services, stop: asyncio.Event, heartbeat: Heartbeat | None = None) -> None:
    """Deliver, seal and keep up until `stop` is set, then finish what is under way, for `DRAIN_TIMEOUT` at most.

    A letter or a seal that is cancelled then keeps its claim until the lease ends, and another worker retries it. Each
    kind of work has its own loop, so that a slow seal does not delay letters.
    """
    name = worker_name()
    heartbeat = heartbeat or Heartbeat()

    def turns(loop: str, work: Work, idle: timedelta = IDLE_INTERVAL) -> Coroutine[None, None, None]:
        heartbeat.expect(loop, idle)
        return repeat(work, stop, idle=idle, turned=lambda: heartbeat.turned(loop))

    if services.mail is None:
        log.warning("worker.no_mail_server", remedy="set VESTIBULE_SMTP_URL; until then letters wait")
    log.info("worker.started", worker=name)
    async with asyncio.TaskGroup() as rounds:
        rounds.create_task(turns("upkeep", lambda: _upkeep(services), UPKEEP_INTERVAL))
        rounds.create_task(turns("seals", lambda: complete_due_documents(services, worker_name=name)))
        rounds.create_task(turns("timestamps", lambda: upgrade_seals(services, worker_name=name), TIMESTAMP_INTERVAL))
        if services.mail is not None:
            rounds.create_task(turns("letters", lambda: deliver_due_letters(services, worker_name=name)))
    log.info("worker.stopped", worker=name)


async def _upkeep(services: Services) -> int:
    await run_timed_work(services)
    # Logs an expiring certificate every hour.
    await signing_status(services.sealer, services.clock)
    return 0


async def repeat(
    work: Work, stop: asyncio.Event, *, idle: timedelta = IDLE_INTERVAL, turned: Callable[[], None] = lambda: None
) -> None:
    """Call `work` on and on: at once while it finds something, after `idle` otherwise, ever later in an outage.

    `turned` is called after each round.
    """
    outages = 0
    while not stop.is_set():
        try:
            found = await _run_with_drain_timeout(work, stop)
            outages = 0
        except OUTAGES as outage:
            outages += 1
            found = 0
            log.warning("worker.outage", error=type(outage).__name__, in_a_row=outages)
        turned()
        if not found:
            await _pause(stop, outages, idle)


async def _run_with_drain_timeout(work: Work, stop: asyncio.Event) -> int:
    """Run `work` once. After `stop` is set, it is cancelled after `DRAIN_TIMEOUT`."""
    under_way = asyncio.ensure_future(work())
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({under_way, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not under_way.done():
            await asyncio.wait({under_way}, timeout=DRAIN_TIMEOUT.total_seconds())
        if not under_way.done():
            under_way.cancel()
            await asyncio.wait({under_way})
        return 0 if under_way.cancelled() else under_way.result()
    finally:
        stopped.cancel()
        if not under_way.done():
            under_way.cancel()


async def _pause(stop: asyncio.Event, outages: int, idle: timedelta) -> None:
    seconds = idle.total_seconds()
    if outages:
        seconds = min(IDLE_INTERVAL.total_seconds() * 2 ** min(outages, 10), MAX_BACKOFF.total_seconds())
    # Jitter keeps several workers from querying at the same moment.
    seconds *= random.uniform(0.8, 1.2)  # noqa: S311 - no secret
    try:
        await asyncio.wait_for(stop.wait(), timeout=seconds)
    except TimeoutError:
        return
