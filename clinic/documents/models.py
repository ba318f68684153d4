"""Documents, who may see them, who has to sign them, and what was signed: the rows behind reading and signing."""

from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from tortoise import fields

from clinic.database.tenancy import TenantModel
from clinic.portal_access.models import PortalAccount
from clinic.records.models import Contact
from clinic.staff.models import StaffMember


class DocumentKind(StrEnum):
    """What sort of paper it is; for people's orientation, no rule depends on it."""

    CONSENT = "CONSENT"
    AGREEMENT = "AGREEMENT"
    PLAN = "PLAN"
    LETTER = "LETTER"
    FORM = "FORM"
    OTHER = "OTHER"


class DocumentSharing(StrEnum):
    """Who sees it: nobody, the client and every relative with portal access (live), or exactly those chosen."""

    NOT_SHARED = "NOT_SHARED"
    ALL_AUTHORIZED = "ALL_AUTHORIZED"
    CHOSEN_RECIPIENTS = "CHOSEN_RECIPIENTS"


class SignatureState(StrEnum):
    """Where the signing stands. WAITING lasts until the sealed file is there: status and file come together."""

    NOT_REQUIRED = "NOT_REQUIRED"
    WAITING = "WAITING"
    COMPLETED = "COMPLETED"
    DECLINED = "DECLINED"


class Upload(TenantModel):
    """A PDF that a staff member sent and that was found to be sound; good for one document, until `expires_at`."""

    sha256 = fields.CharField(max_length=64)
    byte_count = fields.IntField()
    page_count = fields.IntField()
    uploaded_by: fields.ForeignKeyRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.RESTRICT
    )
    uploaded_by_id: UUID
    created_at: datetime = fields.DatetimeField()
    expires_at: datetime = fields.DatetimeField(db_index=True)
    used_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "upload"
        table_description = "upload"


class Document(TenantModel):
    """Immutable bytes in the file store, by their SHA-256, and who may see and must sign them.

    `text` is the written text as canonical JSON (`clinic.documents.written`), empty for an uploaded PDF. `zone` and
    `language` are of the words that were shared. A correction is a new document: the old one names it in
    `superseded_by`.
    """

    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.RESTRICT
    )
    contact_id: UUID
    title = fields.CharField(max_length=200)
    kind = fields.CharEnumField(DocumentKind, description="DocumentKind", max_length=12)
    language = fields.CharField(max_length=12)
    sha256 = fields.CharField(max_length=64)
    byte_count = fields.IntField()
    page_count = fields.IntField()
    text = fields.TextField(default="")
    created_at: datetime = fields.DatetimeField()
    created_by: fields.ForeignKeyRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.RESTRICT
    )
    created_by_id: UUID
    sharing = fields.CharEnumField(
        DocumentSharing, description="DocumentSharing", max_length=20, default=DocumentSharing.NOT_SHARED
    )
    shared_at: datetime | None = fields.DatetimeField(null=True)
    signature_state = fields.CharEnumField(SignatureState, description="SignatureState", max_length=14)
    in_sequence = fields.BooleanField(default=False)
    superseded_by: fields.ForeignKeyNullableRelation["Document"] = fields.ForeignKeyField(
        "clinic.Document", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    superseded_by_id: UUID | None
    superseded_at: datetime | None = fields.DatetimeField(null=True)
    withdrawn_at: datetime | None = fields.DatetimeField(null=True)
    withdraw_reason = fields.CharField(max_length=300, default="")
    completed_at: datetime | None = fields.DatetimeField(null=True)
    completed_sha256 = fields.CharField(max_length=64, default="")

    class Meta:
        table = "document"
        table_description = "document"
        indexes = (("contact_id", "created_at", "id"),)


class DocumentRecipient(TenantModel):
    """One of the people a document was chosen to be shared with; the row goes when the choice does."""

    document: fields.ForeignKeyRelation[Document] = fields.ForeignKeyField(
        "clinic.Document", related_name=False, on_delete=fields.CASCADE
    )
    document_id: UUID
    contact: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.RESTRICT
    )
    contact_id: UUID
    added_at: datetime = fields.DatetimeField()

    class Meta:
        table = "document_recipient"
        table_description = "document_recipient"
        unique_together = (("document", "contact"),)
        indexes = (("contact_id",),)


