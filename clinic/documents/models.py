"""Documents, their recipients and signatures, the evidence of signatures, and the work of making sealed files."""

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
    """The kind of a document, for display only: no rule depends on it."""

    CONSENT = "CONSENT"
    AGREEMENT = "AGREEMENT"
    PLAN = "PLAN"
    LETTER = "LETTER"
    FORM = "FORM"
    OTHER = "OTHER"


class DocumentSharing(StrEnum):
    """Who sees a document: nobody, the client and all relatives with current portal access, or chosen people only."""

    NOT_SHARED = "NOT_SHARED"
    ALL_AUTHORIZED = "ALL_AUTHORIZED"
    CHOSEN_RECIPIENTS = "CHOSEN_RECIPIENTS"


class SignatureState(StrEnum):
    """The progress of signing. It is WAITING until the sealed file exists: COMPLETED and the file appear together."""

    NOT_REQUIRED = "NOT_REQUIRED"
    WAITING = "WAITING"
    COMPLETED = "COMPLETED"
    DECLINED = "DECLINED"


class Upload(TenantModel):
    """A PDF that a staff member uploaded and that passed the check. It can become one document, until `expires_at`."""

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
    """Immutable bytes in the file store, identified by their SHA-256, with their sharing and signing.

    `text` is the written text as canonical JSON (`clinic.documents.written`), empty for an uploaded PDF. `language` is
    the language of the document. A correction is a new document, to which `superseded_by` of the old one refers.
    `moved_from_id` is the contact it was made for, if that record was merged into another.
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
    moved_from_id: UUID | None = fields.UUIDField(null=True)
    # The time of the latest signature; the list of what may be erased is in this order (`clinic.documents.retention`).
    last_signed_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "document"
        table_description = "document"
        indexes = (("contact_id", "created_at", "id"),)

    @property
    def made_for_id(self) -> UUID:
        return self.moved_from_id or self.contact_id


class DocumentRecipient(TenantModel):
    """A person whom staff chose as a recipient of a document. The row is deleted when staff revoke the choice."""

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
    """A signature on a document: open, signed or declined. `SignatureEvidence` says what was signed.

    `moved_from_id` is the first signer, if that contact's record was merged into another.
    """

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
    # The time of the next reminder; null if there is none.
    remind_at: datetime | None = fields.DatetimeField(null=True)
    reminders = fields.SmallIntField(default=0)
    moved_from_id: UUID | None = fields.UUIDField(null=True)

    class Meta:
        table = "signature"
        table_description = "signature"
        unique_together = (("document", "signer"), ("document", "position"))
        indexes = (("signer_id",),)

    @property
    def first_signer_id(self) -> UUID:
        return self.moved_from_id or self.signer_id

    @property
    def signer_ids(self) -> frozenset[str]:
        """The ids by which evidence may name the signer: the present record, and the one that was merged into it."""
        return frozenset({str(self.signer_id), str(self.first_signer_id)})


class SignatureEvidence(TenantModel):
    """The evidence of one signature. The database refuses to change it, or to delete it too early.

    `content` is canonical JSON (`clinic.documents.evidence`); `hash` is its SHA-256, which the audit chain contains.
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


class EvidenceMacKind(StrEnum):
    """When the MAC of a signature's evidence was made: as it was signed, or once for the signatures before MACs."""

    SIGNED = "SIGNED"
    VOUCHED = "VOUCHED"


class EvidenceMac(TenantModel):
    """Proves that the program wrote a signature and its evidence (`clinic.documents.evidence_mac`)."""

    signature: fields.ForeignKeyRelation[Signature] = fields.ForeignKeyField(
        "clinic.Signature", related_name=False, on_delete=fields.RESTRICT
    )
    signature_id: UUID
    kind = fields.CharEnumField(EvidenceMacKind, description="EvidenceMacKind", max_length=10)
    mac = fields.CharField(max_length=100)

    class Meta:
        table = "evidence_mac"
        table_description = "evidence_mac"
        unique_together = (("signature",),)


class SigningConsent(TenantModel):
    """A person's consent to sign electronically, with the text as shown. In force while `withdrawn_at` is null."""

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
    """What the seal proves: the sealer and that nothing has changed; with an authority's timestamp, also the time."""

    SEALED = "SEALED"
    TIMESTAMPED = "TIMESTAMPED"


class Completion(TenantModel):
    """The job of making the sealed file, created with the last signature. A worker claims it with a lease.

    `sealed_sha256` is written before the file is stored: if the worker dies then, the next worker finds that file and
    does not make a second one.
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


class ErasedFile(TenantModel):
    """A file whose document was erased. The row goes when the file is gone, or another document has the same bytes."""

    sha256 = fields.CharField(max_length=64)
    erased_at: datetime = fields.DatetimeField()

    class Meta:
        table = "erased_file"
        table_description = "erased_file"
        unique_together = (("organization", "sha256"),)
