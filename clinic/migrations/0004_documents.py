"""Documents, shares, signatures and their evidence; letters may be about a document."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards
from clinic.documents.models import DocumentKind, DocumentSharing, SealLevel, SignatureState

SAME_ORGANIZATION = [
    ("upload", "uploaded_by_id", "staff_member"),
    ("document", "contact_id", "contact"),
    ("document", "created_by_id", "staff_member"),
    ("document", "superseded_by_id", "document"),
    ("document_recipient", "document_id", "document"),
    ("document_recipient", "contact_id", "contact"),
    ("signature", "document_id", "document"),
    ("signature", "signer_id", "contact"),
    ("signature_evidence", "signature_id", "signature"),
    ("signature_evidence", "account_id", "portal_account"),
    ("signing_consent", "account_id", "portal_account"),
    ("completion", "document_id", "document"),
    ("letter", "document_id", "document"),
]
# Guarded from their own side by 0002.
WALLED = frozenset({"staff_member", "contact", "portal_account"})

INDEXES = [
    "CREATE UNIQUE INDEX one_live_consent_per_account ON signing_consent (account_id) WHERE withdrawn_at IS NULL",
    "CREATE INDEX signature_to_remind ON signature (remind_at) WHERE remind_at IS NOT NULL",
]


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.run(editor, INDEXES)
    await guards.stay_in_organization(editor, SAME_ORGANIZATION, walled=WALLED)
    await guards.check(
        editor,
        "document",
        "document_completed_with_file",
        "(NEW.signature_state = 'COMPLETED') = (NEW.completed_at IS NOT NULL) "
        "AND (NEW.completed_at IS NOT NULL) = (NEW.completed_sha256 <> '')",
    )
    # Taken back, replaced, or signed by everybody: a document ends in one way, and stays ended.
    await guards.check(
        editor,
        "document",
        "document_ends_one_way",
        "(NEW.withdrawn_at IS NULL OR NEW.superseded_by_id IS NULL) "
        "AND (NEW.withdrawn_at IS NULL OR NEW.completed_at IS NULL) "
        "AND (NEW.superseded_by_id IS NULL OR NEW.completed_at IS NULL)",
    )
    await guards.check(editor, "signature", "signed_or_declined", "NEW.signed_at IS NULL OR NEW.declined_at IS NULL")
    facts = ("contact_id", "sha256", "byte_count", "page_count", "text", "title", "kind", "language", "in_sequence")
    made, ended = ("created_at", "created_by_id"), ("completed_at", "superseded_by_id", "superseded_at", "withdrawn_at")
    await guards.unchanging(editor, "document", (*facts, *made, *ended))
    await guards.unchanging(editor, "signature", ("document_id", "signer_id", "position", "signed_at", "declined_at"))
    await guards.unchanging(editor, "upload", ("sha256", "byte_count", "page_count", "uploaded_by_id", "used_at"))
    agreed = ("account_id", "version", "language", "text", "given_at", "withdrawn_at", "address", "agent")
    await guards.unchanging(editor, "signing_consent", agreed)
    await guards.append_only(editor, "signature_evidence")


class Migration(migrations.Migration):
    dependencies = [("clinic", "0003_ways")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Document",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "clinic.Organization",
                        source_field="organization_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "contact",
                    fields.ForeignKeyField(
                        "clinic.Contact",
                        source_field="contact_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("title", fields.CharField(max_length=200)),
                ("kind", fields.CharEnumField(description="DocumentKind", enum_type=DocumentKind, max_length=12)),
                ("language", fields.CharField(max_length=12)),
                ("sha256", fields.CharField(max_length=64)),
                ("byte_count", fields.IntField()),
                ("page_count", fields.IntField()),
                ("text", fields.TextField(default="", unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "created_by",
                    fields.ForeignKeyField(
                        "clinic.StaffMember",
                        source_field="created_by_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "sharing",
                    fields.CharEnumField(
                        default=DocumentSharing.NOT_SHARED,
                        description="DocumentSharing",
                        enum_type=DocumentSharing,
                        max_length=20,
                    ),
                ),
                ("shared_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "signature_state",
                    fields.CharEnumField(description="SignatureState", enum_type=SignatureState, max_length=14),
                ),
                ("in_sequence", fields.BooleanField(default=False)),
                (
                    "superseded_by",
                    fields.ForeignKeyField(
                        "clinic.Document",
                        source_field="superseded_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("superseded_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("withdrawn_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("withdraw_reason", fields.CharField(default="", max_length=300)),
                ("completed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("completed_sha256", fields.CharField(default="", max_length=64)),
            ],
            options={
                "table": "document",
                "app": "clinic",
                "indexes": [Index(fields=["contact_id", "created_at", "id"])],
                "pk_attr": "id",
                "table_description": "document",
            },
            bases=["TenantModel"],
        ),
        ops.CreateModel(
            name="Completion",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "clinic.Organization",
                        source_field="organization_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "document",
                    fields.ForeignKeyField(
                        "clinic.Document",
                        source_field="document_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("due_at", fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
                ("attempts", fields.IntField(default=0)),
                ("claimed_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("claimed_by", fields.CharField(default="", max_length=80)),
                ("failure", fields.CharField(default="", max_length=300)),
                ("sealed_sha256", fields.CharField(default="", max_length=64)),
                ("sealed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("level", fields.CharEnumField(null=True, description="SealLevel", enum_type=SealLevel, max_length=12)),
            ],
            options={
                "table": "completion",
                "app": "clinic",
                "unique_together": (("document",),),
                "pk_attr": "id",
                "table_description": "completion",
            },
            bases=["TenantModel"],
        ),
        ops.CreateModel(
            name="DocumentRecipient",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "clinic.Organization",
                        source_field="organization_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "document",
                    fields.ForeignKeyField(
                        "clinic.Document",
                        source_field="document_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "contact",
                    fields.ForeignKeyField(
                        "clinic.Contact",
                        source_field="contact_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("added_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "document_recipient",
                "app": "clinic",
                "unique_together": (("document", "contact"),),
                "indexes": [Index(fields=["contact_id"])],
                "pk_attr": "id",
                "table_description": "document_recipient",
            },
            bases=["TenantModel"],
        ),
        ops.CreateModel(
            name="Signature",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "clinic.Organization",
                        source_field="organization_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "document",
                    fields.ForeignKeyField(
                        "clinic.Document",
                        source_field="document_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "signer",
                    fields.ForeignKeyField(
                        "clinic.Contact",
                        source_field="signer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.SmallIntField()),
                ("signed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("declined_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("decline_reason", fields.CharField(default="", max_length=300)),
                ("remind_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("reminders", fields.SmallIntField(default=0)),
            ],
            options={
                "table": "signature",
                "app": "clinic",
                "unique_together": (("document", "signer"), ("document", "position")),
                "indexes": [Index(fields=["signer_id"])],
                "pk_attr": "id",
                "table_description": "signature",
            },
            bases=["TenantModel"],
        ),
        ops.CreateModel(
            name="SignatureEvidence",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "clinic.Organization",
                        source_field="organization_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "signature",
                    fields.ForeignKeyField(
                        "clinic.Signature",
                        source_field="signature_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "clinic.PortalAccount",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("content", fields.TextField(unique=False)),
                ("hash", fields.CharField(max_length=64)),
            ],
            options={
                "table": "signature_evidence",
                "app": "clinic",
                "unique_together": (("signature",),),
                "pk_attr": "id",
                "table_description": "signature_evidence",
            },
            bases=["TenantModel"],
        ),
        ops.CreateModel(
            name="SigningConsent",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "clinic.Organization",
                        source_field="organization_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "clinic.PortalAccount",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("version", fields.CharField(max_length=40)),
                ("language", fields.CharField(max_length=12)),
                ("text", fields.TextField(unique=False)),
                ("given_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("withdrawn_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("address", fields.CharField(default="", max_length=64)),
                ("agent", fields.CharField(default="", max_length=300)),
            ],
            options={
                "table": "signing_consent",
                "app": "clinic",
                "pk_attr": "id",
                "table_description": "signing_consent",
            },
            bases=["TenantModel"],
        ),
        ops.CreateModel(
            name="Upload",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "clinic.Organization",
                        source_field="organization_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("sha256", fields.CharField(max_length=64)),
                ("byte_count", fields.IntField()),
                ("page_count", fields.IntField()),
                (
                    "uploaded_by",
                    fields.ForeignKeyField(
                        "clinic.StaffMember",
                        source_field="uploaded_by_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "upload", "app": "clinic", "pk_attr": "id", "table_description": "upload"},
            bases=["TenantModel"],
        ),
        ops.AddField(
            model_name="Letter",
            name="document",
            field=fields.ForeignKeyField(
                "clinic.Document",
                source_field="document_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Organization",
            name="signing_reminders",
            field=fields.BooleanField(default=True, db_default=True),
        ),
        ops.RunPython(install),
    ]
