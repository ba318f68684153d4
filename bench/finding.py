"""`python -m bench.finding`: lists, counts and searches in a large practice beside another one. Prints medians.

It asks the core itself, in one process. `--contacts N` and `--events N` say how many contacts and how many events of
the audit each of the two practices has.
"""

import argparse
import resource
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median
from time import perf_counter
from uuid import UUID, uuid4

from bench.loading import insert_rows, update_statistics
from bench.practice import services_of
from bench.records import COLUMNS, Ground, Records
from bench.size import COLUMNS_OF_MORE, made_up_events
from bench.stage import KINDS, Deployment, migrated_database, run_until_term, scratch_folder
from clinic.charts.contacts import ContactSearch, contact_page, count_contacts, count_states
from clinic.charts.history import EventFilter, count_events, event_page
from clinic.charts.waiting import count_waiting, waiting_page
from clinic.organizations.actions import NewOrganization, create_facility, create_organization
from clinic.portal_access.status import PortalState
from clinic.upkeep.state_verification import store_missing_states
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.paging import PageRequest
from clinic.values.ports import Services
from runtime.database import open_database

ROUNDS = 7
PAGE = PageRequest(limit=50)
# One letter, a common given name, its beginning with a common family name's, and words that few have.
TEXTS = ("a", "ada", "ada brooks", "mo kle", "adaric brolerler", "eva.")

_OF_EVENTS = {"audit_event": COLUMNS_OF_MORE["audit_event"]}

Ask = Callable[[], Awaitable[object]]


# Contacts or events that are written at a time: as many as fit into some ten megabytes.
_BATCH = 10_000


@dataclass(frozen=True)
class Large:
    """Somebody who may read the first of the two practices, and one of its contacts."""

    caller: StaffCaller
    contact: UUID


async def found_two(deployment: Deployment, contacts: int, events: int) -> Large:
    """Two practices of this size."""
    services = services_of(deployment)
    callers, grounds, found = [], [], []
    async with open_database(deployment.database_url):
        for slug in ("alder", "birch"):
            caller, ground = await _found(slug, services)
            callers.append(caller)
            grounds.append(ground)
    for number, ground in enumerate(grounds):
        records = Records(ground, seed=number, first_number=1 + number * 10**9)
        for tables in records.in_parts(contacts, _BATCH):
            await insert_rows(deployment.database_url, COLUMNS, tables)
        made = made_up_events(ground.organization_id, records.contact_ids, events)
        while batch := list(islice(made, _BATCH)):
            await insert_rows(deployment.database_url, _OF_EVENTS, {"audit_event": batch})
        found.append(Large(callers[number], records.contact_ids[0]))
        print(f"  {number + 1} of 2 practices, {_megabytes()} MB", flush=True)
    await update_statistics(deployment.database_url)
    async with open_database(deployment.database_url):
        await store_missing_states()
    await update_statistics(deployment.database_url)
    return found[0]


def _megabytes() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


async def _found(slug: str, services: Services) -> tuple[StaffCaller, Ground]:
    organization = await create_organization(NewOrganization(slug=slug, name=slug), services, by="bench")
    system = SystemCaller(organization.id, "bench")
    place = await create_facility(system, "Riverside", services)
    caller = StaffCaller(organization.id, uuid4(), uuid4(), frozenset(Permission))
    return caller, Ground(organization.id, (place.id,), services.secrets.encrypt("x"), services.clock.now())


def asked(large: Large, services: Services) -> dict[str, Ask]:
    """What is measured, by name."""
    caller, one = large.caller, EventFilter(large.contact)
    related, all_of_it = EventFilter(large.contact, with_related=True), EventFilter()
    now = services.clock.now()

    def page(text: str = "", *states: PortalState) -> Ask:
        return lambda: contact_page(caller, ContactSearch(text, states or None), PAGE, now)

    return {
        "counts of all states": lambda: count_states(caller),
        "count of everybody": lambda: count_contacts(caller, ContactSearch()),
        "first page": page(),
        "waiting list": lambda: waiting_page(caller, ContactSearch(), PAGE, now),
        "count of the waiting list": lambda: count_waiting(caller, ContactSearch()),
        **{f"page of {state.value}": page("", state) for state in PortalState},
        **{f"page of {text!r}": page(text) for text in TEXTS},
        **{f"count of {text!r}": _count(caller, text) for text in TEXTS},
        "the audit": lambda: event_page(caller, all_of_it, PAGE),
        "count of the audit": lambda: count_events(caller, all_of_it),
        "the audit of a contact": lambda: event_page(caller, one, PAGE),
        "the audit of all about a contact": lambda: event_page(caller, related, PAGE),
        "count of all about a contact": lambda: count_events(caller, related),
    }


def _count(caller: StaffCaller, text: str) -> Ask:
    return lambda: count_contacts(caller, ContactSearch(text))


async def measure(deployment: Deployment, large: Large, rounds: int) -> dict[str, float]:
    """Medians in milliseconds. Each is asked once before, so that its plan and pages are in memory."""
    found: dict[str, float] = {}
    async with open_database(deployment.database_url):
        for name, ask in asked(large, services_of(deployment)).items():
            await ask()
            taken = []
            for _ in range(rounds):
                began = perf_counter()
                await ask()
                taken.append((perf_counter() - began) * 1000)
            found[name] = median(taken)
    return found


async def run(kinds: Sequence[str], contacts: int, events: int) -> None:
    """Measure on each kind of database."""
    for kind in kinds:
        async with scratch_folder() as folder, migrated_database(kind, folder) as url:
            deployment = Deployment(url, folder)
            large = await found_two(deployment, contacts, events)
            print(
                f"\n{kind}, two practices of {contacts:,} contacts, {events:,} events: median ms of {ROUNDS}",
                flush=True,
            )
            for name, milliseconds in (await measure(deployment, large, ROUNDS)).items():
                print(f"  {name:<32} {milliseconds:8.1f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.finding", description=__doc__)
    parser.add_argument("databases", nargs="*", help=f"{' or '.join(KINDS)}; both unless named")
    parser.add_argument("--contacts", type=int, default=200_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    chosen = parser.parse_args()
    run_until_term(run(chosen.databases or KINDS, chosen.contacts, chosen.events))
