"""Accounts, links, invitations, account tokens, printed sheets and transfer requests."""

from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from tortoise import fields

from clinic.database.tenancy import TenantModel
from clinic.organizations.models import Facility
from clinic.records.models import Contact
from clinic.staff.models import StaffMember
from clinic.values.tokens import TokenClosed as TokenClosed


class PortalAccount(TenantModel):
    """An account at one organization's portal.

    `registered_at` is null while the person is only invited. A registered account with an unverified address has no
    claim to the address. A withdrawn account is kept as history; its address is free again.
    """

    email = fields.CharField(max_length=254)
    email_normal = fields.CharField(max_length=300)
    language = fields.CharField(max_length=12, default="en")
    password_hash = fields.CharField(max_length=255, null=True)
    created_at: datetime = fields.DatetimeField()
    registered_at: datetime | None = fields.DatetimeField(null=True)
    email_verified_at: datetime | None = fields.DatetimeField(null=True)
    last_signed_in_at: datetime | None = fields.DatetimeField(null=True)
    disabled_at: datetime | None = fields.DatetimeField(null=True)
    disabled_reason = fields.CharField(max_length=200, default="")
    withdrawn_at: datetime | None = fields.DatetimeField(null=True)
    # The password is so short that it does only together with a second factor.
    short_password = fields.BooleanField(default=False, db_default=False)

    class Meta:
        table = "portal_account"
        table_description = "portal_account"


class ContactPortalState(TenantModel):
    """The portal state that a contact has after the last change, for finding and counting contacts by state.

    `id` is the contact's id. `sort_key` and `archived` are copies of the contact's, so that an index holds all that a
    list needs. Only `clinic.portal_access.stored_state` writes these rows (decision 0067).
    """

    state = fields.CharField(max_length=20)
    sort_key = fields.CharField(max_length=900)
    archived = fields.BooleanField(default=False)

    class Meta:
        table = "contact_portal_state"
        table_description = "contact_portal_state"


class LinkedHow(StrEnum):
    """How the account was linked to the contact."""

    INVITATION = "INVITATION"
    STAFF = "STAFF"
    PIN = "PIN"
    TRANSFER = "TRANSFER"


class PortalLink(TenantModel):
    """The link between an account and a contact. It is live while `unlinked_at` is null. Rows are never deleted."""

    account: fields.ForeignKeyRelation[PortalAccount] = fields.ForeignKeyField(
        "clinic.PortalAccount", related_name=False, on_delete=fields.RESTRICT
    )
    account_id: UUID
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.RESTRICT
    )
    contact_id: UUID
    email = fields.CharField(max_length=254)
    linked_at: datetime = fields.DatetimeField()
    linked_how = fields.CharEnumField(LinkedHow, description="LinkedHow", max_length=12)
    linked_by: fields.ForeignKeyNullableRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    linked_by_id: UUID | None
    identity_confirmed_at: datetime | None = fields.DatetimeField(null=True)
    unlinked_at: datetime | None = fields.DatetimeField(null=True)
    unlinked_by: fields.ForeignKeyNullableRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    unlinked_by_id: UUID | None
    unlink_reason = fields.CharField(max_length=300, default="")

    class Meta:
        table = "portal_link"
        table_description = "portal_link"
        indexes = (("contact_id", "linked_at"),)


class LetterSender(StrEnum):
    """The sender's name in a letter.

    AUTOMATIC: the facility of the current episode, or the organization if it has none. ORGANIZATION: the organization.
    DISCREET: the organization's neutral name.
    """

    AUTOMATIC = "AUTOMATIC"
    ORGANIZATION = "ORGANIZATION"
    DISCREET = "DISCREET"


class InvitationClosed(StrEnum):
    """Why an invitation was closed. An expired invitation is not closed; `expires_at` shows it."""

    USED = "USED"
    REPLACED = "REPLACED"
    REVOKED = "REVOKED"
    WITHDRAWN = "WITHDRAWN"