class Signature(TenantModel):
    """A signer's place on a document: open, signed or declined. What was signed is in `SignatureEvidence`."""

    document: fields.ForeignKeyRelation[Document] = fields.ForeignKeyField(
        "clinic.Document", related_name=False, on_delete=fields.RESTRICT
    )
    document_id: UUID
    signer: fields.ForeignKeyRelation[Contact] = fields.ForeignKeyField(
        "clinic.Contact", related_name=False, on_delete=fields.RESTRICT
    )
    signer_id: UUID
    position = fields.SmallIntField()
    signed_at: datetime | None = fields.DatetimeField(null=True)
    declined_at: datetime | None = fields.DatetimeField(null=True)
    decline_reason = fields.CharField(max_length=300, default="")
    # The next reminder's day while the signer is awaited; null: none is due any more.
    remind_at: datetime | None = fields.DatetimeField(null=True)
    reminders = fields.SmallIntField(default=0)

    class Meta:
        table = "signature"
        table_description = "signature"
        unique_together = (("document", "signer"), ("document", "position"))
        indexes = (("signer_id",),)


class SignatureEvidence(TenantModel):
    """What proves one act of signing. Written once; the database refuses to change or delete it.

    `content` is canonical JSON (`clinic.documents.evidence`), `hash` its SHA-256, which the audit chain repeats.
    """

    signature: fields.ForeignKeyRelation[Signature] = fields.ForeignKeyField(
        "clinic.Signature", related_name=False, on_delete=fields.RESTRICT
    )
    signature_id: UUID
    account: fields.ForeignKeyRelation[PortalAccount] = fields.ForeignKeyField(
        "clinic.PortalAccount", related_name=False, on_delete=fields.RESTRICT
    )
    account_id: UUID
    content = fields.TextField()
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "signature_evidence"
        table_description = "signature_evidence"
        unique_together = (("signature",),)


class SigningConsent(TenantModel):
    """A person's agreement to sign electronically: its words as they were shown; live while `withdrawn_at` is null."""

    account: fields.ForeignKeyRelation[PortalAccount] = fields.ForeignKeyField(
        "clinic.PortalAccount", related_name=False, on_delete=fields.RESTRICT
    )
    account_id: UUID
    version = fields.CharField(max_length=40)
    language = fields.CharField(max_length=12)
    text = fields.TextField()
    given_at: datetime = fields.DatetimeField()
    withdrawn_at: datetime | None = fields.DatetimeField(null=True)
    address = fields.CharField(max_length=64, default="")
    agent = fields.CharField(max_length=300, default="")

    class Meta:
        table = "signing_consent"
        table_description = "signing_consent"


class SealLevel(StrEnum):
    """What the seal proves: who and that nothing changed; or, with an authority's timestamp, also when."""

    SEALED = "SEALED"
    TIMESTAMPED = "TIMESTAMPED"


class Completion(TenantModel):
    """The work of making the sealed file, from the last signature on; a worker claims it for a while.

    `sealed_sha256` is written before the file is stored, so that a worker that died in between leaves no second file.
    """

    document: fields.ForeignKeyRelation[Document] = fields.ForeignKeyField(
        "clinic.Document", related_name=False, on_delete=fields.RESTRICT
    )
    document_id: UUID
    created_at: datetime = fields.DatetimeField()
    due_at: datetime | None = fields.DatetimeField(null=True, db_index=True)
    attempts = fields.IntField(default=0)
    claimed_until: datetime | None = fields.DatetimeField(null=True)
    claimed_by = fields.CharField(max_length=80, default="")
    failure = fields.CharField(max_length=300, default="")
    sealed_sha256 = fields.CharField(max_length=64, default="")
    sealed_at: datetime | None = fields.DatetimeField(null=True)
    level: SealLevel | None = cast(
        Any, fields.CharEnumField(SealLevel, description="SealLevel", max_length=12, null=True)
    )

    class Meta:
        table = "completion"
        table_description = "completion"
        unique_together = (("document",),)
