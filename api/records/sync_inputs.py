"""What `syncRecords` takes."""

from datetime import date, datetime
from typing import TypeVar

import strawberry

from api.requests.inputs import IDEMPOTENCY
from api.types import enums as enums
from api.types.external_ids import ExternalIdInput
from clinic.records.external_ids import Identifier
from clinic.records.models import ContactKind
from clinic.records.sync.records import (
    LEFT_OUT,
    LeftOut,
    SyncAppointment,
    SyncContact,
    SyncRelationship,
    SyncRequest,
)
from clinic.values.limits import LONGEST_SOURCE_STATUS, MOST_RECORDS_AT_ONCE

T = TypeVar("T")

_OWN = "What your system calls it. Without a record of this name, one is created."
_LEAVE = "Leave it out to keep it as it is."
_EMPTY = f"Null empties it. {_LEAVE}"


@strawberry.input(description="A contact as your system has it. What you leave out stays as it is.")
class SyncContactInput:
    external_id: ExternalIdInput = strawberry.field(description=_OWN)
    kind: ContactKind | None = strawberry.field(default=strawberry.UNSET, description=f"Kind. {_LEAVE}")
    given_name: str | None = strawberry.field(default=strawberry.UNSET, description=f"Given name. {_EMPTY}")
    family_name: str | None = strawberry.field(default=strawberry.UNSET, description=f"Family name. {_EMPTY}")
    date_of_birth: date | None = strawberry.field(default=strawberry.UNSET, description=f"Date of birth. {_EMPTY}")
    emails: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="All addresses, the primary one first. An address with which the person registered at the portal "
        f"is not taken away. {_EMPTY}",
    )
    phones: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description=f"All phone numbers, the first to try first. {_EMPTY}"
    )
    language: str | None = strawberry.field(default=strawberry.UNSET, description=f"Language. {_LEAVE}")
    facility: ExternalIdInput | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"Where the present episode is; one begins if there is none. {_EMPTY}",
    )
    archived: bool | None = strawberry.field(
        default=None,
        description="True for a person who has died or left, so that nobody is invited. Left out or null keeps it.",
    )

    def as_record(self) -> SyncContact:
        return SyncContact(
            external_id=self.external_id.as_identifier(),
            kind=_given(self.kind),
            given_name=_given(self.given_name),
            family_name=_given(self.family_name),
            date_of_birth=_given(self.date_of_birth),
            emails=_given(self.emails),
            phones=_given(self.phones),
            language=_given(self.language),
            facility=_identifier(self.facility),
            archived=self.archived,
        )


@strawberry.input(description="Who is whose relative, as your system has it.")
class SyncRelationshipInput:
    external_id: ExternalIdInput = strawberry.field(description=_OWN)
    client: ExternalIdInput = strawberry.field(description="Who receives care.")
    relative: ExternalIdInput = strawberry.field(description="The related contact.")
    kind: str = strawberry.field(description="What the relative is to the client, such as mother.")
    portal_access: bool | None = strawberry.field(
        default=None, description=f"Whether the relative sees what is shared with all authorized. {_LEAVE}"
    )
    ends_on: date | None = strawberry.field(default=strawberry.UNSET, description=f"The last day. {_EMPTY}")

    def as_record(self) -> SyncRelationship:
        return SyncRelationship(
            external_id=self.external_id.as_identifier(),
            client=self.client.as_identifier(),
            relative=self.relative.as_identifier(),
            kind=self.kind,
            portal_access=self.portal_access,
            ends_on=_given(self.ends_on),
        )


@strawberry.input(description="An appointment as your system has it.")
class SyncAppointmentInput:
    external_id: ExternalIdInput = strawberry.field(description=_OWN)
    contact: ExternalIdInput = strawberry.field(description="Who is expected.")
    starts_at: datetime = strawberry.field(description="When it starts.")
    ends_at: datetime = strawberry.field(description="When it ends.")
    facility: ExternalIdInput | None = strawberry.field(default=strawberry.UNSET, description=f"Where. {_EMPTY}")
    staff_member: ExternalIdInput | None = strawberry.field(
        default=strawberry.UNSET, description=f"With whom. {_EMPTY}"
    )
    source_status: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Your system's word for how it stands, such as arrived or noshow, at most "
        f"{LONGEST_SOURCE_STATUS} characters. A cancelled one has none. {_EMPTY}",
    )
    cancelled: bool | None = strawberry.field(
        default=False, description="Whether it is cancelled. A cancelled one comes back if you send it without this."
    )

    def as_record(self) -> SyncAppointment:
        return SyncAppointment(
            external_id=self.external_id.as_identifier(),
            contact=self.contact.as_identifier(),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            facility=_identifier(self.facility),
            staff_member=_identifier(self.staff_member),
            source_status=_given(self.source_status),
            cancelled=bool(self.cancelled),
        )


@strawberry.input(description=f"Up to {MOST_RECORDS_AT_ONCE} records in all.")
class SyncRecordsInput:
    dry_run: bool | None = strawberry.field(
        default=False, description="Whether to answer what would happen and to change nothing."
    )
    contacts: list[SyncContactInput] | None = strawberry.field(default=None, description="These come first.")
    relationships: list[SyncRelationshipInput] | None = strawberry.field(default=None, description="These come next.")
    appointments: list[SyncAppointmentInput] | None = strawberry.field(default=None, description="These come last.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)

    def as_request(self) -> SyncRequest:
        return SyncRequest(
            contacts=[each.as_record() for each in self.contacts or ()],
            relationships=[each.as_record() for each in self.relationships or ()],
            appointments=[each.as_record() for each in self.appointments or ()],
        )


def _given(value: T | None) -> T | LeftOut | None:
    return LEFT_OUT if value is strawberry.UNSET else value


def _identifier(value: ExternalIdInput | None) -> Identifier | LeftOut | None:
    if value is strawberry.UNSET:
        return LEFT_OUT
    return None if value is None else value.as_identifier()
