"""One record of each kind by global ids, and the way of a person from their letter to a session."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.server.relay import encode_id
from clinic.charts.actions import request_merge
from clinic.documents.models import DocumentSharing, Signature
from clinic.factors.models import Totp
from clinic.letters.delivery import deliver_due_letters
from clinic.organizations.actions import create_facility
from clinic.portal_access.actions import accept_invitation, invite_contact, request_transfer
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.models import PortalAccount, PortalLink
from clinic.records.actions.appointments import create_appointment
from clinic.records.actions.episodes import create_episode
from clinic.records.actions.relationships import create_relationship
from clinic.service_accounts.actions import NewAccount, create_service_account
from clinic.sessions.actions import OpenedSession, open_patient_session
from clinic.sessions.models import SessionKind
from clinic.staff.models import StaffMember
from clinic.values.callers import Origin, Permission
from clinic.values.webhooks import WebhookEvent
from clinic.webhooks.actions import create_endpoint
from clinic.webhooks.models import WebhookDelivery, WebhookEndpoint
from clinic.work.models import AuditEvent
from tests.factories import BORN, PASSWORD, Mailbox, Practice
from tests.factories.documents import put_document, put_logo_upload, put_upload
from tests.factories.letters import token_in


@dataclass(frozen=True)
class Records:
    """Global ids of one practice's records.

    `contact` is invited and has a `relative` without an address; `found` bears the address of `found_account`, whose
    person registered alone; `conflicted` bears the invited contact's, and waits for a `transfer`. The
    `document` is the relative's, and the contact is to sign it.
    """

    organization: str
    facility: str
    staff_member: str
    invited_member: str
    contact: str
    relative: str
    relationship: str
    episode: str
    appointment: str
    account: str
    link: str
    found: str
    found_account: str
    conflicted: str
    transfer: str
    merge: str
    session: str
    event: str
    document: str
    signature: str
    upload: str
    logo_upload: str
    factor: str
    service_account: str
    webhook_endpoint: str
    delivery: str
    slug: str
    staff_email: str
    refresh_token: str
    patient: OpenedSession
    now: datetime

    @property
    def nodes(self) -> list[str]:
        return [
            self.organization,
            self.facility,
            self.staff_member,
            self.contact,
            self.relationship,
            self.episode,
            self.appointment,
            self.account,
            self.link,
            self.event,
            self.document,
            self.signature,
        ]


async def make_records(practice: Practice) -> Records:
    """One of each; the patient's session is of the invited contact's account."""
    system, services = practice.system, practice.services
    now = services.clock.now()
    member, session = await practice.signed_in()
    invited = await StaffMember.create(
        organization_id=practice.organization.id,
        name="Inga Guest",
        email="inga@practice.example",
        email_normal="inga@practice.example",
        password_hash="",
        created_at=now,
    )
    facility = await create_facility(system, "Riverside", services)
    contact = await practice.contact()
    relative = await practice.contact("Mia", "Reyes", emails=())
    relationship = await create_relationship(system, contact.id, relative.id, "mother", services)
    episode = await create_episode(system, contact.id, facility.id, services, at_facility=True)
    times = (now + timedelta(hours=1), now + timedelta(hours=2))
    appointment = await create_appointment(system, contact.id, *times, services)
    account = await invite_contact(system, contact.id, services)
    link = await PortalLink.get(account_id=account.id)
    patient = await open_patient_session(account.organization_id, account.id, SessionKind.API, Origin("127.0.0.1"), now)
    found_account = await _registered_alone(practice, "ines.novak@example.com")
    found = await practice.contact("Ines", "Novak", emails=(found_account.email,))
    conflicted = await practice.contact("Mia", "Park")
    desk = await practice.staff(Permission.WEB_PORTAL)
    transfer = await request_transfer(desk, conflicted.id, "She is the one who wrote.", services)
    manager = await practice.staff(Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS)
    merge = await request_merge(manager, relative.id, found.id, "The same person.", services)
    event = await AuditEvent.get(subject_id=contact.id, action="contact.created")
    document = await put_document(practice, relative, sharing=DocumentSharing.ALL_AUTHORIZED, signers=[contact])
    signature = await Signature.get(document_id=document.id)
    upload = await put_upload(practice, desk)
    logo = await put_logo_upload(practice)
    factor = await Totp.create(
        organization_id=practice.organization.id,
        staff_member_id=invited.id,
        secret_encrypted="-",
        last_step=0,
        created_at=practice.services.clock.now(),
    )
    endpoint, delivery = await _webhook(practice)
    program = await create_service_account(practice.system, NewAccount("EHR"), practice.services)
    return Records(
        organization=encode_id("Organization", practice.organization.id),
        facility=encode_id("Facility", facility.id),
        staff_member=encode_id("StaffMember", member.staff_member_id),
        invited_member=encode_id("StaffMember", invited.id),
        contact=encode_id("Contact", contact.id),
        relative=encode_id("Contact", relative.id),
        relationship=encode_id("Relationship", relationship.id),
        episode=encode_id("Episode", episode.id),
        appointment=encode_id("Appointment", appointment.id),
        account=encode_id("PortalAccount", account.id),
        link=encode_id("PortalLink", link.id),
        found=encode_id("Contact", found.id),
        found_account=encode_id("PortalAccount", found_account.id),
        conflicted=encode_id("Contact", conflicted.id),
        transfer=encode_id("PortalTransfer", transfer.id),
        merge=encode_id("ContactMerge", merge.id),
        session=encode_id("Session", patient.session_id),
        event=encode_id("AuditEvent", event.id),
        document=encode_id("Document", document.id),
        signature=encode_id("Signature", signature.id),
        upload=encode_id("Upload", upload.id),
        logo_upload=encode_id("LogoUpload", logo.id),
        factor=encode_id("Factor", factor.id),
        service_account=encode_id("ServiceAccount", program.account.row.id),
        webhook_endpoint=encode_id("WebhookEndpoint", endpoint.id),
        delivery=encode_id("WebhookDelivery", delivery.id),
        slug=practice.organization.slug,
        staff_email="nobody@practice.example",
        refresh_token=session.refresh_token or "",
        patient=patient,
        now=now,
    )


async def _webhook(practice: Practice) -> tuple[WebhookEndpoint, WebhookDelivery]:
    made = await create_endpoint(practice.system, "https://ehr.example/h", ["document.declined"], practice.services)
    now = practice.services.clock.now()
    delivery = await WebhookDelivery.create(
        organization_id=practice.organization.id,
        endpoint_id=made.endpoint.id,
        event=WebhookEvent.DOCUMENT_DECLINED,
        body="{}",
        created_at=now,
        next_attempt_at=now,
        due_since=now,
    )
    return made.endpoint, delivery


async def _registered_alone(practice: Practice, email: str) -> PortalAccount:
    now = practice.services.clock.now()
    return await PortalAccount.create(
        organization_id=practice.organization.id,
        email=email,
        email_normal=email,
        password_hash="!",
        created_at=now,
        registered_at=now,
        email_verified_at=now,
    )


async def invitation_token(practice: Practice, mailbox: Mailbox) -> str:
    """The token in the newest letter, once everything due was delivered."""
    await deliver_due_letters(practice.services, worker_name="test")
    return token_in(mailbox.letters[-1])


async def registered(practice: Practice, mailbox: Mailbox) -> tuple[PortalAccount, OpenedSession]:
    """The account of a new contact who accepted their invitation, signed in by app."""
    contact = await practice.contact("Leo", "Park", emails=("leo.park@example.com",))
    await invite_contact(practice.system, contact.id, practice.services)
    token = await invitation_token(practice, mailbox)
    claim = IdentityClaim(date_of_birth=BORN)
    signed_in = await accept_invitation(
        practice.anonymous, token, claim, PASSWORD, practice.services, kind=SessionKind.API
    )
    return signed_in.account, signed_in.session
