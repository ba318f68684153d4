"""The outbox: letters that are waiting, sent or failed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields

from clinic.database.tenancy import TenantModel
from clinic.documents.models import Document
from clinic.portal_access.models import AccountToken, Invitation, PortalAccount
from clinic.staff.models import StaffMember, StaffToken


class LetterKind(StrEnum):
    """The kinds of letters. Each has its own templates and its own composing function."""

    PORTAL_INVITATION = "portal_invitation"
    VERIFY_EMAIL = "verify_email"
    ADDRESS_KNOWN = "address_known"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a kind of letter, no password
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - likewise
    CONFIRM_NEW_EMAIL = "confirm_new_email"
    EMAIL_CHANGING = "email_changing"
    ACCESS_ENDED = "access_ended"
    ACCOUNT_TRANSFERRED = "account_transferred"
    DOCUMENT_AWAITS = "document_awaits"
    DOCUMENT_REMINDER = "document_reminder"
    DOCUMENT_COMPLETED = "document_completed"
    STAFF_DOCUMENT_SIGNED = "staff_document_signed"
    STAFF_DOCUMENT_DECLINED = "staff_document_declined"
    STAFF_WELCOME = "staff_welcome"
    STAFF_RESET_PASSWORD = "staff_reset_password"  # noqa: S105 - a kind of letter, no password
    STAFF_PASSWORD_CHANGED = "staff_password_changed"  # noqa: S105 - likewise
    STAFF_FACTOR_ADDED = "staff_factor_added"
    STAFF_FACTOR_REMOVED = "staff_factor_removed"
    STAFF_FACTORS_RESET = "staff_factors_reset"
    STAFF_RECOVERY_CODE_USED = "staff_recovery_code_used"
    STAFF_RECOVERY_CODES_RENEWED = "staff_recovery_codes_renewed"
    STAFF_WEBHOOK_DISABLED = "staff_webhook_disabled"
    STAFF_INVITATION_SAMPLE = "staff_invitation_sample"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_RENEWED = "recovery_codes_renewed"


class LetterStatus(StrEnum):
    """The delivery status of a letter. CANCELLED: its reason no longer applied, so it was not sent."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    BOUNCED = "BOUNCED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Letter(TenantModel):
    """A letter in the outbox, committed with the change that caused it.

    The row contains no text and no link: the worker composes the letter and creates its token when it sends it. The
    letter refers to an invitation, a token, a document, an account or a staff member. `claimed_until` is a lease: if
    the worker dies, another one takes the letter after the lease ends. `message_id` is the same at each retry.
    """

    kind = fields.CharEnumField(LetterKind, description="LetterKind", max_length=40)
    to_address = fields.CharField(max_length=254)
    invitation: fields.ForeignKeyNullableRelation[Invitation] = fields.ForeignKeyField(
        "clinic.Invitation", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    invitation_id: UUID | None
    account_token: fields.ForeignKeyNullableRelation[AccountToken] = fields.ForeignKeyField(
        "clinic.AccountToken", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    account_token_id: UUID | None
    account: fields.ForeignKeyNullableRelation[PortalAccount] = fields.ForeignKeyField(
        "clinic.PortalAccount", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    account_id: UUID | None
    document: fields.ForeignKeyNullableRelation[Document] = fields.ForeignKeyField(
        "clinic.Document", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    document_id: UUID | None
    staff_token: fields.ForeignKeyNullableRelation[StaffToken] = fields.ForeignKeyField(
        "clinic.StaffToken", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    staff_token_id: UUID | None
    staff_member: fields.ForeignKeyNullableRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    staff_member_id: UUID | None
    # The hash of the token in an invitation's letter: the link in an older letter works until a newer one is sent.
    token_hash = fields.CharField(max_length=64, null=True, db_index=True)
    # Of a sample: whose name it bears, in which language, and which facility, as JSON. Nobody is named.
    sample = fields.CharField(max_length=120, default="", db_default="")
    message_id = fields.CharField(max_length=200, unique=True)
    status = fields.CharEnumField(LetterStatus, description="LetterStatus", max_length=12, default=LetterStatus.QUEUED)
    attempts = fields.IntField(default=0)
    created_at: datetime = fields.DatetimeField()
    next_attempt_at: datetime = fields.DatetimeField()
    claimed_until: datetime | None = fields.DatetimeField(null=True)
    claimed_by = fields.CharField(max_length=80, default="")
    sent_at: datetime | None = fields.DatetimeField(null=True)
    failed_at: datetime | None = fields.DatetimeField(null=True)
    failure = fields.CharField(max_length=300, default="")

    class Meta:
        table = "letter"
        table_description = "letter"
        indexes = (("status", "next_attempt_at"), ("invitation_id", "created_at"))
