"""Makes a contact as another system says, by the same rules as by hand (product §7)."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.database.rows import as_uuid, fetch
from clinic.portal_access.models import PortalAccount, PortalLink
from clinic.records.access import checked_facility_id, contact_for_change
from clinic.records.actions.archive import archive, restore
from clinic.records.actions.contacts import ContactFacts, add_contact, change_contact, cleaned, facts_of, sort_key
from clinic.records.actions.episodes import begin_episode, move_episode
from clinic.records.errors import PossibleTwin, RegisteredAddress
from clinic.records.external_ids import Identifier, record_called
from clinic.records.models import Contact, ContactKind, Episode, ExternalId, ExternalIdKind
from clinic.records.sync.known import Known, PresentContact
from clinic.records.sync.records import LeftOut, SyncContact, SyncOutcome
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import normal_email, normal_email_or_none
from clinic.work.unit_of_work import Work

NOBODY = ContactFacts(given_name="", family_name="")
# What a null makes of each field: the value of a new contact that says nothing of it.
_EMPTY: dict[str, Any] = {
    "kind": ContactKind.CLIENT,
    "given_name": "",
    "family_name": "",
    "date_of_birth": None,
    "emails": [],
    "phones": [],
    "language": "en",
}


def wanted_facts(given: SyncContact, before: ContactFacts) -> ContactFacts:
    """The facts that the contact is to have."""
    sent = {name: getattr(given, name) for name in _EMPTY}
    said = {name: value for name, value in sent.items() if not isinstance(value, LeftOut)}
    return replace(before, **{name: _EMPTY[name] if value is None else value for name, value in said.items()})


def is_so(given: SyncContact, present: PresentContact, known: Known, now: datetime) -> bool:
    """Whether the contact is on record as given, so that nothing has to be written. Raises `InvalidInput`."""
    if given.archived is not None and given.archived is not present.archived:
        return False
    if not isinstance(given.facility, LeftOut) and _facility_id(given.facility, known) != present.facility_id:
        return False
    facts = present.facts
    return cleaned(wanted_facts(given, facts), now, known=facts.phones) == facts


async def sync_contact(
    caller: StaffCaller | SystemCaller, given: SyncContact, known: Known, work: Work, services: Services
) -> tuple[SyncOutcome, UUID]:
    """Make the contact so, in an action's transaction.

    Raises `InvalidInput`, `NotFound`, `PossibleTwin`, `RegisteredAddress`.
    """
    called = await record_called(caller.organization_id, ExternalIdKind.CONTACT, given.external_id)
    try:
        made = None if called else await _create(caller, given, work, services)
    except PossibleTwin:
        # What another request has just made by the same external id is no twin.
        called, made = await record_called(caller.organization_id, ExternalIdKind.CONTACT, given.external_id), None
        if called is None:
            raise
    contact = made or await contact_for_change(caller, called, Permission.MANAGE_CONTACTS, archived_too=True)
    changed = [await _out_of_archive(contact, given, work)]
    if called is not None:
        before = await facts_of(contact)
        wanted = wanted_facts(given, before)
        await _keep_registered_address(contact, before, wanted)
        changed.append(await change_contact(contact, before, wanted, work))
    changed.append(await _set_facility(caller, contact, given.facility, known, work))
    changed.append(await _into_archive(contact, given, work))
    if called is None:
        return SyncOutcome.CREATED, contact.id
    return (SyncOutcome.CHANGED if any(changed) else SyncOutcome.UNCHANGED), contact.id


async def _create(caller: StaffCaller | SystemCaller, given: SyncContact, work: Work, services: Services) -> Contact:
    facts = cleaned(wanted_facts(given, NOBODY), work.now)
    twin = await _twin_of(caller.organization_id, facts)
    if twin is not None:
        raise PossibleTwin(twin)
    contact = await add_contact(facts, work, services)
    await name_record(ExternalIdKind.CONTACT, given.external_id, caller.organization_id, contact_id=contact.id)
    return contact


async def name_record(kind: ExternalIdKind, identifier: Identifier, organization_id: UUID, **record: UUID) -> None:
    """Store a record's external id. Of two requests at once one fails at the unique constraint and runs again."""
    key: dict[str, Any] = {"organization_id": organization_id, "kind": kind, **asdict(identifier), **record}
    await ExternalId.create(**key)


async def _twin_of(organization_id: UUID, facts: ContactFacts) -> UUID | None:
    """A contact with the same name and date of birth that shares an address with these facts, or has none as they.

    Without a date of birth and without an address a name alone says nothing.
    """
    if facts.date_of_birth is None and not facts.emails:
        return None
    born = "IS NULL" if facts.date_of_birth is None else "= $3"
    rows = await fetch(
        "SELECT c.id, e.address_normal FROM contact c LEFT JOIN contact_email e ON e.contact_id = c.id "  # noqa: S608
        f"WHERE c.organization_id = $1 AND c.sort_key = $2 AND c.date_of_birth {born}",
        *(organization_id, sort_key(facts), *([] if facts.date_of_birth is None else [facts.date_of_birth])),
    )
    addresses: dict[UUID, set[str]] = {}
    for row in rows:
        addresses.setdefault(as_uuid(row["id"]), set()).update({row["address_normal"]} - {None})
    own = {normal_email(email) for email in facts.emails}
    return next((each for each in sorted(addresses) if addresses[each] & own or not (addresses[each] or own)), None)


async def _keep_registered_address(contact: Contact, before: ContactFacts, wanted: ContactFacts) -> None:
    """Raise `RegisteredAddress` if the person who registered would lose the address that they sign in with."""
    gone = {normal_email(email) for email in before.emails} - {normal_email_or_none(each) for each in wanted.emails}
    if not gone:
        return
    link = await PortalLink.get_or_none(contact_id=contact.id, unlinked_at=None)
    account = await PortalAccount.get(id=link.account_id) if link else None
    if account and account.registered_at is not None and account.email_normal in gone:
        raise RegisteredAddress


def _facility_id(facility: Identifier | None, known: Known) -> UUID | None:
    return None if facility is None else known.needed(ExternalIdKind.FACILITY, facility, "facility")


async def _set_facility(
    caller: StaffCaller | SystemCaller,
    contact: Contact,
    facility: Identifier | LeftOut | None,
    known: Known,
    work: Work,
) -> bool:
    """Make it the facility of the present episode; without an episode one begins. Returns whether that is new."""
    if isinstance(facility, LeftOut):
        return False
    wanted = _facility_id(facility, known)
    episode = (
        await Episode.filter(organization_id=contact.organization_id, contact_id=contact.id, ended_at=None)
        .select_for_update()
        .first()
    )
    present = episode.facility_id if episode else None
    if wanted == present:
        return False
    facility_id = await checked_facility_id(caller, wanted, given=wanted is not None)
    if episode is not None:
        await move_episode(episode, facility_id, work)
    elif contact.archived_at is not None:
        raise InvalidInput.one("facility", Problem.CONTACT_ARCHIVED)
    else:
        await begin_episode(contact, facility_id, work)
    return True


async def _out_of_archive(contact: Contact, given: SyncContact, work: Work) -> bool:
    if given.archived is not False or contact.archived_at is None:
        return False
    await restore(contact, work)
    return True


async def _into_archive(contact: Contact, given: SyncContact, work: Work) -> bool:
    if not given.archived or contact.archived_at is not None:
        return False
    await archive(contact, work)
    return True
