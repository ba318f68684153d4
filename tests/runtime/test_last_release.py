"""The database of the last release, 0.2.0, comes through the upgrade with its rows, and 0.2.0 goes on meanwhile.

`release_0_2/` holds the demo practice as 0.2.0 itself made it on either database, and the statements and values that it
sent to invite somebody, send the letter, change an address and sign staff in.
"""

import gzip
import json
import subprocess
from base64 import b64encode
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tortoise.connection import get_connection

from adapters.secrets import KeyringSecrets
from clinic.database.rows import fetch, fetch_number
from clinic.mail.models import Letter, LetterStatus
from clinic.organizations.models import Organization
from clinic.portal_access.status import PortalState
from clinic.upkeep.audit_verification import verify_chain
from clinic.upkeep.state_verification import compare_states
from runtime.commands.records import bring_up_to_date
from runtime.database import migrate, open_database
from runtime.settings import given_settings
from runtime.wiring import build_services
from tests.databases import PostgresServer
from tests.run import name_in

RELEASED = Path(__file__).parent / "release_0_2"
KEY = b64encode(b"fixture of release 0.2.0 secret!").decode()
TABLES = {
    "audit_event": 145,
    "contact": 41,
    "contact_email": 36,
    "document": 5,
    "letter": 9,
    "portal_account": 9,
    "portal_link": 8,
    "staff_member": 9,
}
STATES = {
    "Nora Gray": PortalState.NO_EMAIL,
    "Omar Reyes": PortalState.NO_ACCOUNT,
    "Ines Novak": PortalState.INVITED,
    "Ana Santos": PortalState.ACCOUNT_NOT_LINKED,
    "Leo Park": PortalState.LINKED,
    "Mia Park": PortalState.EMAIL_CONFLICT,
    # Invited by 0.2.0, which then took the invited address off the record.
    "Petra Reyes": PortalState.NO_ACCOUNT,
}


@pytest.fixture
def released_sqlite(tmp_path: Path) -> str:
    path = tmp_path / "released.sqlite3"
    path.write_bytes(gzip.decompress((RELEASED / "sqlite.gz").read_bytes()))
    return f"sqlite://{path}?synchronous=OFF"


@pytest.fixture
def released_postgres(fresh_postgres: str, postgres_server: PostgresServer) -> str:
    dump = gzip.decompress((RELEASED / "postgres.sql.gz").read_bytes())
    psql = [str(postgres_server.programs / "psql"), "-h", str(postgres_server.folder), "-U", "vestibule"]
    command = [*psql, "-q", "-v", "ON_ERROR_STOP=1", "-d", name_in(fresh_postgres)]
    subprocess.run(command, input=dump, stdout=subprocess.DEVNULL, check=True)
    return fresh_postgres


@pytest.fixture
def released_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"released_{database_kind}"))


async def test_its_rows_come_through_the_upgrade_while_it_still_writes(
    released_url: str, database_kind: str, tmp_path: Path
) -> None:
    async with open_database(released_url):
        before = await columns(database_kind)
    assert "0008_one_invitation_token" in await migrate(released_url)
    async with open_database(released_url):
        # Expand now, contract a release later: what 0.2.0 reads is there, and what it does not know fills itself.
        after = await columns(database_kind)
        assert missing_or_demanding(before, after) == set()
        counts = {table: await fetch_number(f"SELECT count(*) AS number FROM {table}") for table in TABLES}  # noqa: S608
        assert counts == TABLES
        await statements_of_the_release(database_kind)
        [letter] = await Letter.filter(to_address="petra@example.com")
        assert letter.status == LetterStatus.SENT

    values = {"database_url": released_url, "files_url": f"file://{tmp_path}/files", "secret_keys": KEY}
    settings = given_settings(Path("none"), **values)
    done, vouched, stored, _ = await bring_up_to_date(settings)
    assert (done, [one.broken for one in vouched]) == ([], [None, None])
    assert stored == TABLES["contact"] + 2
    async with open_database(released_url):
        for organization in await Organization.all():
            report = await verify_chain(organization.id, KeyringSecrets([KEY]))
            assert report.broken is None, organization.slug
        assert (await compare_states(build_services(settings), mend=False)).wrong == ()
        assert {name: state for name, state in await states() if name in STATES} == STATES


def missing_or_demanding(before: dict[str, dict[str, bool]], after: dict[str, dict[str, bool]]) -> set[str]:
    """The columns that are gone, and those that came and that an INSERT has to name."""
    gone = {f"{table}.{name}" for table, names in before.items() for name in names.keys() - after[table].keys()}
    came = {(table, name) for table, names in before.items() for name in after[table].keys() - names.keys()}
    return gone | {f"{table}.{name}" for table, name in came if not after[table][name]}


async def columns(database_kind: str) -> dict[str, dict[str, bool]]:
    """By table and name, whether an INSERT may leave the column out."""
    if database_kind == "sqlite":
        rows = await fetch(
            'SELECT m.name AS "table", c.name AS name, (c."notnull" = 0 OR c.dflt_value IS NOT NULL) AS filled '
            "FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
        )
    else:
        rows = await fetch(
            "SELECT table_name AS \"table\", column_name AS name, (is_nullable = 'YES' OR column_default IS NOT NULL "
            "OR is_identity = 'YES') AS filled FROM information_schema.columns WHERE table_schema = 'public'"
        )
    found: dict[str, dict[str, bool]] = {}
    for row in rows:
        found.setdefault(row["table"], {})[row["name"]] = bool(row["filled"])
    return found


async def statements_of_the_release(database_kind: str) -> None:
    """Send what 0.2.0 sent, in the same order."""
    lines = gzip.decompress((RELEASED / f"statements-{database_kind}.jsonl.gz").read_bytes()).decode().splitlines()
    connection = get_connection("default")
    for line in lines:
        how, sql, values = json.loads(line, object_hook=_decoded)
        if how == "execute_many":
            await connection.execute_many(sql, values)
        else:
            await connection.execute_query(sql, values)


def _decoded(given: dict[str, Any]) -> Any:
    match given:
        case {"uuid": text}:
            return UUID(text)
        case {"datetime": text}:
            return datetime.fromisoformat(text)
        case {"date": text}:
            return date.fromisoformat(text)
        case {"bytes": text}:
            return bytes.fromhex(text)
    return given


async def states() -> list[tuple[str, PortalState]]:
    rows = await fetch(
        "SELECT c.given_name, c.family_name, s.state FROM contact c JOIN contact_portal_state s ON s.id = c.id "
        "JOIN organization o ON o.id = c.organization_id AND o.slug = $1",
        "willow-creek",
    )
    return [(f"{row['given_name']} {row['family_name']}", PortalState(row["state"])) for row in rows]
