"""The audit chain: nothing in it can be changed, removed, added or reordered without `verify_chain` telling."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import BaseORMException
from tortoise.transactions import in_transaction

from adapters.secrets import KeyringSecrets, new_key
from clinic.database.rows import on_postgres
from clinic.organizations.actions import NewOrganization, create_organization
from clinic.upkeep import audit_verification
from clinic.upkeep.audit_verification import ChainReport
from clinic.values.callers import Anonymous, Caller, Origin, PatientCaller, StaffCaller, SystemCaller
from clinic.work.audit_chain import GENESIS, AuditKeyMissing, Entry, append, event_hash
from clinic.work.models import AuditEvent, AuditHead
from runtime.database import open_database
from tests.clock import FixedClock
from tests.factories import KEYRING, Practice
from tests.factories.chains import verify_chain

EVENTS = 6


@pytest.fixture
async def chain(practice: Practice, clock: FixedClock) -> UUID:
    """An organization with a few events of different kinds."""
    caller = StaffCaller(practice.organization.id, uuid4(), uuid4(), frozenset(), Origin("203.0.113.7", "agent", "r-1"))
    for number in range(1, EVENTS):
        clock.advance(timedelta(seconds=1))
        await write(caller, clock, f"thing.done{number}")
    return practice.organization.id


async def checked(organization_id: UUID) -> tuple[int, int | None]:
    """How many events fit, and the first that does not."""
    report = await verify_chain(organization_id)
    return report.events, report.broken_at


async def write(caller: Caller, clock: FixedClock, action: str = "thing.done") -> AuditEvent:
    entry = Entry(action, "Contact", uuid4(), "because", {"how": "by hand"})
    async with in_transaction():
        [event] = await append([entry], caller, clock.now(), KEYRING)
    return event


class UndoneError(Exception):
    """Ends a transaction whose changes must not stay."""


@asynccontextmanager
async def tampering() -> AsyncIterator[None]:
    """As somebody with the database's own rights, who can lift the triggers; undone at the end."""
    try:
        async with in_transaction():
            if on_postgres():
                await run("ALTER TABLE audit_event DISABLE TRIGGER USER")
            else:
                for event in ("update", "delete"):
                    await run(f"DROP TRIGGER audit_event_append_only_{event}")
            yield
            raise UndoneError
    except UndoneError:
        return


async def run(sql: str) -> None:
    await get_connection("default").execute_query(sql)


async def test_untouched_chain_holds(chain: UUID) -> None:
    assert await checked(chain) == (EVENTS, None)


async def test_each_event_names_the_one_before(chain: UUID) -> None:
    events = await AuditEvent.filter(organization_id=chain).order_by("sequence")
    assert [event.sequence for event in events] == list(range(1, EVENTS + 1))
    assert [event.previous_hash for event in events] == [GENESIS, *(event.hash for event in events[:-1])]
    head = await AuditHead.get(organization_id=chain)
    assert (head.sequence, head.hash) == (EVENTS, events[-1].hash)


async def test_events_of_one_action_follow_each_other(chain: UUID, clock: FixedClock) -> None:
    entries = [Entry(f"thing.done{number}", "Contact", uuid4()) for number in range(3)]
    async with in_transaction():
        events = await append(entries, Anonymous(chain), clock.now(), KEYRING)
        assert await append([], Anonymous(chain), clock.now(), KEYRING) == []
    assert [(event.sequence, event.action) for event in events] == [
        (EVENTS + 1, "thing.done0"),
        (EVENTS + 2, "thing.done1"),
        (EVENTS + 3, "thing.done2"),
    ]
    assert await checked(chain) == (EVENTS + 3, None)


async def test_organization_without_events_has_an_empty_chain(chain: UUID) -> None:
    nobody = uuid4()
    assert await checked(nobody) == (0, None)


async def test_chains_of_two_organizations_are_two(chain: UUID, other_practice: Practice) -> None:
    theirs = other_practice.organization.id
    assert await checked(theirs) == (1, None)
    assert await checked(chain) == (EVENTS, None)


