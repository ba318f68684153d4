"""What mutations of records take."""

from datetime import date, datetime

import strawberry

from api.requests.inputs import IDEMPOTENCY
from api.types import enums as enums
from clinic.records.models import ContactKind

_LEAVE = "Leave it out to keep it as it is."
_VERSION = (
    "The version you saw. If somebody changed the record after that, nothing is changed and the answer is "
    "ChangedMeanwhile. Without it the last write wins."
)


@strawberry.input(description="A person to put on record.")
class CreateContactInput:
    given_name: str = strawberry.field(description="Given name, as the person writes it.")
    family_name: str = strawberry.field(description="Family name, as the person writes it.")
    kind: ContactKind = strawberry.field(default=ContactKind.CLIENT, description="Client, or anyone else.")
    date_of_birth: date | None = strawberry.field(default=None, description="Date of birth, if known.")
    emails: list[str] = strawberry.field(default_factory=list, description="Addresses, the primary one first.")
    phones: list[str] = strawberry.field(default_factory=list, description="Phone numbers, the first to try first.")
    language: str = strawberry.field(default="en", description="The language of letters, as a BCP 47 tag.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="What changes in a record.")
class UpdateContactInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose record.")
    given_name: str | None = strawberry.field(default=strawberry.UNSET, description=f"Given name. {_LEAVE}")
    family_name: str | None = strawberry.field(default=strawberry.UNSET, description=f"Family name. {_LEAVE}")
    kind: ContactKind | None = strawberry.field(default=strawberry.UNSET, description=f"Kind. {_LEAVE}")
    date_of_birth: date | None = strawberry.field(
        default=strawberry.UNSET, description=f"Date of birth; null empties it. {_LEAVE}"
    )
    emails: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description=f"All addresses from now on, the primary one first. {_LEAVE}"
    )
    phones: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description=f"All phone numbers from now on. {_LEAVE}"
    )
    language: str | None = strawberry.field(default=strawberry.UNSET, description=f"Language. {_LEAVE}")
    version: int | None = strawberry.field(default=None, description=_VERSION)


@strawberry.input(description="Who is whose relative.")
class CreateRelationshipInput:
    client_id: strawberry.ID = strawberry.field(description="Who receives care.")
    relative_id: strawberry.ID = strawberry.field(description="The related contact.")
    kind: str = strawberry.field(description="What the relative is to the client, such as mother.")
    portal_access: bool = strawberry.field(
        default=False, description="Whether the relative sees what is shared with all authorized."
    )
    ends_on: date | None = strawberry.field(default=None, description="The last day, if it ends.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="What changes in a relationship.")
class UpdateRelationshipInput:
    relationship_id: strawberry.ID = strawberry.field(description="Which relationship.")
    kind: str | None = strawberry.field(default=strawberry.UNSET, description=f"Kind. {_LEAVE}")
    portal_access: bool | None = strawberry.field(default=strawberry.UNSET, description=f"Portal access. {_LEAVE}")
    ends_on: date | None = strawberry.field(
        default=strawberry.UNSET, description=f"The last day; null: it has none. {_LEAVE}"
    )
    version: int | None = strawberry.field(default=None, description=_VERSION)


@strawberry.input(description="A stretch of care that begins now.")
class CreateEpisodeInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose.")
    facility_id: strawberry.ID | None = strawberry.field(default=None, description='Where; null is "--".')
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="Where a stretch of care takes place, and whether it has ended.")
class UpdateEpisodeInput:
    episode_id: strawberry.ID = strawberry.field(description="Which episode.")
    facility_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description=f'Where; null is "--". {_LEAVE}'
    )
    ended: bool | None = strawberry.field(
        default=strawberry.UNSET, description=f"True ends it now, false opens it again. {_LEAVE}"
    )
    version: int | None = strawberry.field(default=None, description=_VERSION)


@strawberry.input(description="An entry in the calendar.")
class CreateAppointmentInput:
    contact_id: strawberry.ID = strawberry.field(description="Who is expected.")
    starts_at: datetime = strawberry.field(description="When it starts, with its offset.")
    ends_at: datetime = strawberry.field(description="When it ends, with its offset.")
    facility_id: strawberry.ID | None = strawberry.field(default=None, description="Where, if known.")
    staff_member_id: strawberry.ID | None = strawberry.field(default=None, description="With whom, if known.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="What changes in an entry of the calendar. Nobody gets a letter about it.")
class UpdateAppointmentInput:
    appointment_id: strawberry.ID = strawberry.field(description="Which appointment.")
    starts_at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description=f"When it starts, with its offset. {_LEAVE}"
    )
    ends_at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description=f"When it ends, with its offset. {_LEAVE}"
    )
    facility_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description=f"Where; null: not known. {_LEAVE}"
    )
    staff_member_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description=f"With whom; null: not known. {_LEAVE}"
    )
    cancelled: bool | None = strawberry.field(
        default=strawberry.UNSET, description=f"Whether it is cancelled; false takes a cancellation back. {_LEAVE}"
    )
    version: int | None = strawberry.field(default=None, description=_VERSION)


@strawberry.input(description="Which entry of the calendar is cancelled. Nobody gets a letter about it.")
class CancelAppointmentInput:
    appointment_id: strawberry.ID = strawberry.field(description="Which appointment.")
    version: int | None = strawberry.field(default=None, description=_VERSION)


@strawberry.input(description="Which contact is archived.")
class ArchiveContactInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose record.")
    version: int | None = strawberry.field(default=None, description=_VERSION)


@strawberry.input(description="Which contact is taken out of the archive.")
class RestoreContactInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose record.")
    version: int | None = strawberry.field(default=None, description=_VERSION)
