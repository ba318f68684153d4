"""The other lists and counts that staff ask for, for the tests of plans: each but those of contacts and documents."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from bench.loading import connect_postgres
from clinic.charts.contacts import AppointmentSearch, count_appointments
from clinic.charts.history import EventFilter, access_history, count_events, event_page
from clinic.charts.letters import LetterFilter, count_letters, letter_page
from clinic.charts.merge_requests import waiting_merges
from clinic.charts.related import (
    appointment_counts,
    appointment_pages,
    current_episodes_of,
    link_counts,
    link_pages,
    phones_of,
    relationships_of,
)
from clinic.charts.similar import similar_contacts
from clinic.mail.models import LetterStatus
from clinic.organizations.models import Organization
from clinic.portal_access.ageing import coming_of_age
from clinic.portal_access.transfers import waiting_transfers
from clinic.service_accounts.queries import service_accounts_of
from clinic.staff.queries import colleagues
from clinic.values.paging import PageRequest
from clinic.webhooks.queries import count_deliveries, delivery_page, endpoints_of

PAGE = PageRequest()
# Tests have a type for it each; here it is anything with a caller, records and ids.
Filled = Any
Ask = Callable[[Filled], Awaitable[object]]


def events(request: PageRequest = PAGE, *, related: bool = False, of_one: bool = False) -> Ask:
    async def ask(filled: Filled) -> object:
        about = EventFilter(filled.ids[0] if of_one or related else None, with_related=related)
        await count_events(filled.caller, about)
        return await event_page(filled.caller, about, request)

    return ask


async def who_looked(filled: Filled) -> object:
    return await access_history(filled.caller.organization_id, filled.ids[0], PAGE)


def letters(*statuses: LetterStatus, of_one: bool = False) -> Ask:
    async def ask(filled: Filled) -> object:
        about = LetterFilter(filled.ids[0] if of_one else None, statuses or None)
        await count_letters(filled.caller, about)
        return await letter_page(filled.caller, about, PAGE)

    return ask


async def ending_access(filled: Filled) -> object:
    await Organization.filter(id=filled.caller.organization_id).update(relatives_end_at_age=18)
    return await coming_of_age(filled.caller, filled.records.ground.now)


async def the_length_of_a_day(filled: Filled) -> object:
    now = filled.records.ground.now
    return await count_appointments(filled.caller, AppointmentSearch(now, now + timedelta(days=1)))


async def beside_contacts(filled: Filled) -> None:
    """What hangs on the contacts of a page."""
    ids, organization_id = filled.ids[:50], filled.caller.organization_id
    await link_pages(ids, PAGE)
    await link_counts(ids)
    await appointment_pages(ids, PAGE)
    await appointment_counts(ids)
    await relationships_of(organization_id, ids)
    await phones_of(organization_id, ids)
    await current_episodes_of(organization_id, ids, filled.records.ground.now)


async def namesakes(filled: Filled) -> object:
    given, family, address = filled.person
    return await similar_contacts(filled.caller, given, family, filled.records.ground.now.date(), [address])


async def deliveries(filled: Filled) -> object:
    await count_deliveries(filled.caller, filled.ids[0])
    return await delivery_page(filled.caller, filled.ids[0], PAGE)


# The tables behind these lists of which other practices have no rows yet.
TABLES = (
    *("audit_event", "relationship", "webhook_delivery", "staff_member", "contact_merge", "transfer_request"),
    *("episode", "account_token", "letter"),
)
# By a column's name or type: something that fits, other in each row `n`.
_MADE_UP = {
    "details": "'{}'",
    "status": "'FAILED'",
    "uuid": "gen_random_uuid()",
    "timestamp with time zone": "now() - n * interval '1 minute'",
    "boolean": "true",
    "bigint": "1000 + n",
    "integer": "n",
}


async def load_others(url: str, organization_id: UUID) -> None:
    """Fill these tables in PostgreSQL with rows of a thousand practices, as many as make it look for an index.

    Past the guards, which would want all that the rows refer to.
    """
    connection = await connect_postgres(url)
    try:
        await connection.execute("SET session_replication_role = replica")
        for table in TABLES:
            columns = await connection.fetch(
                "SELECT column_name AS name, data_type AS type FROM information_schema.columns "
                "WHERE table_name = $1 AND is_nullable = 'NO' AND column_default IS NULL",
                table,
            )
            values = {row["name"]: _MADE_UP.get(row["name"]) or _MADE_UP.get(row["type"], "n::text") for row in columns}
            values["organization_id"] = (
                f"CASE WHEN n % 1000 = 0 THEN '{organization_id}'::uuid ELSE gen_random_uuid() END"
            )
            await connection.execute(
                f"INSERT INTO {table} ({', '.join(values)}) "  # noqa: S608 - names of our own
                f"SELECT {', '.join(values.values())} FROM generate_series(1, $1::int) n",
                40_000 if table == "letter" else 5_000,  # ours has ten thousand letters
            )
    finally:
        await connection.close()


OTHERS: dict[str, Ask] = {
    "the audit": events(),
    "the audit from the middle": events(PageRequest(after=(500,))),
    "the audit of a record": events(of_one=True),
    "the audit of a record and what hangs on it": events(related=True),
    "who looked at a record": who_looked,
    "the letters": letters(),
    "the letters that failed": letters(LetterStatus.FAILED, LetterStatus.BOUNCED),
    "the letters to one contact": letters(of_one=True),
    "access that ends": ending_access,
    "the length of a day": the_length_of_a_day,
    "what hangs on contacts": beside_contacts,
    "similar contacts": namesakes,
    "the colleagues": lambda filled: colleagues(filled.caller),
    "the programs": lambda filled: service_accounts_of(filled.caller),
    "the webhooks": lambda filled: endpoints_of(filled.caller),
    "the deliveries of a webhook": deliveries,
    "merges that wait": lambda filled: waiting_merges(filled.caller),
    "merges of one record that wait": lambda filled: waiting_merges(filled.caller, filled.ids[0]),
    "transfers that wait": lambda filled: waiting_transfers(filled.caller),
    "transfers of one record that wait": lambda filled: waiting_transfers(filled.caller, filled.ids[0]),
}
