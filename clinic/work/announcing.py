"""Which contacts a change concerns. They are announced to staff screens in the transaction of the change.

An icon depends on more than its own record: an account of one contact changes the icon of every contact with the same
address. So the contacts of each audited or named record are found, and then all contacts that have one of their
addresses. One announcement too many costs a screen a query; a missing one leaves a wrong icon.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from clinic.database.rows import as_uuid, fetch_changed, in_subquery, on_postgres
from clinic.values.change import ChangeKind
from clinic.work.audit_chain import Entry
from clinic.work.models import ChangeRow

# A listener that lost its connection catches up within seconds and asks for nothing older.
KEY_LIFETIME = timedelta(hours=1)

# For each kind of record that is audited: the contacts whose icon it may change. All by index.
CONTACTS_OF = {
    "Contact": ["SELECT id FROM contact WHERE id {in_1}"],
    "PortalAccount": ["SELECT contact_id FROM portal_link WHERE account_id {in_1} AND unlinked_at IS NULL"],
    "PortalLink": ["SELECT contact_id FROM portal_link WHERE id {in_1}"],
    "Invitation": ["SELECT contact_id FROM invitation WHERE id {in_1}"],
    "Letter": [
        "SELECT i.contact_id FROM letter t JOIN invitation i ON i.id = t.invitation_id WHERE t.id {in_1}",
    ],
    "ContactMerge": ["SELECT kept_id FROM contact_merge WHERE id {in_1}"],
    "TransferRequest": ["SELECT contact_id FROM transfer_request WHERE id {in_1}"],
    "Relationship": [
        "SELECT client_id FROM relationship WHERE id {in_1}",
        "SELECT relative_id FROM relationship WHERE id {in_1}",
    ],
}
# The contacts whose list of documents it may change.
DOCUMENTS_OF = {
    # Named by an action: the contact of documents that are gone.
    "ContactDocuments": ["SELECT id FROM contact WHERE id {in_1}"],
    "Document": ["SELECT contact_id FROM document WHERE id {in_1}"],
    "DocumentRecipient": [
        "SELECT d.contact_id FROM document_recipient r JOIN document d ON d.id = r.document_id WHERE r.id {in_1}",
    ],
    "Signature": [
        "SELECT d.contact_id FROM signature s JOIN document d ON d.id = s.document_id WHERE s.id {in_1}",
    ],
    "SignatureEvidence": [
        "SELECT d.contact_id FROM signature_evidence v JOIN signature s ON s.id = v.signature_id "
        "JOIN document d ON d.id = s.document_id WHERE v.id {in_1}",
    ],
    "Completion": [
        "SELECT d.contact_id FROM completion m JOIN document d ON d.id = m.document_id WHERE m.id {in_1}",
    ],
    "Letter": ["SELECT d.contact_id FROM letter t JOIN document d ON d.id = t.document_id WHERE t.id {in_1}"],
    "Relationship": ["SELECT client_id FROM relationship WHERE id {in_1}"],
}
# The contacts whose appointments it may change.
APPOINTMENTS_OF = {"Appointment": ["SELECT contact_id FROM appointment WHERE id {in_1}"]}
# Kinds that show on no icon, in no list of documents and in no calendar. A test requires every model to be in one of
# these tables.
QUIET_KINDS = frozenset(
    {
        "AccountToken",
        "AuditEvent",
        "ContactEmail",
        "ContactPhone",
        "ContactPortalState",
        "Episode",
        "ErasedFile",
        "EvidenceMac",
        "ExternalId",
        "FactorChallenge",
        "IdentityProvider",
        "LogoUpload",
        "Passkey",
        "PatientSession",
        "PrintedSheet",
        "ProviderSignIn",
        "RecoveryCode",
        "ServiceAccount",
        "SigningConsent",
        "StaffIdentity",
        "StaffMember",
        "StaffSession",
        "StaffToken",
        "Totp",
        "Upload",
        "UsedAssertion",
        "WebhookDelivery",
        "WebhookEndpoint",
    }
)
# What staff screens show of the practice itself: its name, its languages, its facilities.
ORGANIZATION_KINDS = frozenset({"Organization", "OrganizationLogo", "Facility"})
# Audited actions that change nothing on a screen. Opening a record because of a change must not announce another one.
QUIET_ACTIONS = frozenset(
    {
        "contact.viewed",
        "contacts.listed",
        "external_ids.set",
        "portal_pin.read",
        "document.viewed",
        "document.printed",
        "document.downloaded",
        "portal_instructions.printed",
        "invitation.sample_sent",
        "organization.created",
    }
)
# A record that an action named: its kind, a key of one of the tables above, and its id.
Concerned = tuple[str, UUID]


async def announce(
    entries: Collection[Entry],
    concerned: Iterable[Concerned],
    released_addresses: Collection[str],
    organization_id: UUID,
    now: datetime,
) -> list[UUID]:
    """Write the announcements of a change, in the running transaction. One statement, or none; two for the practice.

    Returns the contacts whose icon the change may alter.

    The contacts follow from the audited records, from the records in `concerned`, and from `released_addresses` (in
    normal form), which no row leads to any more. Only the organization's own contacts are announced.
    """
    audited = [
        (entry.subject_kind, entry.subject_id)
        for entry in entries
        if entry.action not in QUIET_ACTIONS and entry.subject_kind not in QUIET_KINDS | ORGANIZATION_KINDS
    ]
    if any(entry.subject_kind in ORGANIZATION_KINDS and entry.action not in QUIET_ACTIONS for entry in entries):
        kind = ChangeKind.ORGANIZATION
        await ChangeRow.create(organization_id=organization_id, contact_id=organization_id, kind=kind, at=now)
    named = [*audited, *concerned]
    if not named and not released_addresses:
        return []
    sql = _sql(frozenset(kind for kind, _ in named), postgres=on_postgres())
    ids = list(dict.fromkeys(record_id for _, record_id in named))
    announced = await fetch_changed(sql, ids, organization_id, now, list(released_addresses))
    return [as_uuid(row["contact_id"]) for row in announced if row["kind"] == ChangeKind.PORTAL_STATUS.value]


@cache
def _sql(kinds: frozenset[str], *, postgres: bool) -> str:
    """The statement for records of these kinds; `postgres` only keeps the two databases' texts apart."""
    nobody = "SELECT id FROM contact WHERE FALSE"
    icons = " UNION ".join(select for kind in sorted(kinds) for select in CONTACTS_OF.get(kind, ())) or nobody
    papers = " UNION ".join(select for kind in sorted(kinds) for select in DOCUMENTS_OF.get(kind, ())) or nobody
    visits = " UNION ".join(select for kind in sorted(kinds) for select in APPOINTMENTS_OF.get(kind, ())) or nobody
    borne = (
        "SELECT e.address_normal FROM contact_email e JOIN named n ON n.id = e.contact_id "
        "UNION ALL SELECT email_normal FROM portal_account WHERE id {in_1} "
        "UNION ALL SELECT address_normal FROM contact_email WHERE organization_id = $2 AND address_normal {text_in_4}"
    )
    return f"""
WITH named (id) AS ({icons}),
papers (id) AS ({papers}),
visits (id) AS ({visits}),
concerned (id, kind) AS (
  SELECT id, '{ChangeKind.PORTAL_STATUS.value}' FROM named
  UNION SELECT e.contact_id, '{ChangeKind.PORTAL_STATUS.value}' FROM contact_email e
  WHERE e.organization_id = $2 AND e.address_normal {in_subquery(borne)}
  UNION SELECT id, '{ChangeKind.DOCUMENTS.value}' FROM papers
  UNION SELECT id, '{ChangeKind.APPOINTMENTS.value}' FROM visits
)
INSERT INTO change (organization_id, contact_id, kind, at)
SELECT c.organization_id, c.id, x.kind, $3 FROM concerned x JOIN contact c ON c.id = x.id AND c.organization_id = $2
RETURNING contact_id, kind
"""  # noqa: S608 - made of the constants above


async def remove_old_changes(now: datetime) -> int:
    """Housekeeping: forget announcements nobody asks for any more. Returns how many."""
    return await ChangeRow.filter(at__lt=now - KEY_LIFETIME).delete()
