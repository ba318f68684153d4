"""Who hears of a change. What an action notes in the audit is announced by itself, in the same transaction.

An icon depends on more than its own record: contacts that share an address see each other's accounts come and go.
So from each audited record the contacts it is about are found, and then everybody who bears one of their addresses.
What is announced once too often costs a screen a question; what is forgotten leaves an icon that lies.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from clinic.database.rows import among, fetch, on_postgres
from clinic.values.change import ChangeKind
from clinic.work.audit_chain import Entry
from clinic.work.models import ChangeRow

# Listeners that lost their connection catch up within seconds; nobody asks for older ones.
REMEMBERED_FOR = timedelta(hours=1)

# For each kind of record that is audited: the contacts whose icon it may change. All by index.
CONTACTS_OF = {
    "Contact": ["SELECT id FROM contact WHERE id {in_1}"],
    "PortalAccount": ["SELECT contact_id FROM portal_link WHERE account_id {in_1} AND unlinked_at IS NULL"],
    "PortalLink": ["SELECT contact_id FROM portal_link WHERE id {in_1}"],
    "Invitation": ["SELECT contact_id FROM invitation WHERE id {in_1}"],
    "Letter": [
        "SELECT i.contact_id FROM letter t JOIN invitation i ON i.id = t.invitation_id WHERE t.id {in_1}",
    ],
    "TransferRequest": ["SELECT contact_id FROM transfer_request WHERE id {in_1}"],
    "Relationship": [
        "SELECT client_id FROM relationship WHERE id {in_1}",
        "SELECT relative_id FROM relationship WHERE id {in_1}",
    ],
}
# The contacts whose list of documents it may change.
DOCUMENTS_OF = {
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
# What shows on no icon and in no list of documents. A test asks for every model to be here or above.
QUIET_KINDS = frozenset(
    {
        "AccountToken",
        "Appointment",
        "AuditEvent",
        "ContactEmail",
        "ContactPhone",
        "Episode",
        "Facility",
        "OrganizationLogo",
        "PatientSession",
        "PrintedSheet",
        "SigningConsent",
        "StaffMember",
        "StaffSession",
        "Upload",
    }
)
# What is noted and changes nothing that is shown. A screen that opens a record because of a change must not make one.
QUIET_ACTIONS = frozenset(
    {"contact.viewed", "document.viewed", "document.printed", "document.downloaded", "portal_instructions.printed"}
)
# What a detail of an audit event names. Whoever signs or declines is told of like whoever registers (product §5).
_DETAILS = {"contact_id": "Contact", "client_id": "Contact", "signer": "Contact", "account_id": "PortalAccount"}


async def announce(
    entries: Iterable[Entry], released_addresses: Collection[str], organization_id: UUID, now: datetime
) -> None:
    """Write the announcements of what was noted, in the running transaction. One statement, or none.

    `released_addresses` (in normal form) are those that a record or account bore before: nothing leads to the contacts
    that share them any more. Only the organization's own contacts are announced.
    """
    named = [
        subject
        for entry in entries
        if entry.action not in QUIET_ACTIONS and entry.subject_kind not in QUIET_KINDS
        for subject in _named_by(entry)
    ]
    if named or released_addresses:
        sql = _sql(frozenset(kind for kind, _ in named), postgres=on_postgres())
        ids = list(dict.fromkeys(subject_id for _, subject_id in named))
        await fetch(sql, ids, organization_id, now, list(released_addresses))


def _named_by(entry: Entry) -> Iterable[tuple[str, UUID]]:
    yield entry.subject_kind, entry.subject_id
    for name, kind in _DETAILS.items():
        if name in entry.details:
            yield kind, UUID(entry.details[name])


@cache
def _sql(kinds: frozenset[str], *, postgres: bool) -> str:
    """The statement for records of these kinds; `postgres` only keeps the two databases' texts apart."""
    nobody = "SELECT id FROM contact WHERE FALSE"
    icons = " UNION ".join(select for kind in sorted(kinds) for select in CONTACTS_OF.get(kind, ())) or nobody
    papers = " UNION ".join(select for kind in sorted(kinds) for select in DOCUMENTS_OF.get(kind, ())) or nobody
    borne = (
        "SELECT e.address_normal FROM contact_email e JOIN named n ON n.id = e.contact_id "
        "UNION ALL SELECT email_normal FROM portal_account WHERE id {in_1} "
        "UNION ALL SELECT address_normal FROM contact_email WHERE organization_id = $2 AND address_normal {text_in_4}"
    )
    return f"""
WITH named (id) AS ({icons}),
papers (id) AS ({papers}),
concerned (id, kind) AS (
  SELECT id, '{ChangeKind.PORTAL_STATUS.value}' FROM named
  UNION SELECT e.contact_id, '{ChangeKind.PORTAL_STATUS.value}' FROM contact_email e
  WHERE e.organization_id = $2 AND e.address_normal {among(borne)}
  UNION SELECT id, '{ChangeKind.DOCUMENTS.value}' FROM papers
)
INSERT INTO change (organization_id, contact_id, kind, at)
SELECT c.organization_id, c.id, x.kind, $3 FROM concerned x JOIN contact c ON c.id = x.id AND c.organization_id = $2
"""  # noqa: S608 - made of the constants above


async def remove_old_changes(now: datetime) -> int:
    """Housekeeping: forget announcements nobody asks for any more. Returns how many."""
    return await ChangeRow.filter(at__lt=now - REMEMBERED_FOR).delete()
