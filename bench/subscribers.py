"""Screens that listen: what 1,000 idle ones cost one API process, and how soon all of them hear of a change.

Each is a socket with the two subscriptions of a staff screen's calendar, of 50 contacts each. Linux only, for it reads
what a process takes from /proc. `python -m bench.subscribers` measures this alone.
"""

import argparse
import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from uuid import UUID

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from api.server.graphql_ws.endpoint import MAX_PER_SESSION
from api.server.relay import encode_id
from bench.practice import Founded, found_and_fill, services_of
from bench.stage import HOST, KINDS, Child, Deployment, migrated_database, run_until_term, running, scratch_folder
from clinic.records.actions.contacts import ContactChanges, update_contact
from clinic.records.models import Contact
from clinic.sessions.actions import open_staff_session
from clinic.staff.models import StaffMember
from clinic.values.callers import Origin, SystemCaller
from clinic.values.ports import Services
from runtime.database import open_database

SUBSCRIBERS = 1_000
CONTACTS = 50
QUERIES = (
    "subscription ($ids: [ID!]) { portalStatusChanged(contactIds: $ids) { id } }",
    "subscription ($ids: [ID!]) { documentChanged(contactIds: $ids) { id } }",
)
# The first sockets load what all others share: they are not counted.
WARM_UP = 20
AT_ONCE = 20
SETTLES_WITHIN = 3.0


@dataclass(frozen=True)
class Listened:
    """The outcome for one database. `kilobytes` of memory for each subscriber, `core` the share of one while idle.

    `first` and `all_told` are seconds from a change's commit until the first and the last screen had it; `ended` from
    TERM to the end of the process with all sockets open.
    """

    database: str
    kilobytes: float
    core: float
    first: float
    all_told: float
    ended: float


async def listen(kind: str, deployment: Deployment, founded: Founded, *, seconds: float) -> Listened:
    """Open them, be idle for so long, change one contact, end the process."""
    async with open_database(deployment.database_url):
        services = services_of(deployment)
        organization_id = founded.organization.id
        contacts = await Contact.filter(organization_id=organization_id).order_by("sort_key").limit(CONTACTS)
        shown = [contact.id for contact in contacts]
        api = deployment.api()
        async with running(api), AsyncExitStack() as stack:
            tokens = await _tokens(organization_id, services)
            await stack.enter_async_context(_screens(deployment, tokens[: WARM_UP // MAX_PER_SESSION], shown))
            before = _kilobytes(api)
            rest = tokens[WARM_UP // MAX_PER_SESSION :]
            screens = await stack.enter_async_context(_screens(deployment, rest, shown))
            await asyncio.sleep(SETTLES_WITHIN)
            each = (_kilobytes(api) - before) / len(screens)
            began, spent = monotonic(), _cpu_seconds(api)
            await asyncio.sleep(seconds)
            core = (_cpu_seconds(api) - spent) / (monotonic() - began)
            first, last = await _all_told(screens, organization_id, shown[0], services)
            began = monotonic()
            await api.stop()
            return Listened(kind, each, core, first, last, monotonic() - began)


async def _tokens(organization_id: UUID, services: Services) -> list[str]:
    """Sessions of the practice's one staff member, for as many screens as may share one."""
    member = await StaffMember.get(organization_id=organization_id)
    now, origin = services.clock.now(), Origin(HOST)
    number = (SUBSCRIBERS + WARM_UP) // MAX_PER_SESSION
    return [(await open_staff_session(organization_id, member.id, origin, now)).access_token for _ in range(number)]


@asynccontextmanager
async def _screens(
    deployment: Deployment, tokens: Sequence[str], shown: Sequence[UUID]
) -> AsyncIterator[list[ClientConnection]]:
    """So many sockets a token, introduced and subscribed."""
    turn = asyncio.Semaphore(AT_ONCE)
    opened: list[ClientConnection] = []

    async def open_one(token: str) -> None:
        async with turn:
            screen = await connect(
                f"ws://{HOST}:{deployment.api_port}/graphql",
                subprotocols=[Subprotocol("graphql-transport-ws")],
                compression=None,
                ping_interval=None,
                close_timeout=1,
            )
            opened.append(screen)
            hello = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
            await screen.send(json.dumps(hello))
            if json.loads(await screen.recv()) != {"type": "connection_ack"}:
                raise RuntimeError("a socket was not let in")
            variables = {"ids": [encode_id("Contact", contact_id) for contact_id in shown]}
            for number, query in enumerate(QUERIES):
                asked = {"query": query, "variables": variables}
                await screen.send(json.dumps({"id": str(number), "type": "subscribe", "payload": asked}))
            # The answer to a ping comes after both were begun.
            await screen.send('{"type": "ping"}')
            if json.loads(await screen.recv()) != {"type": "pong"}:
                raise RuntimeError("a subscription was refused")

    try:
        async with asyncio.TaskGroup() as group:
            for token in tokens:
                for _ in range(MAX_PER_SESSION):
                    group.create_task(open_one(token))
        yield opened
    finally:
        await asyncio.gather(*(screen.close() for screen in opened), return_exceptions=True)


async def _all_told(
    screens: Sequence[ClientConnection], organization_id: UUID, contact_id: UUID, services: Services
) -> tuple[float, float]:
    """Seconds until the first and the last screen is told of one change."""
    caller = SystemCaller(organization_id, "bench")
    await update_contact(caller, contact_id, ContactChanges(emails=["moved@example.com"]), services)
    began = monotonic()

    async def told(screen: ClientConnection) -> float:
        message = json.loads(await screen.recv())
        if message.get("type") != "next" or "errors" in message["payload"]:
            raise RuntimeError("a screen was told something else")
        return monotonic() - began

    async with asyncio.timeout(60):
        times = await asyncio.gather(*(told(screen) for screen in screens))
    return min(times), max(times)


def _kilobytes(child: Child) -> float:
    """The process's resident memory."""
    for line in Path(f"/proc/{child.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1])
    raise RuntimeError("the process has no resident memory")


def _cpu_seconds(child: Child) -> float:
    """User and system time the process has taken."""
    fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def told(rows: Sequence[Listened]) -> str:
    """The figures in words, ratios first."""
    head = f"{SUBSCRIBERS} screens listening to {CONTACTS} contacts each, at one API process:"
    return "\n".join([head, *(f"  {row.database}: {_in_words(row)}" for row in rows)])


def _in_words(row: Listened) -> str:
    return (
        f"{row.kilobytes:.0f} kB each, {row.core:.3f} of a core while nothing happens; a change reaches the first "
        f"after {row.first:.2f} s and all after {row.all_told:.2f} s; TERM ends all in {row.ended:.1f} s"
    )


async def run(kinds: Sequence[str]) -> None:
    rows = []
    for kind in kinds:
        async with scratch_folder() as folder, migrated_database(kind, folder) as url:
            deployment = Deployment(url, folder)
            print(f"{kind}: screens listen …", flush=True)
            rows.append(await listen(kind, deployment, await found_and_fill(deployment, 1_000), seconds=10))
    print(told(rows))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.subscribers", description=__doc__)
    parser.add_argument("database", nargs="?", choices=KINDS, help=f"{' or '.join(KINDS)}; both unless named")
    chosen = parser.parse_args().database
    run_until_term(run([chosen] if chosen else KINDS))