class Invitation(TenantModel):
    """An invitation to register, made by staff. It is open while `closed_at` is null; an account has at most one open.

    Its token is created when its letter is sent; the letter's row holds the token's SHA-256.
    """

    account: fields.ForeignKeyRelation[PortalAccount] = fields.ForeignKeyField(
        "clinic.PortalAccount", related_name=False, on_delete=fields.RESTRICT
    )
    account_id: UUID
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.RESTRICT
    )
    contact_id: UUID
    invited_by: fields.ForeignKeyNullableRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    invited_by_id: UUID | None
    sender = fields.CharEnumField(LetterSender, description="LetterSender", max_length=14)
    sender_name = fields.CharField(max_length=200)
    # The facility whose name the letter has. Its address, phone and time zone are read when the letter is sent.
    facility: fields.ForeignKeyNullableRelation[Facility] = fields.ForeignKeyField(
        "clinic.Facility", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    facility_id: UUID | None
    language = fields.CharField(max_length=12)
    created_at: datetime = fields.DatetimeField()
    expires_at: datetime = fields.DatetimeField()
    closed_at: datetime | None = fields.DatetimeField(null=True)
    # Tortoise types this field as if it could not be null.
    closed_why: InvitationClosed | None = cast(
        Any, fields.CharEnumField(InvitationClosed, description="InvitationClosed", max_length=12, null=True)
    )

    class Meta:
        table = "invitation"
        table_description = "invitation"
        indexes = (("account_id", "created_at"),)


class PrintedSheet(TenantModel):
    """One print of the instruction sheet. The PDF is not stored; it is rendered when its address is opened."""

    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.CASCADE
    )
    contact_id: UUID
    printed_by: fields.ForeignKeyRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.RESTRICT
    )
    printed_by_id: UUID
    # The session that made the address, which ends with it. Empty in rows of earlier releases, which open nothing.
    session_id: UUID | None = fields.UUIDField(null=True)
    token_hash = fields.CharField(max_length=64, unique=True)
    printed_at: datetime = fields.DatetimeField()
    expires_at: datetime = fields.DatetimeField()

    class Meta:
        table = "printed_sheet"
        table_description = "printed_sheet"


class TokenPurpose(StrEnum):
    """The purpose of an account token. A token is valid for this purpose only."""

    VERIFY_EMAIL = "VERIFY_EMAIL"
    RESET_PASSWORD = "RESET_PASSWORD"  # noqa: S105 - a purpose, no password
    CONFIRM_NEW_EMAIL = "CONFIRM_NEW_EMAIL"
    KEEP_EMAIL = "KEEP_EMAIL"


class AccountToken(TenantModel):
    """The token of a mailed link, bound to an account, a purpose and an address. An account has one open per purpose.

    `email` is the letter's address. `new_email` is the new address in a change of address. `browser_hash` identifies
    the browser that requested the letter. `token_hash` is null until the letter is sent.
    """

    account: fields.ForeignKeyRelation[PortalAccount] = fields.ForeignKeyField(
        "clinic.PortalAccount", related_name=False, on_delete=fields.RESTRICT
    )
    account_id: UUID
    purpose = fields.CharEnumField(TokenPurpose, description="TokenPurpose", max_length=20)
    email = fields.CharField(max_length=254)
    new_email = fields.CharField(max_length=254, default="")
    browser_hash = fields.CharField(max_length=64, default="")
    token_hash = fields.CharField(max_length=64, unique=True, null=True)
    created_at: datetime = fields.DatetimeField()
    expires_at: datetime = fields.DatetimeField()
    closed_at: datetime | None = fields.DatetimeField(null=True)
    closed_why: TokenClosed | None = cast(
        Any, fields.CharEnumField(TokenClosed, description="TokenClosed", max_length=12, null=True)
    )

    class Meta:
        table = "account_token"
        table_description = "account_token"


class TransferRequest(TenantModel):
    """A request to resolve a conflict: one staff member asks, another decides. Open while `decided_at` is null.

    The requester can withdraw it. Then it is closed at `decided_at`, but nobody has decided, and `approved` stays null.
    """

    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.RESTRICT
    )
    contact_id: UUID
    account: fields.ForeignKeyRelation[PortalAccount] = fields.ForeignKeyField(
        "clinic.PortalAccount", related_name=False, on_delete=fields.RESTRICT
    )
    account_id: UUID
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
        table = "transfer_request"
        table_description = "transfer_request"

    @property
    def withdrawn_at(self) -> datetime | None:
        return self.decided_at if self.approved is None else None
