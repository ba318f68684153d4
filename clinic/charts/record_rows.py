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
from clinic.records.models import Appointment, Contact, ContactEmail, ContactPhone, Episode, ExternalId, Relationship
from clinic.sessions.models import PatientSession


@dataclass(frozen=True)
class RecordIds:
    """The ids that lead to a person's rows. `accounts` are those that were only ever this person's."""

    organization_id: UUID
    contact: UUID
    accounts: Collection[UUID]
    documents: Collection[UUID]
    invitations: Collection[UUID]


async def record_ids(organization_id: UUID, contact_id: UUID) -> RecordIds:
    """The ids for this contact. An account that was also linked to, or invited for, another contact is not theirs."""
    theirs: set[UUID] = set()
    others: set[UUID] = set()
    for model in (PortalLink, Invitation, TransferRequest):
        rows = await model.filter(contact_id=contact_id).values_list("account_id", flat=True)
        theirs |= {UUID(str(account_id)) for account_id in rows}
    for model in (PortalLink, Invitation, TransferRequest):
        rows = await model.filter(~Q(contact_id=contact_id), account_id__in=list(theirs)).values_list(
            "account_id", flat=True
        )
        others |= {UUID(str(account_id)) for account_id in rows}
    accounts = theirs - others
    documents = await Document.filter(contact_id=contact_id).values_list("id", flat=True)
    invitations = await Invitation.filter(Q(contact_id=contact_id) | Q(account_id__in=list(accounts))).values_list(
        "id", flat=True
    )
    return RecordIds(
        organization_id,
        contact_id,
        accounts,
        [UUID(str(each)) for each in documents],
        [UUID(str(each)) for each in invitations],
    )


def rows_of(ids: RecordIds) -> list[tuple[type[Model], Q]]:
    """Every table with the person's rows in it, in an order in which they can be deleted."""
    contact, accounts, documents = ids.contact, list(ids.accounts), list(ids.documents)
    of_account, of_document = Q(account_id__in=accounts), Q(document_id__in=documents)
    return [
        (Letter, of_account | of_document | Q(invitation_id__in=list(ids.invitations)) | _by_token(accounts)),
        (EvidenceMac, Q(signature__document_id__in=documents) | Q(signature__signer_id=contact)),
        (SignatureEvidence, of_account | Q(signature__document_id__in=documents) | Q(signature__signer_id=contact)),
        (Completion, of_document),
        (Signature, of_document | Q(signer_id=contact)),
        (DocumentRecipient, of_document | Q(contact_id=contact)),
        (Document, Q(id__in=documents)),
        (SigningConsent, of_account),
        (AccountToken, of_account),
        (PatientSession, of_account),
        *((factor, of_account) for factor in (Passkey, Totp, RecoveryCode, FactorChallenge)),
        (TransferRequest, of_account | Q(contact_id=contact)),
        (Invitation, of_account | Q(contact_id=contact)),
        (PortalLink, of_account | Q(contact_id=contact)),
        (PortalAccount, Q(id__in=accounts)),
        (PrintedSheet, Q(contact_id=contact)),
        (ContactEmail, Q(contact_id=contact)),
        (ContactPhone, Q(contact_id=contact)),
        (ExternalId, _called(contact)),
        (Relationship, Q(client_id=contact) | Q(relative_id=contact)),
        (Episode, Q(contact_id=contact)),
        (Appointment, Q(contact_id=contact)),
        (ContactPortalState, Q(id=contact)),
        (Contact, Q(id=contact)),
    ]


def _by_token(accounts: list[UUID]) -> Q:
    return Q(account_token__account_id__in=accounts)


def _called(contact: UUID) -> Q:
    """External ids of the person, and of the person's relationships and appointments."""
    of_relationship = Q(relationship__client_id=contact) | Q(relationship__relative_id=contact)
    return Q(contact_id=contact) | of_relationship | Q(appointment__contact_id=contact)
