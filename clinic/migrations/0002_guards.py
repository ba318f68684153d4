"""The constraints that make wrong states impossible, and the indexes that searches need."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards

SAME_ORGANIZATION = [
    ("staff_session", "staff_member_id", "staff_member"),
    ("patient_session", "account_id", "portal_account"),
    ("contact_email", "contact_id", "contact"),
    ("contact_phone", "contact_id", "contact"),
    ("relationship", "client_id", "contact"),
    ("relationship", "relative_id", "contact"),
    ("episode", "contact_id", "contact"),
    ("episode", "facility_id", "facility"),
    ("appointment", "contact_id", "contact"),
    ("appointment", "facility_id", "facility"),
    ("appointment", "staff_member_id", "staff_member"),
    ("portal_link", "account_id", "portal_account"),
    ("portal_link", "contact_id", "contact"),
    ("portal_link", "linked_by_id", "staff_member"),
    ("portal_link", "unlinked_by_id", "staff_member"),
    ("invitation", "account_id", "portal_account"),
    ("invitation", "contact_id", "contact"),
    ("invitation", "invited_by_id", "staff_member"),
    ("printed_sheet", "contact_id", "contact"),
    ("printed_sheet", "printed_by_id", "staff_member"),
    ("letter", "invitation_id", "invitation"),
    ("letter", "account_token_id", "account_token"),
    ("letter", "account_id", "portal_account"),
    ("account_token", "account_id", "portal_account"),
    ("transfer_request", "contact_id", "contact"),
    ("transfer_request", "account_id", "portal_account"),
    ("transfer_request", "asked_by_id", "staff_member"),
    ("transfer_request", "decided_by_id", "staff_member"),
]

BY_BYTES = [
    ("contact", "given_key", 400),
    ("contact", "family_key", 400),
    ("contact", "sort_key", 900),
    ("contact_email", "address_normal", 300),
    # PostgreSQL uses an index only for comparisons in its own collation, and accounts are found by contacts' addresses.
    ("portal_account", "email_normal", 300),
]

INDEXES = [
    # One account per organization and address, one live link on either side, one open invitation, one open episode.
    "CREATE UNIQUE INDEX one_account_per_address ON portal_account (organization_id, email_normal) "
    "WHERE withdrawn_at IS NULL",
    "CREATE UNIQUE INDEX one_live_link_per_account ON portal_link (account_id) WHERE unlinked_at IS NULL",
    "CREATE UNIQUE INDEX one_live_link_per_contact ON portal_link (contact_id) WHERE unlinked_at IS NULL",
    "CREATE UNIQUE INDEX one_open_invitation_per_account ON invitation (account_id) WHERE closed_at IS NULL",
    "CREATE UNIQUE INDEX one_open_token_per_purpose ON account_token (account_id, purpose) WHERE closed_at IS NULL",
    "CREATE UNIQUE INDEX one_open_transfer_per_contact ON transfer_request (contact_id) WHERE decided_at IS NULL",
    "CREATE UNIQUE INDEX one_open_episode_per_contact ON episode (contact_id) WHERE ended_at IS NULL",
    "CREATE INDEX contact_in_order ON contact (organization_id, sort_key, id)",
    "CREATE INDEX contact_by_family_name ON contact (organization_id, family_key)",
    "CREATE INDEX contact_by_given_name ON contact (organization_id, given_key)",
    "CREATE INDEX letter_waiting ON letter (next_attempt_at) WHERE status = 'QUEUED'",
]


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.compare_by_bytes(editor, BY_BYTES)
    await guards.run(editor, INDEXES)
    await guards.stay_in_organization(editor, SAME_ORGANIZATION)
    await guards.check(editor, "appointment", "appointment_ends_after_start", "NEW.ends_at > NEW.starts_at")
    await guards.check(editor, "relationship", "relationship_between_two_people", "NEW.client_id <> NEW.relative_id")
    await guards.check(
        editor, "invitation", "invitation_closed_with_reason", "(NEW.closed_at IS NULL) = (NEW.closed_why IS NULL)"
    )
    await guards.check(
        editor,
        "transfer_request",
        "transfer_decided_by_another",
        "NEW.decided_by_id IS NULL OR NEW.decided_by_id <> NEW.asked_by_id",
    )
    await guards.check(
        editor,
        "portal_account",
        "registered_account_has_password",
        "NEW.registered_at IS NULL OR NEW.password_hash IS NOT NULL",
    )
    await guards.append_only(editor, "audit_event")


class Migration(migrations.Migration):
    dependencies = [("clinic", "0001_tables")]

    operations = [ops.RunPython(install)]
