"""The limits on guessing that may be closed for a contact's person: signing in, identity, invitation, connecting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from clinic.database.rows import fetch_as
from clinic.sessions.queries import addresses_of_accounts
from clinic.throttling.closed import ClosedThrottle, ClosedWay, Watched, closed_throttles, sign_in_ways
from clinic.throttling.throttle import (
    CONNECT_PER_BIRTHDAY_ANYWHERE,
    IDENTITY_PER_CONTACT,
    IDENTITY_PER_INVITATION,
    IDENTITY_PER_LINK,
    INVITED_PER_CONTACT,
)
from clinic.values.callers import PatientCaller, Permission, StaffCaller
from clinic.values.text import normal_email_or_none


@dataclass(frozen=True)
class _Person:
    contact_id: UUID
    date_of_birth: date | None
    link_id: UUID | None
    account_id: UUID | None
    email_normal: str | None
    invitation_id: UUID | None


_PEOPLE = """
SELECT c.id AS contact_id, c.date_of_birth, l.id AS link_id, a.id AS account_id, a.email_normal, i.id AS invitation_id
FROM contact c
LEFT JOIN portal_link l ON l.contact_id = c.id AND l.unlinked_at IS NULL
LEFT JOIN portal_account a ON a.id = l.account_id
LEFT JOIN invitation i ON i.account_id = a.id AND i.closed_at IS NULL
WHERE c.id {in_1} AND {unindexed c.organization_id} = $2
"""


async def portal_throttles(
    caller: StaffCaller | PatientCaller, contact_ids: Sequence[UUID], now: datetime
) -> dict[UUID, list[ClosedThrottle]]:
    """The ways that guesses have closed for each contact's person; none without WEB_PORTAL. Three statements."""
    if isinstance(caller, PatientCaller) or not caller.may(Permission.WEB_PORTAL):
        return {}
    return await closed_throttles(await watched_for(caller.organization_id, contact_ids, now), now)


async def watched_for(organization_id: UUID, contact_ids: Sequence[UUID], now: datetime) -> dict[UUID, list[Watched]]:
    """The limits that count guesses about each of these contacts of the organization. Two statements."""
    people = await fetch_as(_Person, _PEOPLE, list(contact_ids), organization_id)
    addresses = await addresses_of_accounts([one.account_id for one in people if one.account_id], now)
    return {one.contact_id: _watched(organization_id, one, addresses) for one in people}


def _watched(organization_id: UUID, person: _Person, addresses: dict[UUID, list[str]]) -> list[Watched]:
    about = str(person.contact_id)
    watched = [
        Watched(ClosedWay.IDENTITY, IDENTITY_PER_CONTACT, about),
        Watched(ClosedWay.INVITATION, INVITED_PER_CONTACT, about),
    ]
    if person.link_id:
        watched.append(Watched(ClosedWay.IDENTITY, IDENTITY_PER_LINK, str(person.link_id)))
    if person.invitation_id:
        watched.append(Watched(ClosedWay.INVITATION, IDENTITY_PER_INVITATION, str(person.invitation_id)))
    if person.account_id and person.email_normal:
        account = sign_in_subject(str(organization_id), person.email_normal)
        watched += sign_in_ways(account, addresses.get(person.account_id, []))
    if person.date_of_birth:
        birthday = f"{organization_id} {person.date_of_birth}"
        watched.append(Watched(ClosedWay.CONNECTING, CONNECT_PER_BIRTHDAY_ANYWHERE, birthday))
    return watched


def sign_in_subject(where: str, email: str) -> str:
    """What the attempts to sign in with this address are counted under. `where`: the practice's id."""
    return f"patient {where} {normal_email_or_none(email) or email[:300]}"
