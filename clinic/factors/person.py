"""Whose a second factor is: a staff member's or a portal account's. The same rules hold for both."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clinic.factors.models import Passkey, Totp
from clinic.mail.models import LetterKind
from clinic.mail.outbox import queue_account_letter, queue_staff_member_letter
from clinic.organizations.models import Organization
from clinic.portal_access.models import PortalAccount
from clinic.staff.models import StaffMember
from clinic.values.callers import PatientCaller, StaffCaller
from clinic.values.errors import SessionEnded
from clinic.values.factors import FactorKind, Site
from clinic.values.ports import Services
from clinic.work.unit_of_work import Work

# For each letter about a factor: the one to staff, and the one to patients.
_TO_PATIENTS = {
    LetterKind.STAFF_FACTOR_ADDED: LetterKind.FACTOR_ADDED,
    LetterKind.STAFF_FACTOR_REMOVED: LetterKind.FACTOR_REMOVED,
    LetterKind.STAFF_RECOVERY_CODE_USED: LetterKind.RECOVERY_CODE_USED,
    LetterKind.STAFF_RECOVERY_CODES_RENEWED: LetterKind.RECOVERY_CODES_RENEWED,
}


@dataclass(frozen=True)
class Person:
    """A staff member or a portal account: one of the two ids is set."""

    organization_id: UUID
    staff_member_id: UUID | None
    account_id: UUID | None

    @property
    def id(self) -> UUID:
        found = self.staff_member_id or self.account_id
        if found is None:
            raise ValueError("nobody")
        return found

    @property
    def rows(self) -> dict[str, Any]:
        """What tells this person's rows from others': for filters, and for new rows."""
        own = {"staff_member_id": self.staff_member_id, "account_id": self.account_id}
        return {"organization_id": self.organization_id, **{name: key for name, key in own.items() if key}}


def person_of(caller: StaffCaller | PatientCaller) -> Person:
    """The signed-in person."""
    if isinstance(caller, StaffCaller):
        return Person(caller.organization_id, caller.staff_member_id, None)
    return Person(caller.organization_id, None, caller.account_id)


def person_behind(record: StaffMember | PortalAccount) -> Person:
    """The person of a staff member's or an account's row."""
    if isinstance(record, StaffMember):
        return Person(record.organization_id, record.id, None)
    return Person(record.organization_id, None, record.id)


async def lock_person(person: Person) -> StaffMember | PortalAccount:
    """The person's row, locked until the transaction ends, so that one change of their factors follows the other.

    Raises `SessionEnded` if they may not sign in any more.
    """
    record: StaffMember | PortalAccount | None
    if person.staff_member_id is not None:
        members = StaffMember.filter(id=person.staff_member_id, organization_id=person.organization_id)
        record = await members.filter(disabled_at=None).select_for_update(no_key=True).first()
    else:
        accounts = PortalAccount.filter(id=person.account_id, organization_id=person.organization_id)
        usable = accounts.filter(disabled_at=None, withdrawn_at=None)
        record = await usable.select_for_update(no_key=True).first()
    if record is None:
        raise SessionEnded
    return record


async def record_of(person: Person) -> StaffMember | PortalAccount:
    """The person's row."""
    if person.staff_member_id is not None:
        return await StaffMember.get(id=person.staff_member_id)
    return await PortalAccount.get(id=person.account_id)


async def kinds_of(person: Person) -> tuple[FactorKind, ...]:
    """The kinds of second factors that the person has."""
    found = [FactorKind.PASSKEY] if await Passkey.exists(**person.rows) else []
    return (*found, *([FactorKind.TOTP] if await Totp.exists(**person.rows) else []))


async def site_of(person: Person, services: Services) -> Site:
    """Where the person's passkeys work: the API's address for staff, the portal's for patients."""
    organization = await Organization.get(id=person.organization_id)
    addresses = services.addresses
    url = addresses.api_url if person.staff_member_id is not None else addresses.portal_url
    return Site.at(url, organization.name)


async def tell(kind: LetterKind, record: StaffMember | PortalAccount, work: Work, services: Services) -> None:
    """Queue the letter about a change of the person's factors, inside the transaction. `kind` is that for staff."""
    if isinstance(record, StaffMember):
        await queue_staff_member_letter(kind, record, work.now, services)
    else:
        await queue_account_letter(_TO_PATIENTS[kind], record, work.now, services)


def note(what: str, record: StaffMember | PortalAccount, work: Work, **details: str) -> None:
    """Add the audit event about a change of the person's factors."""
    prefix = "staff_member" if isinstance(record, StaffMember) else "portal_account"
    work.audit(f"{prefix}.{what}", record, **details)
