"""The worker: delivers letters, seals what everybody has signed, runs timed work. Any number may run at once."""

import asyncio
import os
import random
import socket
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
import structlog
from tortoise.exceptions import DBConnectionError, OperationalError

from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.actions.timestamp import upgrade_seals
from clinic.letters.delivery import deliver_due_letters
from clinic.upkeep.timed_work import run_timed_work
from clinic.values.ports import Services
from runtime.signing import signing_word

log = structlog.get_logger(__name__)

PAUSE_WHEN_IDLE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=30)
# Birthdays begin at midnight somewhere every hour.
UPKEEP_EVERY = timedelta(hours=1)
# A seal without a timestamp holds all the same; the authority is not asked every second whether it is back.
TIMESTAMPS_EVERY = timedelta(minutes=10)
# TERM to end takes at most 10 s (security.md, Nothing lost); what is left is for closing connections.
DRAIN = timedelta(seconds=8)

# What an outage of the database or the network looks like. Anything else is a defect and ends the worker.
OUTAGES = (
    OSError,
    DBConnectionError,
    OperationalError,
    sqlite3.OperationalError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)

Round = Callable[[], Awaitable[int]]


def worker_name() -> str:
    """Who claims a letter, as the outbox shows it."""
    return f"{socket.gethostname()[:60]}/{os.getpid()}"


async def run_worker(services: Services, stop: asyncio.Event) -> None:
    """Deliver, seal and keep up until `stop` is set, then finish what is under way, for `DRAIN` at most.

    A letter or a seal cut off there keeps its claim until the lease ends; then another worker takes it over. Each kind
    of work has its own round, so that a slow seal holds up no letter.
    """
    name = worker_name()
    if services.mail is None:
        log.warning("worker.no_mail_server", remedy="set VESTIBULE_SMTP_URL; until then letters wait")
    log.info("worker.started", worker=name)
    async with asyncio.TaskGroup() as rounds:
        rounds.create_task(repeat(lambda: _upkeep(services), stop, idle=UPKEEP_EVERY))
        rounds.create_task(repeat(lambda: complete_due_documents(services, worker_name=name), stop))
        rounds.create_task(repeat(lambda: upgrade_seals(services, worker_name=name), stop, idle=TIMESTAMPS_EVERY))
        if services.mail is not None:
            rounds.create_task(repeat(lambda: deliver_due_letters(services, worker_name=name), stop))
    log.info("worker.stopped", worker=name)


async def _upkeep(services: Services) -> int:
    await run_timed_work(services)
    # Says it in the log, hour by hour, while somebody can still do something about it.
    await signing_word(services.sealer, services.clock)
    return 0


async def repeat(work: Round, stop: asyncio.Event, *, idle: timedelta = PAUSE_WHEN_IDLE) -> None:
    """Call `work` on and on: at once while it finds something, after `idle` otherwise, ever later in an outage."""
    outages = 0
    while not stop.is_set():
        try:
            found = await _unless_stopped_too_long(work, stop)
            outages = 0
        except OUTAGES as outage:
            outages += 1
            found = 0
            log.warning("worker.outage", error=type(outage).__name__, in_a_row=outages)
        if not found:
            await _pause(stop, outages, idle)


async def _unless_stopped_too_long(work: Round, stop: asyncio.Event) -> int:
    """One round. Once `stop` is set it has `DRAIN` left, then it is cancelled."""
    under_way = asyncio.ensure_future(work())
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({under_way, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not under_way.done():
            await asyncio.wait({under_way}, timeout=DRAIN.total_seconds())
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
        seconds = min(PAUSE_WHEN_IDLE.total_seconds() * 2 ** min(outages, 10), LONGEST_PAUSE.total_seconds())
    # A little disorder keeps several workers from asking at the same instant.
    seconds *= random.uniform(0.8, 1.2)  # noqa: S311 - no secret
    try:
        await asyncio.wait_for(stop.wait(), timeout=seconds)
    except TimeoutError:
        return
