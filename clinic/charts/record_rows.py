"""Which rows belong to a person's record: one list for the export and for the erasure.

A test fails when a table refers to a person, an account or a document and is not in here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import Q
from tortoise.models import Model

from clinic.documents.models import (
    Completion,
    Document,
    DocumentRecipient,
    EvidenceMac,
    Signature,
    SignatureEvidence,
    SigningConsent,
)
from clinic.factors.models import FactorChallenge, Passkey, RecoveryCode, Totp
from clinic.mail.models import Letter
from clinic.portal_access.models import (
    AccountToken,
    ContactPortalState,
    Invitation,
    PortalAccount,
    PortalLink,
    PrintedSheet,
    TransferRequest,
)
from clinic.records.models import (
    Appointment,
    Contact,
    ContactEmail,
    ContactMerge,
    ContactPhone,
    Episode,
    ExternalId,
    Relationship,
)
from clinic.sessions.models import PatientSession


@dataclass(frozen=True)
class RecordIds:
    """The ids that lead to a person's rows. `accounts` are those that were only ever this person's.

    `contacts` are the record and those that were merged into it.
    """

    organization_id: UUID
    contact: UUID
    contacts: Collection[UUID]
    accounts: Collection[UUID]
    documents: Collection[UUID]
    invitations: Collection[UUID]


async def record_ids(organization_id: UUID, contact_id: UUID) -> RecordIds:
    """The ids for this contact. An account that was also linked to, or invited for, another contact is not theirs."""
    merged = await Contact.filter(organization_id=organization_id, merged_into_id=contact_id).values_list(
        "id", flat=True
    )
    contacts = [contact_id, *(UUID(str(each)) for each in merged)]
    theirs: set[UUID] = set()
    others: set[UUID] = set()
    for model in (PortalLink, Invitation, TransferRequest):
        rows = await model.filter(contact_id__in=contacts).values_list("account_id", flat=True)
        theirs |= {UUID(str(account_id)) for account_id in rows}
    for model in (PortalLink, Invitation, TransferRequest):
        rows = await model.filter(~Q(contact_id__in=contacts), account_id__in=list(theirs)).values_list(
            "account_id", flat=True
        )
        others |= {UUID(str(account_id)) for account_id in rows}
    accounts = theirs - others
    documents = await Document.filter(contact_id__in=contacts).values_list("id", flat=True)
    invitations = await Invitation.filter(Q(contact_id__in=contacts) | Q(account_id__in=list(accounts))).values_list(
        "id", flat=True
    )
    return RecordIds(
        organization_id,
        contact_id,
        contacts,
        accounts,
        [UUID(str(each)) for each in documents],
        [UUID(str(each)) for each in invitations],
    )


def rows_of(ids: RecordIds) -> list[tuple[type[Model], Q]]:
    """Every table with the person's rows in it, in an order in which they can be deleted."""
    contacts, accounts, documents = list(ids.contacts), list(ids.accounts), list(ids.documents)
    of_account, of_document = Q(account_id__in=accounts), Q(document_id__in=documents)
    return [
        (Letter, of_account | of_document | Q(invitation_id__in=list(ids.invitations)) | _by_token(accounts)),
        (EvidenceMac, Q(signature__document_id__in=documents) | Q(signature__signer_id__in=contacts)),
        (
            SignatureEvidence,
            of_account | Q(signature__document_id__in=documents) | Q(signature__signer_id__in=contacts),
        ),
        (Completion, of_document),
        (Signature, of_document | Q(signer_id__in=contacts)),
        (DocumentRecipient, of_document | Q(contact_id__in=contacts)),
        (Document, Q(id__in=documents)),
        (SigningConsent, of_account),
        (AccountToken, of_account),
        (PatientSession, of_account),
        *((factor, of_account) for factor in (Passkey, Totp, RecoveryCode, FactorChallenge)),
        (TransferRequest, of_account | Q(contact_id__in=contacts)),
        (Invitation, of_account | Q(contact_id__in=contacts)),
        (PortalLink, of_account | Q(contact_id__in=contacts)),
        (PortalAccount, Q(id__in=accounts)),
        (PrintedSheet, Q(contact_id__in=contacts)),
        (ContactEmail, Q(contact_id__in=contacts)),
        (ContactPhone, Q(contact_id__in=contacts)),
        (ExternalId, _called(contacts)),
        (Relationship, Q(client_id__in=contacts) | Q(relative_id__in=contacts)),
        (Episode, Q(contact_id__in=contacts)),
        (Appointment, Q(contact_id__in=contacts)),
        (ContactMerge, Q(kept_id__in=contacts) | Q(duplicate_id__in=contacts)),
        (ContactPortalState, Q(id__in=contacts)),
        (Contact, Q(id__in=contacts)),
    ]


def _by_token(accounts: list[UUID]) -> Q:
    return Q(account_token__account_id__in=accounts)


def _called(contacts: list[UUID]) -> Q:
    """External ids of the person, and of the person's relationships and appointments."""
    of_relationship = Q(relationship__client_id__in=contacts) | Q(relationship__relative_id__in=contacts)
    return Q(contact_id__in=contacts) | of_relationship | Q(appointment__contact_id__in=contacts)
