"""One row of every kind, as the database holds them, for tests of what the database itself refuses."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from clinic.database.tenancy import TenantModel
from clinic.documents.models import (
    Completion,
    Document,
    DocumentKind,
    DocumentRecipient,
    ErasedFile,
    EvidenceMac,
    EvidenceMacKind,
    Signature,
    SignatureEvidence,
    SignatureState,
    SigningConsent,
    Upload,
)
from clinic.factors.models import ChallengePurpose, FactorChallenge, Passkey, RecoveryCode, Totp
from clinic.mail.models import Letter, LetterKind
from clinic.organizations.models import Facility, LogoUpload, OrganizationLogo
from clinic.portal_access.models import (
    AccountToken,
    ContactPortalState,
    Invitation,
    LetterSender,
    LinkedHow,
    PortalAccount,
    PortalLink,
    PrintedSheet,
    TokenPurpose,
    TransferRequest,
)
from clinic.records.models import (
    Appointment,
    ContactEmail,
    ContactMerge,
    ContactPhone,
    Episode,
    ExternalId,
    ExternalIdKind,
    Relationship,
)
from clinic.service_accounts.models import ServiceAccount, UsedAssertion
from clinic.sessions.models import PatientSession, SessionKind, StaffSession
from clinic.single_sign_on.models import IdentityProvider, ProviderSignIn, StaffIdentity
from clinic.staff.models import StaffMember, StaffToken, StaffTokenPurpose
from clinic.values.webhooks import WebhookEvent
from clinic.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.factories import Practice

World = dict[str, TenantModel]


async def make_world(practice: Practice) -> World:
    """A row of each tenant-owned model, by table, and a second person."""
    now = practice.services.clock.now()
    here: dict[str, Any] = {"organization_id": practice.organization.id}
    await practice.staff()
    staff, colleague = await StaffMember.filter(**here), (await practice.staff()).staff_member_id
    facility = await Facility.create(name="Riverside", **here)
    logo = await OrganizationLogo.create(png=b"", sha256="", **here)
    sent = await LogoUpload.create(
        png=b"", print_png=b"", icon_png=b"", sha256="", uploaded_by=colleague, created_at=now, expires_at=now, **here
    )
    contact, relative = await practice.contact(), await practice.contact("Rosa", emails=("rosa@example.com",))
    whose = {"contact_id": contact.id, **here}
    phone = await ContactPhone.create(position=0, number="1", **whose)
    relationship = await Relationship.create(client_id=contact.id, relative_id=relative.id, kind="mother of", **here)
    episode = await Episode.create(facility_id=facility.id, started_at=now, **whose)
    appointment = await Appointment.create(
        facility_id=facility.id,
        staff_member_id=staff[0].id,
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        **whose,
    )
    external_id = await ExternalId.create(kind=ExternalIdKind.CONTACT, system="urn:ehr", value="1", **whose)
    account = await PortalAccount.create(
        email="omar.reyes@example.com", email_normal="omar.reyes@example.com", created_at=now, **here
    )
    its = {"account_id": account.id, **here}
    link = await PortalLink.create(
        contact_id=contact.id,
        email="omar.reyes@example.com",
        linked_at=now,
        linked_how=LinkedHow.STAFF,
        linked_by_id=staff[0].id,
        unlinked_by_id=staff[0].id,
        **its,
    )
    invitation = await Invitation.create(
        contact_id=contact.id,
        invited_by_id=staff[0].id,
        sender=LetterSender.AUTOMATIC,
        sender_name="Riverside",
        facility_id=facility.id,
        language="en",
        created_at=now,
        expires_at=now,
        **its,
    )
    token = await AccountToken.create(
        purpose=TokenPurpose.VERIFY_EMAIL, email="x", token_hash=uuid4().hex, created_at=now, expires_at=now, **its
    )
    staff_token = await StaffToken.create(
        staff_member_id=staff[0].id,
        purpose=StaffTokenPurpose.WELCOME,
        email="x",
        token_hash=uuid4().hex,
        created_at=now,
        expires_at=now,
        **here,
    )
    transfer = await TransferRequest.create(
        contact_id=contact.id, reason="", asked_by_id=staff[0].id, decided_by_id=colleague, asked_at=now, **its
    )
    merge = await ContactMerge.create(
        kept_id=contact.id,
        duplicate_id=relative.id,
        reason="",
        asked_by_id=staff[0].id,
        decided_by_id=colleague,
        asked_at=now,
        **here,
    )
    sheet = await PrintedSheet.create(
        printed_by_id=staff[0].id, token_hash=uuid4().hex, printed_at=now, expires_at=now, **whose
    )
    papers, others = await _papers(here, contact.id, staff[0].id, account.id, now)
    letter = await Letter.create(
        token_hash=uuid4().hex,
        kind=LetterKind.PORTAL_INVITATION,
        to_address="x",
        invitation_id=invitation.id,
        account_token_id=token.id,
        document_id=papers[0].id,
        staff_token_id=staff_token.id,
        staff_member_id=staff[0].id,
        message_id=uuid4().hex,
        created_at=now,
        next_attempt_at=now,
        **its,
    )
    session = await PatientSession.create(
        kind=SessionKind.API,
        access_hash=uuid4().hex,
        refresh_hash=uuid4().hex,
        access_expires_at=now,
        created_at=now,
        last_seen_at=now,
        expires_at=now,
        **its,
    )
    person: dict[str, Any] = {"staff_member_id": staff[0].id, "created_at": now, **here}
    factors: list[TenantModel] = [
        await Passkey.create(credential_id=uuid4().hex, public_key=b"", sign_count=0, name="Laptop", **person),
        await Totp.create(secret_encrypted="", last_step=0, **person),
        await RecoveryCode.create(code_hash=uuid4().hex, **person),
        await FactorChallenge.create(
            purpose=ChallengePurpose.SIGN_IN, token_hash=uuid4().hex, nonce="", expires_at=now, **person
        ),
    ]
    endpoint = await WebhookEndpoint.create(
        url="https://ehr.example", events="", secret_encrypted="", created_at=now, **here
    )
    delivery = await WebhookDelivery.create(
        endpoint_id=endpoint.id,
        event=WebhookEvent.DOCUMENT_SIGNED,
        body="{}",
        created_at=now,
        next_attempt_at=now,
        due_since=now,
        **here,
    )
    program = await ServiceAccount.create(staff_member_id=staff[0].id, created_at=now, **here)
    rows: list[TenantModel] = [
        *factors,
        program,
        await UsedAssertion.create(service_account_id=program.id, digest=uuid4().hex, forgotten_after=now, **here),
        *await _provider(here, staff[0].id, now),
        endpoint,
        delivery,
        *(facility, logo, sent, contact, phone, relationship, episode, appointment, external_id, account, link),
        *(invitation, token),
        *(staff_token, transfer, merge, sheet, letter, session, *papers, await ContactEmail.get(contact_id=contact.id)),
        await ContactPortalState.get(id=contact.id),
        await StaffSession.get(staff_member_id=staff[0].id),
    ]
    world = {str(row._meta.db_table): row for row in rows}
    another = await StaffMember.get(id=colleague)
    return {
        **world,
        **others,
        "staff_member": staff[0],
        "another staff member": another,
        "another contact": relative,
    }


async def _provider(here: dict[str, Any], staff_id: UUID, now: datetime) -> list[TenantModel]:
    """The provider that signs staff in, and what hangs on it."""
    provider = await IdentityProvider.create(
        issuer="x", client_id="x", client_secret_encrypted="", created_at=now, changed_at=now, **here
    )
    its: dict[str, Any] = {"provider_id": provider.id, "subject": "x", "created_at": now, **here}
    return [
        provider,
        await StaffIdentity.create(staff_member_id=staff_id, last_signed_in_at=now, **its),
        await ProviderSignIn.create(
            token_hash=uuid4().hex, nonce_hash=uuid4().hex, challenge="", proven_at=now, expires_at=now, **its
        ),
    ]


async def _papers(
    here: dict[str, Any], contact_id: UUID, staff_id: UUID, account_id: UUID, now: datetime
) -> tuple[list[TenantModel], World]:
    """A superseded document (first) with a row of everything that hangs on it, and the one that superseded it."""
    content = {"sha256": uuid4().hex, "byte_count": 1, "page_count": 1, **here}
    paper = {
        "contact_id": contact_id,
        "title": "Plan",
        "kind": DocumentKind.PLAN,
        "language": "en",
        "created_at": now,
        "created_by_id": staff_id,
        "signature_state": SignatureState.WAITING,
        **content,
    }
    newer = await Document.create(**paper)
    its_signature = await Signature.create(document_id=newer.id, signer_id=contact_id, position=0, **here)
    document = await Document.create(superseded_by_id=newer.id, **paper)
    its = {"document_id": document.id, **here}
    signature = await Signature.create(signer_id=contact_id, position=0, **its)
    rows = [
        document,
        await ErasedFile.create(sha256=uuid4().hex, erased_at=now, **here),
        await Upload.create(uploaded_by_id=staff_id, created_at=now, expires_at=now, **content),
        await DocumentRecipient.create(contact_id=contact_id, added_at=now, **its),
        signature,
        await SignatureEvidence.create(
            signature_id=signature.id, account_id=account_id, content="{}", hash=uuid4().hex, **here
        ),
        await EvidenceMac.create(signature_id=signature.id, kind=EvidenceMacKind.SIGNED, mac=uuid4().hex, **here),
        await SigningConsent.create(account_id=account_id, version="1", language="en", text="", given_at=now, **here),
        await Completion.create(created_at=now, **its),
    ]
    return rows, {"another document": newer, "another signature": its_signature}
