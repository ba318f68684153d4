"""The invitation of one contact as it would leave now. Nothing is sent, and no token is made."""

from uuid import UUID

from clinic.letters.composing import invitation_text
from clinic.letters.made_up import shown_link
from clinic.letters.preview import PreviewedLetter, previewed
from clinic.organizations.models import Facility, Organization
from clinic.organizations.queries import organization_by_id, organization_logo
from clinic.portal_access.actions.invite import INVITATION_LIFETIME, invitation_sender
from clinic.portal_access.models import Invitation, LetterSender
from clinic.records.models import Contact, ContactEmail
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import NotFound
from clinic.values.ports import Services


async def preview_invitation(
    caller: StaffCaller, contact_id: UUID | None, sender: LetterSender, services: Services
) -> PreviewedLetter:
    """The letter that creating the account, or sending it again, would send to this contact; needs WEB_PORTAL.

    It has the contact's language, and the sender and facility of today. Its link opens nothing. Raises `NotPermitted`,
    `NotFound`.
    """
    caller.require(Permission.WEB_PORTAL)
    contact = await Contact.get_or_none(organization_id=caller.organization_id, id=contact_id) if contact_id else None
    if contact is None:
        raise NotFound("contactId")
    organization = await Organization.get(id=caller.organization_id)
    now = services.clock.now()
    name, facility_id = await invitation_sender(organization, contact, sender, now)
    # Never saved: it only carries what the text is made of.
    invitation = Invitation(
        sender=sender,
        sender_name=name,
        language=organization.closest_language(contact.language),
        expires_at=now + INVITATION_LIFETIME,
    )
    view = await organization_by_id(organization.id)
    facility = await Facility.get(id=facility_id) if facility_id else None
    text = invitation_text(invitation, view, shown_link(view, services), facility, contact)
    logo = None if sender is LetterSender.DISCREET else await organization_logo(organization.id)
    first = await ContactEmail.filter(contact_id=contact.id).order_by("position").first()
    return previewed(text, logo, to_address=first.address if first else None)
