"""`python -m bench.size`: what rows take on disk, per table, in PostgreSQL; the ground of docs/scaling.md.

A practice of `--contacts N` is made up; audit events and documents are as long as the product's own are on average.
"""

import argparse
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from bench.loading import connect_postgres, load_tables
from bench.practice import found_and_fill
from bench.records import Row
from bench.stage import Deployment, migrated_database, run_until_term, scratch_folder
from clinic.values.ports import SystemClock

EVENTS_FOR_A_CONTACT = 5
FIRST_EVENT = 1_000_000
"""The number of the first made-up event, beyond those of the practice's own beginning."""
WORDS_OF_A_DOCUMENT = 1_800  # bytes of text, which searches and the portal's page show
COLUMNS_OF_MORE = {
    "audit_event": "id organization_id sequence at action actor_kind actor_id actor_name subject_kind subject_id "
    "reason details address agent request_id previous_hash hash mac",
    "document": "id organization_id contact_id title kind language sha256 byte_count page_count text created_at "
    "created_by_id sharing "
    "shared_at signature_state in_sequence withdraw_reason completed_sha256",
}
_SIZES = """
SELECT c.relname AS name, s.n_live_tup AS rows, pg_table_size(c.oid) AS heap, pg_indexes_size(c.oid) AS indexes
FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid WHERE s.n_live_tup >= $1 ORDER BY 3 + 4 DESC
"""


@dataclass(frozen=True)
class TableSize:
    """Bytes of a row on average, alone and in the table's indexes."""

    rows: int
    row: float
    indexes: float


def _hash(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def made_up_events(organization_id: UUID, contacts: list[UUID], number: int) -> Iterator[Row]:
    """So many events about these contacts, as long as the product's own are; their hashes prove nothing."""
    now = SystemClock().now() - timedelta(days=30)
    actor = uuid4()
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
    for each in range(number):
        contact = contacts[each % len(contacts)]
        details = f'{{"from": "NO_ACCOUNT", "letter": "{uuid4()}"}}'
        yield (
            *(uuid4(), organization_id, each + FIRST_EVENT, now + timedelta(seconds=each), "portal_account.created"),
            *("STAFF", actor, "Kim Vale", "Contact", contact, "", details, "203.0.113.7", agent, uuid4().hex),
            *(_hash(each), _hash(each + 1), f"v1:{_hash(each + 2)}"),
        )


def _documents(organization_id: UUID, author: UUID, contacts: list[UUID]) -> Iterator[Row]:
    now = SystemClock().now()
    for number, contact in enumerate(contacts):
        text = " ".join(_hash(number * 100 + part)[:11] for part in range(WORDS_OF_A_DOCUMENT // 12))
        yield (
            *(
                uuid4(),
                organization_id,
                contact,
                "Consent to treatment",
                "CONSENT",
                "en",
                _hash(number),
                48_000,
                2,
                text,
            ),
            *(now, author, "ALL_AUTHORIZED", now, "NONE", False, "", ""),
        )


async def measured(contacts: int) -> Mapping[str, TableSize]:
    """The tables with as many rows as a tenth of the contacts, the largest first."""
    async with scratch_folder() as folder:
        async with migrated_database("postgres", folder) as url:
            founded = await found_and_fill(Deployment(url, folder), contacts)
            connection = await connect_postgres(url)
            try:
                ids = [row["id"] for row in await connection.fetch("SELECT id FROM contact")]
                author = await connection.fetchval("SELECT id FROM staff_member LIMIT 1")
                organization_id = founded.organization.id
                more = {
                    "audit_event": list(made_up_events(organization_id, ids, len(ids) * EVENTS_FOR_A_CONTACT)),
                    "document": list(_documents(organization_id, author, ids)),
                }
                await load_tables(url, COLUMNS_OF_MORE, more)
                await connection.execute("VACUUM FULL ANALYZE")
                rows = await connection.fetch(_SIZES, contacts // 10)
            finally:
                await connection.close()
    return {
        row["name"]: TableSize(row["rows"], row["heap"] / row["rows"], row["indexes"] / row["rows"]) for row in rows
    }


async def _report(contacts: int) -> None:
    total = 0.0
    for name, size in (await measured(contacts)).items():
        total += size.rows * (size.row + size.indexes)
        print(
            f"{name:<22} {size.rows / contacts:6.2f} a contact  {size.row:7.0f} B a row  {size.indexes:7.0f} B indexes"
        )
    print(f"{total / contacts:.0f} bytes for each contact, with {EVENTS_FOR_A_CONTACT} audit events and one document")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=20_000)
    run_until_term(_report(parser.parse_args().contacts))
