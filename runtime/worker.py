"""The worker: delivers letters, seals fully signed documents, runs scheduled work. Several may run concurrently."""

import asyncio
import os
import random
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta

import structlog

from clinic.database.faults import is_unavailable
from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.actions.timestamp import upgrade_seals
from clinic.letters.delivery import deliver_due_letters
from clinic.staff.actions import disable_whose_access_ended
from clinic.upkeep.timed_work import run_timed_work
from clinic.values.ports import MailServerUnavailable, SenderRefused, Services
from clinic.webhooks.delivery import WebhookDeliverer
from clinic.work.held import is_held
from runtime.heartbeat import Heartbeat
from runtime.signing import signing_status

log = structlog.get_logger(__name__)

IDLE_INTERVAL = timedelta(seconds=1)
# While the database is away. One attempt is cheap, and letters leave within 5 s of its return.
FIRST_BACKOFF = timedelta(milliseconds=500)
MAX_BACKOFF = timedelta(seconds=4)
# While the mail server refuses us. An operator has to act, and asking often makes a block list keep us.
FIRST_REFUSED_BACKOFF = timedelta(seconds=30)
MAX_REFUSED_BACKOFF = timedelta(minutes=5)
# Hourly, because birthdays start at midnight in each time zone.
UPKEEP_INTERVAL = timedelta(hours=1)
# A seal is valid without a timestamp, so there is no hurry to retry an unavailable authority.
TIMESTAMP_INTERVAL = timedelta(minutes=10)
# Staff have no access from the moment when their last day is over; soon after they are listed as disabled.
LAST_DAYS_INTERVAL = timedelta(seconds=30)
# Exiting after SIGTERM takes at most 10 s (security.md, Nothing lost). The rest is for closing connections.
DRAIN_TIMEOUT = timedelta(seconds=8)

Work = Callable[[], Awaitable[int]]


def worker_name() -> str:
    """The name with which this worker claims letters and seals. No two processes have the same, also not one by one."""
    return f"{socket.gethostname()[:50]}/{os.getpid()}/{secrets.token_hex(4)}"


async def run_worker(
    services: Services,
    stop: asyncio.Event,
    heartbeat: Heartbeat | None = None,
    told: Callable[[str, int, float], None] = lambda loop, found, seconds: None,
) -> None:
    """Deliver, seal and keep up until `stop` is set, then finish what is under way, for `DRAIN_TIMEOUT` at most.

    A letter or a seal that is cancelled then keeps its claim until the lease ends, and another worker retries it. Each
    kind of work has its own loop, so that a seal that is slow or fails neither delays nor ends the letters.
    `told` hears of each round that found something: the loop, how many, and how many seconds it took.
    """
    name = worker_name()
    heartbeat = heartbeat or Heartbeat()

    def turns(loop: str, work: Work, idle: timedelta = IDLE_INTERVAL) -> Coroutine[None, None, None]:
        heartbeat.expect(loop, idle)

        async def timed() -> int:
            began = time.perf_counter()
            if found := await work():
                told(loop, found, time.perf_counter() - began)
            return found

        return repeat(timed, stop, idle=idle, turned=lambda: heartbeat.turned(loop))

    if services.mail is None:
        log.warning("worker.no_mail_server", remedy="set VESTIBULE_SMTP_URL; until then letters wait")
    log.info("worker.started", worker=name)
    async with WebhookDeliverer(services, worker_name=name) as webhooks, asyncio.TaskGroup() as rounds:
        rounds.create_task(turns("upkeep", lambda: _upkeep(services), UPKEEP_INTERVAL))
        rounds.create_task(turns("seals", lambda: complete_due_documents(services, worker_name=name)))
        rounds.create_task(turns("last_days", lambda: _last_days(services), LAST_DAYS_INTERVAL))
        rounds.create_task(turns("timestamps", lambda: upgrade_seals(services, worker_name=name), TIMESTAMP_INTERVAL))
        rounds.create_task(turns("webhooks", webhooks.deliver_due))
        if services.mail is not None:
            rounds.create_task(turns("letters", lambda: deliver_due_letters(services, worker_name=name)))
    log.info("worker.stopped", worker=name)


async def _upkeep(services: Services) -> int:
    await run_timed_work(services)
    # Logs an expiring certificate every hour.
    await signing_status(services.sealer, services.clock)
    return 0


async def _last_days(services: Services) -> int:
    return 0 if await is_held() else await disable_whose_access_ended(services)


async def repeat(
    work: Work, stop: asyncio.Event, *, idle: timedelta = IDLE_INTERVAL, turned: Callable[[], None] = lambda: None
) -> None:
    """Call `work` on and on: at once while it finds something, after `idle` otherwise, ever later while it fails.

    A defect does not end it either: the other kinds of work would end with it, and what is due would wait for nothing.
    `turned` is called after each round.
    """
    failures = 0
    while not stop.is_set():
        try:
            found = await _run_with_drain_timeout(work, stop)
            failures = 0
        except Exception as failure:  # noqa: BLE001 - the outermost edge of the worker
            failures += 1
            _log_failure(failure, failures)
            turned()
            await _pause(stop, _backoff(failure, failures))
        else:
            turned()
            if not found:
                await _pause(stop, idle)


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


def _log_failure(failure: Exception, in_a_row: int) -> None:
    """One line, without a traceback for what is not ours to mend. A mail server's reason has no address in it."""
    match failure:
        case SenderRefused():
            log.error("worker.mail_server_refuses_us", reason=str(failure), in_a_row=in_a_row, remedy="vestibule check")
        case MailServerUnavailable():
            if _is_worth_a_line(in_a_row):
                log.warning("worker.mail_server_away", reason=str(failure), in_a_row=in_a_row)
        case _ if is_unavailable(failure):
            if _is_worth_a_line(in_a_row):
                log.warning("worker.outage", error=type(failure).__name__, in_a_row=in_a_row)
        case _:
            log.error("worker.defect", in_a_row=in_a_row, exc_info=failure)


def _is_worth_a_line(in_a_row: int) -> bool:
    """The first few, then one a minute."""
    return in_a_row <= 3 or in_a_row % 15 == 0


def _backoff(failure: Exception, in_a_row: int) -> timedelta:
    refused = isinstance(failure, SenderRefused)
    first, most = (FIRST_REFUSED_BACKOFF, MAX_REFUSED_BACKOFF) if refused else (FIRST_BACKOFF, MAX_BACKOFF)
    doubled: int = 2 ** min(in_a_row - 1, 10)
    return min(first * doubled, most)


async def _pause(stop: asyncio.Event, pause: timedelta) -> None:
    # Jitter keeps several workers from querying at the same moment.
    seconds = pause.total_seconds() * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
    try:
        await asyncio.wait_for(stop.wait(), timeout=seconds)
    except TimeoutError:
        return
