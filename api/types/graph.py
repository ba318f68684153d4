"""Contact, account, document and what else leads back to them: types whose fields refer to each other in circles.

They share one module so that none has to be imported in a circle. What leads nowhere is in the modules beside this one.
"""

import dataclasses
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.requests.paging import After, Before, First, Last, page_request
from api.server.fields import field
from api.server.kept import Completed, Kept, Shown
from api.server.relay import Connection, connect, decode_id, encode_id
from api.types.document_lists import documents_of_account, documents_of_contact
from api.types.documents import DocumentFields, SignatureFields
from api.types.organizations import facility_of
from api.types.portal_access import PortalAccountFields, PortalStatusFields
from api.types.records import (
    APPOINTMENT_CURSORS,
    AppointmentFields,
    ContactFields,
    EpisodeFields,
    RelationshipFields,
    own_appointment_key,
)
from clinic.charts.appointment_rows import AppointmentRow
from clinic.charts.contact_rows import KEPT, KEPT_FOR, ContactRow
from clinic.charts.related import ContactAppointmentRow
from clinic.charts.ways_out import WaysOut, ways_out
from clinic.documents import queries
from clinic.portal_access import status as core
from clinic.portal_access.queries import account_with_contact
from clinic.records.models import ContactKind

IncludeCancelled = Annotated[bool, strawberry.argument(description="Whether the cancelled ones are listed too.")]
OfContact = Annotated[strawberry.ID | None, strawberry.argument(description="Only this person's documents.")]


