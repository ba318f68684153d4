"""The practice's records about people, as far as the portal needs them."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields

from clinic.database.tenancy import TenantModel
from clinic.organizations.models import Facility
from clinic.staff.models import StaffMember


class ContactKind(StrEnum):
    """A client receives care. An individual is any other person in the records."""

    CLIENT = "CLIENT"
    INDIVIDUAL = "INDIVIDUAL"


class Contact(TenantModel):
    """A person in the practice's records.

    `version` counts the changes of what staff edit (`clinic.records.versions`); `archived_at` takes the record out of
    lists. A record with `merged_into_id` was merged into that one, and only leads there (decision 0070).
    `family_key`, `given_key` and `sort_key` are forms for search and sorting (`clinic.values.text.search_key`).
    The PIN is stored twice: encrypted, so that staff can show it, and as a keyed digest for comparison.
    """

    kind = fields.CharEnumField(ContactKind, description="ContactKind", max_length=12)
    given_name = fields.CharField(max_length=200)
    family_name = fields.CharField(max_length=200)
    given_key = fields.CharField(max_length=400)
    family_key = fields.CharField(max_length=400)
    sort_key = fields.CharField(max_length=900)
    date_of_birth: date | None = fields.DateField(null=True)
    language = fields.CharField(max_length=12, default="en")
    pin_encrypted = fields.TextField()
    pin_hash = fields.CharField(max_length=64)
    created_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()
    version = fields.IntField(default=1, db_default=1)
    archived_at: datetime | None = fields.DatetimeField(null=True)
    merged_into_id: UUID | None = fields.UUIDField(null=True, db_index=True)

    class Meta:
        table = "contact"
        table_description = "contact"
        unique_together = (("organization", "pin_hash"),)
        indexes = (("organization_id", "date_of_birth"),)

    @property
    def display_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class ContactEmail(TenantModel):
    """One email address of a contact. Position 0 is the primary address."""

    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.CASCADE
    )
    contact_id: UUID
    position = fields.SmallIntField()
    address = fields.CharField(max_length=254)
    address_normal = fields.CharField(max_length=300)

    class Meta:
        table = "contact_email"
        table_description = "contact_email"
        unique_together = (("contact", "position"), ("contact", "address_normal"))
        indexes = (("organization_id", "address_normal"),)


class ContactPhone(TenantModel):
    """One phone number of a contact. Position 0 is the number to call first.

    `reversed_digits` is the form by which a number is found (`clinic.values.phones`).
    """

    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.CASCADE
    )
    contact_id: UUID
    position = fields.SmallIntField()
    number = fields.CharField(max_length=40)
    reversed_digits = fields.CharField(max_length=40, default="", db_default="")

    class Meta:
        table = "contact_phone"
        table_description = "contact_phone"
        unique_together = (("contact", "position"),)
        indexes = (("organization_id", "reversed_digits"),)


class Relationship(TenantModel):
    """`relative` is the `kind` of `client` ("mother").

    With `portal_access` the relative sees the documents that are shared with all authorized persons.
    """

    client: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.CASCADE
    )
    client_id: UUID
    relative: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.CASCADE
    )
    relative_id: UUID
    kind = fields.CharField(max_length=60)
    portal_access = fields.BooleanField(default=False)
    # When staff last granted the access. Access that is granted after the age limit does not end because of it.
    portal_access_since: datetime | None = fields.DatetimeField(null=True)
    ends_on: date | None = fields.DateField(null=True)
    version = fields.IntField(default=1, db_default=1)

    class Meta:
        table = "relationship"
        table_description = "relationship"
        unique_together = (("client", "relative"),)
        indexes = (("relative_id",), ("organization_id", "portal_access", "client_id"))


class Episode(TenantModel):
    """A period of care. A contact has at most one that has not ended. No facility is shown as "--"."""

    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.CASCADE
    )
    contact_id: UUID
    facility: fields.ForeignKeyNullableRelation[Facility] = fields.ForeignKeyField(
        "clinic.Facility", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    facility_id: UUID | None
    started_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)
    version = fields.IntField(default=1, db_default=1)

    class Meta:
        table = "episode"
        table_description = "episode"


class Appointment(TenantModel):
    """An appointment of a contact with a staff member at a facility. Instants are in UTC.

    A cancelled appointment stays on record, and lists leave it out unless they are asked for it. `source_status` is the
    word of the system that it comes from, such as arrived.
    """

    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.CASCADE
    )
    contact_id: UUID
    staff_member: fields.ForeignKeyNullableRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    staff_member_id: UUID | None
    facility: fields.ForeignKeyNullableRelation[Facility] = fields.ForeignKeyField(
        "clinic.Facility", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    facility_id: UUID | None
    starts_at: datetime = fields.DatetimeField()
    ends_at: datetime = fields.DatetimeField()
    cancelled_at: datetime | None = fields.DatetimeField(null=True)
    source_status = fields.CharField(max_length=60, null=True)
    version = fields.IntField(default=1, db_default=1)

    class Meta:
        table = "appointment"
        table_description = "appointment"
        indexes = (("organization_id", "starts_at", "id"), ("contact_id", "starts_at"))


class ExternalIdKind(StrEnum):
    """The kinds of records that bear external ids."""

    CONTACT = "CONTACT"
    RELATIONSHIP = "RELATIONSHIP"
    APPOINTMENT = "APPOINTMENT"
    STAFF_MEMBER = "STAFF_MEMBER"
    FACILITY = "FACILITY"


class ExternalId(TenantModel):
    """What another system calls a record: `system` says which system, by an absolute URI, and `value` is its number.

    A record may have several. The column of the record's `kind` is set, and no other.
    """

    kind = fields.CharEnumField(ExternalIdKind, description="ExternalIdKind", max_length=12)
    system = fields.CharField(max_length=200)
    value = fields.CharField(max_length=200)
    contact: fields.ForeignKeyNullableRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.CASCADE, null=True
    )
    contact_id: UUID | None
    relationship: fields.ForeignKeyNullableRelation[Relationship] = fields.ForeignKeyField(
        "clinic.Relationship", related_name=False, on_delete=fields.CASCADE, null=True
    )
    relationship_id: UUID | None
    appointment: fields.ForeignKeyNullableRelation[Appointment] = fields.ForeignKeyField(
        "clinic.Appointment", related_name=False, on_delete=fields.CASCADE, null=True
    )
    appointment_id: UUID | None
    staff_member: fields.ForeignKeyNullableRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.CASCADE, null=True
    )
    staff_member_id: UUID | None
    facility: fields.ForeignKeyNullableRelation[Facility] = fields.ForeignKeyField(
        "clinic.Facility", related_name=False, on_delete=fields.CASCADE, null=True
    )
    facility_id: UUID | None

    class Meta:
        table = "external_id"
        table_description = "external_id"
        unique_together = (("organization", "kind", "system", "value"),)
        indexes = (("contact_id",), ("relationship_id",), ("appointment_id",), ("staff_member_id",), ("facility_id",))


class ContactMerge(TenantModel):
    """A request to merge the record `duplicate` into `kept`: one staff member asks, another decides.

    Open while `decided_at` is null. The requester can withdraw it; then it is closed, and `approved` stays null.
    """

    kept: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.RESTRICT
    )
    kept_id: UUID
    duplicate: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.RESTRICT
    )
    duplicate_id: UUID
    reason = fields.CharField(max_length=300)
    asked_by: fields.ForeignKeyRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.RESTRICT
    )
    asked_by_id: UUID
    asked_at: datetime = fields.DatetimeField()
    decided_by: fields.ForeignKeyNullableRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    decided_by_id: UUID | None
    decided_at: datetime | None = fields.DatetimeField(null=True)
    approved = fields.BooleanField(null=True)

    class Meta:
        table = "contact_merge"
        table_description = "contact_merge"

    @property
    def withdrawn_at(self) -> datetime | None:
        return self.decided_at if self.approved is None else None