EDITS = {
    "id": str(uuid4()),
    "sequence": 99,
    "at": "2026-03-02 09:00:03.000001+00:00",
    "action": "thing.undone",
    "actor_kind": "patient",
    "actor_id": str(uuid4()),
    "actor_name": "somebody",
    "subject_kind": "Facility",
    "subject_id": str(uuid4()),
    "reason": "another",
    "details": '{"how": "by machine"}',
    "address": "198.51.100.1",
    "agent": "another",
    "request_id": "r-2",
    "previous_hash": "f" * 64,
    "hash": "f" * 64,
    "mac": "f" * 64,
}


async def test_every_column_of_an_event_is_tried(chain: UUID) -> None:
    assert set(EDITS) | {"organization_id"} == set(AuditEvent._meta.db_fields)


@pytest.mark.parametrize("number", [1, 4, EVENTS])
async def test_any_edit_of_any_column_shows(chain: UUID, number: int) -> None:
    for column, value in EDITS.items():
        async with tampering():
            literal = value if isinstance(value, int) else f"'{value}'"
            where = f"sequence = {number} AND organization_id = '{chain}'"
            await run(f"UPDATE audit_event SET {column} = {literal} WHERE {where}")  # noqa: S608
            assert await checked(chain) == (number - 1, number), column
    assert (await verify_chain(chain)).broken_at is None


async def test_event_moved_to_another_organization_shows_in_both(chain: UUID, other_practice: Practice) -> None:
    theirs = other_practice.organization.id
    async with tampering():
        await run(f"UPDATE audit_event SET organization_id = '{theirs}' WHERE sequence = 2")  # noqa: S608
        assert (await verify_chain(chain)).broken_at == 2
        assert (await verify_chain(theirs)).broken_at == 2


async def test_any_removal_shows(chain: UUID) -> None:
    for number in range(1, EVENTS + 1):
        async with tampering():
            await run(f"DELETE FROM audit_event WHERE sequence = {number} AND organization_id = '{chain}'")  # noqa: S608
            assert (await verify_chain(chain)).broken_at == number


async def test_removal_of_all_shows(chain: UUID) -> None:
    async with tampering():
        await run("DELETE FROM audit_event")
        assert (await verify_chain(chain)).broken_at == 1


async def test_any_reordering_shows(chain: UUID) -> None:
    for first, second in ((1, 2), (2, 5), (5, 6)):
        async with tampering():
            for old, new in ((first, 1000), (second, first), (1000, second)):
                await run(f"UPDATE audit_event SET sequence = {new} WHERE sequence = {old}")  # noqa: S608
            assert (await verify_chain(chain)).broken_at == first


@pytest.mark.parametrize("sequence", [0, -1, EVENTS + 1, EVENTS + 2])
async def test_event_slipped_in_beside_the_chain_shows(chain: UUID, clock: FixedClock, sequence: int) -> None:
    last = await AuditEvent.get(organization_id=chain, sequence=EVENTS)
    forged = AuditEvent(
        organization_id=chain,
        sequence=sequence,
        at=clock.now(),
        action="forged",
        actor_kind="staff",
        subject_kind="Contact",
        subject_id=uuid4(),
        previous_hash=last.hash,
    )
    forged.hash = event_hash(forged)
    async with tampering():
        await forged.save(force_create=True)
        assert (await verify_chain(chain)).broken_at == EVENTS + 1


async def test_any_edit_of_the_head_shows(chain: UUID) -> None:
    for change in ({"hash": ""}, {"hash": "f" * 64}, {"sequence": 5}, {"sequence": 7}):
        async with tampering():
            await AuditHead.filter(organization_id=chain).update(**change)
            assert (await verify_chain(chain)).broken_at is not None, change