@strawberry.type(description="A person on record.")
class Contact(ContactFields, Shown):
    portal_status: "PortalStatus" = strawberry.field(description="The coloured globe.")
    completed: strawberry.Private[Completed] = dataclasses.field(default_factory=dict)

    @classmethod
    def from_row(cls, row: ContactRow) -> "Contact":
        return _contacts.of(row)

    @classmethod
    def make(cls, row: ContactRow) -> "Contact":
        return cls(
            id=strawberry.ID(encode_id("Contact", row.id)),
            row=row,
            kind=ContactKind(row.kind),
            given_name=row.given_name,
            family_name=row.family_name,
            display_name=f"{row.given_name} {row.family_name}".strip(),
            date_of_birth=row.date_of_birth,
            language=row.language,
            email=row.emails[0] if row.emails else None,
            emails=list(row.emails),
            version=row.version,
            archived_at=row.archived_at,
            portal_status=PortalStatus.from_core(row.id, row.portal_status),
        )

    @field("The record that this one was merged into; this one is archived then, and nothing hangs on it any more.")
    async def merged_into(self, info: Info) -> "Contact | None":
        merged_into_id = self.row.merged_into_id
        return None if merged_into_id is None else await load_contact(info, merged_into_id)

    @field(
        "Accounts this record was linked to before and that are linked to none now, the latest first, whatever their "
        "address is by now: linkPortalAccount takes one by its id. Empty without WEB_PORTAL."
    )
    async def former_portal_accounts(self, info: Info) -> list["PortalAccount"]:
        former = await info.context.loaders.previous_accounts.load(self.row.id)
        return [PortalAccount.from_facts(facts) for facts in former]

    @field("Relationships in which this contact is the client or the relative.")
    async def relationships(self, info: Info) -> list["Relationship"]:
        return [Relationship.from_row(row) for row in await info.context.loaders.relationships.load(self.row.id)]

    @field("The stretch of care that has not ended.")
    async def current_episode(self, info: Info) -> "Episode | None":
        row = await info.context.loaders.episode.load(self.row.id)
        return Episode.from_row(row) if row else None

    @field("This contact's appointments in order of start, without the cancelled ones unless you ask for them.")
    async def appointments(
        self,
        info: Info,
        include_cancelled: IncludeCancelled = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> "Connection[Appointment]":
        loaders = info.context.loaders
        request = page_request(APPOINTMENT_CURSORS, first, after, last, before)
        page = await loaders.appointments.load((self.row.id, request, include_cancelled))
        return connect(
            page,
            [Appointment.from_own_row(row, self) for row in page.rows],
            cursors=APPOINTMENT_CURSORS,
            sort_key=own_appointment_key,
            count=partial(loaders.appointment_count.load, (self.row.id, include_cancelled)),
        )

    @field(
        "This contact's documents: for staff all of them, newest first; for patients what is shared with them, and "
        "what they are asked to sign before the rest."
    )
    async def documents(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> "Connection[Document]":
        return await documents_of_contact(info, Document.from_row, self.row.id, first, after, last, before)


# The core answers the same row as long as nothing changes (decision 0077).
_contacts: Kept[ContactRow, Contact] = Kept(Contact.make, most=KEPT, seconds=KEPT_FOR)


@strawberry.type(description="A relative of a client, and whether the portal shows them what is shared with all.")
class Relationship(RelationshipFields):
    @field("Who receives care.")
    async def client(self, info: Info) -> Contact:
        return await load_contact(info, self.row.client_id)

    @field("The related contact.")
    async def relative(self, info: Info) -> Contact:
        return await load_contact(info, self.row.relative_id)


@strawberry.type(description="A stretch of care.")
class Episode(EpisodeFields):
    @field("Whose.")
    async def contact(self, info: Info) -> Contact:
        return await load_contact(info, self.contact_id)


@strawberry.type(description="An entry in the calendar.")
class Appointment(AppointmentFields, Shown):
    contact: Contact = strawberry.field(description="Who is expected.")
    completed: strawberry.Private[Completed] = dataclasses.field(default_factory=dict)

    @classmethod
    def from_row(cls, row: AppointmentRow) -> "Appointment":
        return _appointments.of(row)

    @classmethod
    def make(cls, row: AppointmentRow) -> "Appointment":
        return cls.from_own_row(row, Contact.from_row(row.contact))

    @classmethod
    def from_own_row(cls, row: AppointmentRow | ContactAppointmentRow, contact: Contact) -> "Appointment":
        return cls(
            id=strawberry.ID(encode_id("Appointment", row.id)),
            appointment_id=row.id,
            contact=contact,
            facility=facility_of(row.facility_id, row.facility_name),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            staff_member_id=row.staff_member_id,
            cancelled_at=row.cancelled_at,
            source_word=row.source_status,
            version=row.version,
        )


_appointments: Kept[AppointmentRow, Appointment] = Kept(Appointment.make, most=KEPT, seconds=KEPT_FOR)


@strawberry.type(description="A sign-in at this organization's portal.")
class PortalAccount(PortalAccountFields):
    @field("The record it is linked to, if any and if you may see it.")
    async def contact(self, info: Info) -> Contact | None:
        if self.linked_contact_id is None:
            return None
        row = await info.context.loaders.contact.load(self.linked_contact_id)
        return Contact.from_row(row) if row else None

    @field(
        "What this account's person may see, their own and as a relative: what they are asked to sign first, then the "
        "newest."
    )
    async def documents(
        self,
        info: Info,
        contact_id: OfContact = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> "Connection[Document]":
        whose = None if contact_id is None else decode_id(contact_id, "Contact", argument="contactId")
        return await documents_of_account(info, Document.from_row, self.account_id, whose, first, after, last, before)


@strawberry.type(description="The icon's whole answer for one contact.")
class PortalStatus(PortalStatusFields):
    account: PortalAccount | None = strawberry.field(
        description="The account the state speaks of; null for a conflict unless you may see the other record."
    )
    contact_id: strawberry.Private[UUID]
    holder_id: strawberry.Private[UUID | None]

    @classmethod
    def from_core(cls, contact_id: UUID, status: core.PortalStatus) -> "PortalStatus":
        return cls(
            contact_id=contact_id,
            holder_id=status.holder_id,
            state=status.state,
            icon=status.icon,
            summary=status.summary,
            action=status.action,
            blocked_reason=status.blocked_reason,
            letter=status.letter,
            account=PortalAccount.from_facts(status.account) if status.account else None,
            also_allowed=list(status.also_allowed),
            invitation_expires_at=status.invitation_expires_at,
            address_on_other_record=status.address_on_other_record,
        )

    @field("The ways out of a conflict that can work; empty without one.")
    async def remedies(self, info: Info) -> list[core.ConflictRemedy]:
        return list((await self._ways_out(info)).remedies)

    @field(
        "In a conflict, the relationships by which the address's holder has portal access to this record already: its "
        "person is reached through them. Empty otherwise."
    )
    async def reached_through(self, info: Info) -> list[Relationship]:
        return [Relationship.from_row(row) for row in (await self._ways_out(info)).through]

    async def _ways_out(self, info: Info) -> WaysOut:
        if self.holder_id is None:
            return WaysOut()
        relationships = await info.context.loaders.relationships.load(self.contact_id)
        return ways_out(info.context.viewer, self.contact_id, self.holder_id, relationships)


@strawberry.type(description="Pages that never change, shared with nobody, everybody authorized, or chosen people.")
class Document(DocumentFields):
    @field("Whose it is. Patients see their own record, and of other people the name.")
    async def contact(self, info: Info) -> Contact:
        return await person_named(info, self.row.contact_id)

    @field(
        "Who sees it today: those with portal access, whether they have an account yet or not. Patients see of these "
        "only themselves."
    )
    async def recipients(self, info: Info) -> list[Contact]:
        ids = await info.context.loaders.documents.recipients.load(self.row.id)
        rows = await info.context.loaders.documents.person.load_many(ids)
        return [Contact.from_row(row) for row in rows if row]

    @field("Everybody who signs it, in order; empty where no signature is wanted.")
    async def signatures(self, info: Info) -> list["Signature"]:
        return [Signature.from_row(row) for row in await info.context.loaders.documents.signatures.load(self.row.id)]

    @field("The document that took this one's place, if you may see it.")
    async def superseded_by(self, info: Info) -> "Document | None":
        if self.row.superseded_by_id is None:
            return None
        row = await info.context.loaders.documents.document.load(self.row.superseded_by_id)
        return Document.from_row(row) if row else None


@strawberry.type(description="A signer's place on a document: open, signed or declined.")
class Signature(SignatureFields):
    @field("Who signs. Patients see their own record, and of other people the name.")
    async def signer(self, info: Info) -> Contact:
        return await person_named(info, self.row.signer_id)


@strawberry.type(description="Whose documents you may look at.")
class DocumentShelf:
    contact_id: strawberry.Private[UUID]
    own: bool = strawberry.field(description="Whether they are your own.")
    document_count: int = strawberry.field(description="How many you may see.")
    awaiting_count: int = strawberry.field(description="How many of them await your signature now.")

    @classmethod
    def from_core(cls, shelf: queries.Shelf) -> "DocumentShelf":
        return cls(
            contact_id=shelf.contact_id,
            own=shelf.own,
            document_count=shelf.documents,
            awaiting_count=shelf.awaiting,
        )

    @field("Whose; of other people the name. `PortalAccount.documents` takes its id.")
    async def contact(self, info: Info) -> Contact:
        return await person_named(info, self.contact_id)


async def load_contact(info: Info, contact_id: UUID) -> Contact:
    """A contact that a row of the same organization points to. Raises LookupError if the caller may not see it."""
    row = await info.context.loaders.contact.load(contact_id)
    if row is None:
        raise LookupError(contact_id)
    return Contact.from_row(row)


async def portal_account(info: Info, account_id: UUID) -> PortalAccount | None:
    """The account, if it belongs to the caller's organization."""
    found = await account_with_contact(info.context.person.organization_id, account_id)
    return PortalAccount.from_model(*found) if found else None


async def own_portal_account(info: Info) -> PortalAccount:
    """The account of the patient who asks."""
    account_id = info.context.patient.account_id
    found = await portal_account(info, account_id)
    if found is None:  # a signed-in person always has an account
        raise LookupError(account_id)
    return found


async def person_named(info: Info, contact_id: UUID) -> Contact:
    """Whom a document at hand names. Raises LookupError for anybody of another organization."""
    row = await info.context.loaders.documents.person.load(contact_id)
    if row is None:
        raise LookupError(contact_id)
    return Contact.from_row(row)
