"""Ends relatives' portal access automatically when a client reaches an age, and warns staff before that day.

Each organization chooses the age by its local law: 12, 13, 18 or never. Days are counted in its time zone. Access that
staff grant after the birthday, such as for a guardianship that continues, is not ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.database.rows import as_uuid, fetch, on_postgres
from clinic.mail.models import LetterKind
from clinic.mail.outbox import queue_account_letter
from clinic.organizations.models import Organization
from clinic.portal_access.models import PortalAccount, PortalLink
from clinic.records.models import Contact, Relationship
from clinic.records.versions import save_change
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.ports import Services
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

# How many relationships one statement names.
_AT_ONCE = 1_000


def _candidates(*, postgres: bool) -> str:
    """Access of relatives whose client is old enough, but for what was granted well after the birthday.

    Most of a practice's clients may be of age. `_ends_by_age` has the exact day, in the practice's time zone.
    """
    birthday_passed = (
        "c.date_of_birth + make_interval(years => $3) + interval '3 days'"
        if postgres
        else "date(c.date_of_birth, '+' || $3 || ' years', '+3 days')"
    )
    # Compared with TRUE, because SQLite finds nothing by index for the column alone.
    return f"""
SELECT r.id FROM relationship r JOIN contact c ON c.id = r.client_id AND c.organization_id = $1
WHERE r.organization_id = $1 AND r.portal_access = TRUE AND c.date_of_birth <= $2 {{of_client}}
  AND (r.portal_access_since IS NULL OR r.portal_access_since < {birthday_passed})
"""  # noqa: S608 - our own words


_CANDIDATES = {postgres: _candidates(postgres=postgres) for postgres in (True, False)}


@dataclass(frozen=True)
class ComingOfAge:
    """A relationship whose portal access ends on `ends_on`, which may be in the past."""

    relationship: Relationship
    ends_on: date


def birthday(born: date, age: int) -> date:
    """The day on which a person reaches the age; 1 March for a birth on 29 February, in years without that day."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def born_by(day: date, age: int) -> date:
    """The latest date of birth with which a person has reached the age by `day`."""
    try:
        return day.replace(year=day.year - age)
    except ValueError:
        return date(day.year - age, 2, 28)


async def coming_of_age(caller: StaffCaller, now: datetime) -> list[ComingOfAge]:
    """The relationships whose access ends within the organization's warning days, earliest first. Three statements, and
    one more for each thousand of them. Needs VIEW_CONTACTS.
    """
    caller.require(Permission.VIEW_CONTACTS)
    organization = await Organization.get(id=caller.organization_id)
    by = _today(organization, now) + timedelta(days=organization.ageing_warning_days)
    ending = await _ending_by(organization, by, now)
    return [item for item in ending if item.relationship.client.archived_at is None]


async def end_aged_access(services: Services) -> int:
    """End all access that is due, in every organization. Returns how many relationships. It may run at any time.

    Each client has a transaction of its own: it ends the access, sets the relationship's end date, and queues letters
    to the client and the relatives.
    """
    now, ended = services.clock.now(), 0
    for organization in await Organization.filter(relatives_end_at_age__not_isnull=True):
        due = await _ending_by(organization, _today(organization, now), now)
        for client_id in dict.fromkeys(item.relationship.client_id for item in due):
            ended += await _end_for(organization.id, client_id, services)
    return ended


@retry_on_conflict
async def _end_for(organization_id: UUID, client_id: UUID, services: Services) -> int:
    async with unit_of_work(SystemCaller(organization_id, "ageing"), services) as work:
        await Contact.filter(id=client_id).select_for_update().get()
        # Read again under the lock: staff may have changed the date of birth, the rule or the access meanwhile.
        organization = await Organization.get(id=organization_id)
        today = _today(organization, work.now)
        due = [item.relationship for item in await _ending_by(organization, today, work.now, client_id)]
        for relationship in due:
            before = {"portal_access": relationship.portal_access, "ends_on": relationship.ends_on}
            relationship.portal_access = False
            relationship.ends_on = today
            await save_change(relationship, "relationship.ended_by_age", before, work, client_id=client_id)
            work.concerns(client_id)
        if due:
            await _notify([client_id, *(relationship.relative_id for relationship in due)], work, services)
    return len(due)


async def _notify(contact_ids: Sequence[UUID], work: Work, services: Services) -> None:
    links = await PortalLink.filter(contact_id__in=list(contact_ids), unlinked_at=None)
    accounts = PortalAccount.filter(
        id__in=[link.account_id for link in links], registered_at__not_isnull=True, disabled_at=None, withdrawn_at=None
    )
    for account in await accounts:
        await queue_account_letter(LetterKind.ACCESS_ENDED, account, work.now, services)


async def _ending_by(
    organization: Organization, day: date, now: datetime, client_id: UUID | None = None
) -> list[ComingOfAge]:
    age = organization.relatives_end_at_age
    if age is None:
        return []
    values: list[object] = [organization.id, born_by(day, age), age]
    of_client = ""
    if client_id is not None:
        values.append(client_id)
        of_client = "AND r.client_id = $4"
    rows = await fetch(_CANDIDATES[on_postgres()].replace("{of_client}", of_client), *values)
    zone, today = ZoneInfo(organization.time_zone), _today(organization, now)
    found = [
        ComingOfAge(relationship, birthday(relationship.client.date_of_birth, age))
        for relationship in await _relationships([as_uuid(row["id"]) for row in rows])
        if relationship.client.date_of_birth is not None
    ]
    return sorted(
        (item for item in found if _ends_by_age(item, today, zone)),
        key=lambda item: (item.ends_on, item.relationship.id),
    )


async def _relationships(ids: Sequence[UUID]) -> list[Relationship]:
    """These relationships with their clients. One statement for each thousand."""
    found: list[Relationship] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = Relationship.filter(id__in=list(ids[start : start + _AT_ONCE]))
        found += await some.select_related("client")
    return found


def _ends_by_age(item: ComingOfAge, today: date, zone: ZoneInfo) -> bool:
    """Whether the age ends this access: it has not ended already, and was granted before the birthday."""
    relationship = item.relationship
    if relationship.ends_on is not None and relationship.ends_on < today:
        return False
    since = relationship.portal_access_since
    return since is None or since.astimezone(zone).date() < item.ends_on


def _today(organization: Organization, now: datetime) -> date:
    return now.astimezone(ZoneInfo(organization.time_zone)).date()