async def test_head_removed_shows(chain: UUID) -> None:
    async with tampering():
        await AuditHead.filter(organization_id=chain).delete()
        assert (await verify_chain(chain)).broken_at == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_event SET reason = 'another' WHERE sequence = 3",
        "UPDATE audit_event SET reason = reason",
        "DELETE FROM audit_event WHERE sequence = 6",
        "DELETE FROM audit_event",
    ],
)
async def test_database_refuses_to_change_or_delete_an_event(chain: UUID, sql: str) -> None:
    with pytest.raises(BaseORMException, match="append.only"):
        await run(sql)
    with pytest.raises(BaseORMException, match="append.only"):
        await AuditEvent.filter(sequence=1).delete()
    assert await checked(chain) == (EVENTS, None)


@pytest.mark.parametrize("table", ["audit_event", "audit_head", "signature_evidence", "organization"])
async def test_postgres_refuses_to_empty_the_audit_at_one_stroke(postgres_database: str, table: str) -> None:
    async with open_database(postgres_database):
        with pytest.raises(BaseORMException, match="is not truncated"):
            await run(f"TRUNCATE {table} CASCADE")


async def test_events_written_at_once_stay_a_line(chain: UUID, practice: Practice, clock: FixedClock) -> None:
    caller = SystemCaller(chain, "test")
    await asyncio.gather(*(write(caller, clock, f"thing.done{number}") for number in range(40)))
    assert await checked(chain) == (EVENTS + 40, None)


async def test_checking_while_others_write_raises_no_alarm(chain: UUID, clock: FixedClock) -> None:
    caller = SystemCaller(chain, "test")
    reports: list[ChainReport] = []

    async def check() -> None:
        reports.extend([await verify_chain(chain) for _ in range(10)])

    await asyncio.gather(*(write(caller, clock) for _ in range(30)), check(), check())
    assert [report for report in reports if report.broken_at is not None] == []
    assert (await verify_chain(chain)).events == EVENTS + 30


async def test_chain_longer_than_one_reading_is_walked_to_its_end(chain: UUID, clock: FixedClock) -> None:
    caller = SystemCaller(chain, "test")
    async with in_transaction():
        for _ in range(1000):
            await append([Entry("thing.done", "Contact", uuid4())], caller, clock.now(), KEYRING)
    assert await checked(chain) == (EVENTS + 1000, None)
    async with tampering():
        await run("DELETE FROM audit_event WHERE sequence = 1003")
        assert (await verify_chain(chain)).broken_at == 1003


async def test_process_without_the_newest_key_spoils_no_chain(practice: Practice, clock: FixedClock) -> None:
    """While keys are rotated, one process after another is restarted."""
    old, new, newest = practice.services.secrets, new_key(), new_key()
    restarted = replace(practice.services, secrets=KeyringSecrets([newest, new]))
    organization = await create_organization(NewOrganization("alder", "Alder"), restarted, by="test")
    entry, caller = Entry("thing.done", "Contact", uuid4()), SystemCaller(organization.id, "test")

    with pytest.raises(AuditKeyMissing):
        async with in_transaction():
            await append([entry], caller, clock.now(), old)

    async with in_transaction():
        await append([entry], caller, clock.now(), KeyringSecrets([new, newest]))
    report = await audit_verification.verify_chain(organization.id, restarted.secrets)
    assert (report.events, report.broken) == (2, None)


async def test_event_tells_who_and_from_where(practice: Practice, clock: FixedClock) -> None:
    organization_id, person, origin = practice.organization.id, uuid4(), Origin("203.0.113.7", "a" * 400, "r-9")
    callers: list[tuple[Caller, tuple[str, UUID | None, str]]] = [
        (StaffCaller(organization_id, person, uuid4(), frozenset(), origin), ("staff", person, "")),
        (PatientCaller(organization_id, person, uuid4(), origin), ("patient", person, "")),
        (SystemCaller(organization_id, "vestibule seed", origin), ("system", None, "vestibule seed")),
        (Anonymous(organization_id, origin), ("anonymous", None, "")),
    ]
    for caller, actor in callers:
        event = await write(caller, clock)
        assert (event.actor_kind, event.actor_id, event.actor_name) == actor
        assert (event.address, event.agent, event.request_id) == ("203.0.113.7", "a" * 300, "r-9")
        assert (event.at, event.reason, event.details) == (clock.now(), "because", '{"how": "by hand"}')
