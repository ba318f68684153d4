"""PostgreSQL: what somebody can do who has the connection of the running program, and what not."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from clinic.database.rows import fetch, fetch_changed
from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.models import Document, SignatureState
from clinic.upkeep.audit_verification import Fault
from clinic.values.ports import Services
from runtime.database import grant_to_program, open_database, program_role_problem
from tests.clinic.documents.signing import paper, person, sign
from tests.clock import FixedClock
from tests.databases import PostgresServer
from tests.factories import Mailbox, make_services, open_practice
from tests.factories.chains import verify_chain
from tests.factories.sealing import WaxSealer
from tests.run import Clones, name_in
from tests.security.test_forging import forge_signature

ROLE = "vestibule_program"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox) -> Services:
    return replace(make_services(clock, mailbox), sealer=WaxSealer())


@pytest.fixture
async def program_url(clones: Clones, postgres_server: PostgresServer) -> AsyncIterator[str]:
    """A migrated database, as the program's role."""
    owner_url = await clones.postgres()
    url = owner_url.replace("//vestibule@", f"//{ROLE}:secret%27s@")
    assert await grant_to_program(owner_url, url) == ROLE
    # Safe to run again.
    assert await grant_to_program(owner_url, url) == ROLE
    yield url
    await postgres_server.run(f"DROP DATABASE {name_in(owner_url)} WITH (FORCE)")
    await postgres_server.run(f"DROP ROLE {ROLE}")


EVIDENCE = ("evidence_mac", "signature_evidence")
OTHER_RULE = "CREATE TEMPORARY TABLE organization AS SELECT id, 1 AS signed_retention_years FROM public.organization"
REFUSED = [
    "ALTER TABLE audit_event DISABLE TRIGGER USER",
    "ALTER TABLE document ADD COLUMN another TEXT",
    "DROP TRIGGER audit_event_append_only ON audit_event",
    "DROP TABLE evidence_mac",
    "TRUNCATE letter",
    "TRUNCATE audit_event CASCADE",
    "UPDATE audit_event SET reason = 'another'",
    "DELETE FROM audit_event",
    "UPDATE signature_evidence SET hash = ''",
    "UPDATE evidence_mac SET mac = ''",
    "DELETE FROM audit_head",
    "UPDATE audit_voucher SET sequence = 0",
    "INSERT INTO audit_voucher SELECT id, 1, '', now(), '' FROM organization",
    "DELETE FROM tortoise_migrations",
    "CREATE TABLE another (id INT)",
    "CREATE TEMPORARY TABLE another (id INT)",
    "CREATE FUNCTION another() RETURNS INT LANGUAGE sql AS 'SELECT 1'",
    "SET session_replication_role = replica",
    "SET ROLE vestibule",
]


async def test_program_works_as_its_role_and_can_lift_no_guard(
    program_url: str, services: Services, mailbox: Mailbox
) -> None:
    async with open_database(program_url):
        practice = await open_practice(services)
        omar = await person(practice, mailbox)
        document = await sign(practice, omar, await paper(practice, omar.contact, omar.contact))
        await complete_due_documents(services, worker_name="w")
        assert (await Document.get(id=document.id)).signature_state is SignatureState.COMPLETED

        allowed = [statement for statement in REFUSED if not await refused(statement)]

        assert allowed == []
        assert (await verify_chain(practice.organization.id)).broken is None
        assert await program_role_problem() is None


async def test_signature_forged_by_the_programs_role_is_not_sealed(
    program_url: str, services: Services, mailbox: Mailbox
) -> None:
    async with open_database(program_url):
        practice = await open_practice(services)
        omar = await person(practice, mailbox)
        signed = await sign(practice, omar, await paper(practice, omar.contact, omar.contact))
        target = await paper(practice, omar.contact, omar.contact, title="Power of attorney", words="All my goods")

        await forge_signature(signed, target, typed_name="Omar Reyes")
        await complete_due_documents(services, worker_name="w")

        assert (await Document.get(id=signed.id)).signature_state is SignatureState.COMPLETED
        assert (await Document.get(id=target.id)).signature_state is SignatureState.WAITING
        assert (await verify_chain(practice.organization.id)).broken is not None


async def test_programs_role_deletes_evidence_only_after_the_practices_rule(
    program_url: str, services: Services, mailbox: Mailbox, clock: FixedClock, postgres_server: PostgresServer
) -> None:
    """A temporary table of the same name, if one can be made, doesn't stand in for the one that the trigger reads."""
    clock.advance(-timedelta(days=3000))
    # As in a database whose owner is another than that of the tables: then `vestibule migrate` can't take it away.
    await postgres_server.run(f"GRANT TEMPORARY ON DATABASE {name_in(program_url)} TO {ROLE}")
    async with open_database(program_url):
        practice = await open_practice(services)
        omar = await person(practice, mailbox)
        await sign(practice, omar, await paper(practice, omar.contact, omar.contact))
        for table in EVIDENCE:
            with pytest.raises(IntegrityError, match=f"{table}_kept"):
                async with in_transaction():
                    await fetch(OTHER_RULE)
                    await fetch(f"DELETE FROM {table}")  # noqa: S608 - names of ours
        await fetch("UPDATE organization SET signed_retention_years = 1")
        for table in EVIDENCE:
            assert len(await fetch_changed(f"DELETE FROM {table} RETURNING id")) == 1  # noqa: S608 - names of ours
        report = await verify_chain(practice.organization.id)
        assert report.broken is not None
        assert report.broken.fault is Fault.EVIDENCE_MISSING


async def refused(statement: str) -> bool:
    try:
        await fetch(statement)
    except Exception as problem:  # noqa: BLE001 - the driver's errors are of several kinds
        return "permission denied" in str(problem) or "must be owner" in str(problem)
    return False


async def test_check_finds_a_role_that_owns_tables(postgres_database: str) -> None:
    async with open_database(postgres_database):
        problem = await program_role_problem()
    assert problem is not None
    assert "VESTIBULE_MIGRATION_DATABASE_URL" in problem


async def test_one_role_or_sqlite_is_granted_nothing(postgres_database: str, sqlite_database: str) -> None:
    assert await grant_to_program(postgres_database, postgres_database) is None
    assert await grant_to_program(sqlite_database, sqlite_database) is None
