"""What letter and printed sheet would look like with settings that are not saved yet. Nothing is sent or stored.

The same code composes the real ones. The person is made up, with a name as long as names get.
"""

from base64 import b64encode
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from clinic.letters.composing import as_bodies, invitation_text
from clinic.letters.made_up import PERSON, PIN, made_up_person, shown_link
from clinic.letters.words import LetterText, letter_language
from clinic.organizations.actions import OrganizationChanges, cleaned_changes
from clinic.organizations.logos import uploaded_logo
from clinic.organizations.models import Facility, LogoUpload, OrganizationLogo
from clinic.organizations.queries import OrganizationView, organization_by_id
from clinic.portal_access.actions.invite import INVITATION_LIFETIME
from clinic.portal_access.models import Invitation, LetterSender
from clinic.portal_access.sheet import compose_sheet
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import NotFound
from clinic.values.instruction_sheet import InstructionSheet
from clinic.values.paper import PaperSize
from clinic.values.ports import Services


@dataclass(frozen=True)
class PreviewedSettings:
    """The organization as it would be, with its logo for screens and for paper."""

    organization: OrganizationView
    screen_png: bytes | None
    print_png: bytes | None


@dataclass(frozen=True)
class PreviewedLetter:
    """A letter as it would leave now. The logo is inside the HTML, where a real letter has an attachment.

    `to_address` is None for a made-up person, and for a contact without an address.
    """

    sender: str
    subject: str
    text: str
    html: str
    language: str
    to_address: str | None = None


async def preview_settings(caller: StaffCaller, changes: OrganizationChanges, services: Services) -> PreviewedSettings:
    """The settings with the changes. Needs MANAGE_ORGANIZATION.

    Raises `NotPermitted`, `InvalidInput`, and `NotFound` for a logo that was never sent.
    """
    caller.require(Permission.MANAGE_ORGANIZATION)
    view = await organization_by_id(caller.organization_id)
    values = cleaned_changes(changes, services)
    own = {name: value for name, value in values.items() if name in _SHOWN}
    if "address" in own:
        address = str(own["address"])
        own["address_lines"] = tuple(address.splitlines())
    if "languages" in own:
        own["languages"] = tuple(str(own["languages"]).split())
    logo = await _logo(caller, changes, services)
    return PreviewedSettings(
        organization=replace(view, **own),  # type: ignore[arg-type]  # by column, as cleaned
        screen_png=bytes(logo.png) if logo else None,
        print_png=bytes(logo.print_png or logo.png) if logo else None,
    )


_SHOWN = frozenset(
    {
        *("name", "discreet_name", "brand_colour", "address", "phone", "website", "support_email"),
        *("time_zone", "languages", "paper_size"),
    }
)


async def _logo(
    caller: StaffCaller, changes: OrganizationChanges, services: Services
) -> OrganizationLogo | LogoUpload | None:
    if changes.remove_logo:
        return None
    if changes.logo_upload_id is not None:
        return await uploaded_logo(caller, changes.logo_upload_id, services.clock.now())
    return await OrganizationLogo.get_or_none(organization_id=caller.organization_id)


async def preview_letter(
    caller: StaffCaller,
    changes: OrganizationChanges,
    services: Services,
    *,
    language: str,
    sender: LetterSender = LetterSender.AUTOMATIC,
    facility_id: UUID | None = None,
) -> PreviewedLetter:
    """The invitation as it would leave with these settings, from the organization, a facility, or the neutral name.

    Raises as `preview_settings` does, and `NotFound` for another organization's facility.
    """
    settings = await preview_settings(caller, changes, services)
    organization = settings.organization
    discreet = sender is LetterSender.DISCREET
    facility = None if discreet or facility_id is None else await _facility(caller, facility_id)
    now = services.clock.now()
    name = organization.discreet_name if discreet else facility.name if facility else organization.name
    # Never saved: it only carries what the text is made of.
    invitation = Invitation(
        sender=sender,
        sender_name=name,
        language=letter_language(language),
        expires_at=now + INVITATION_LIFETIME,
    )
    text = invitation_text(invitation, organization, shown_link(organization, services), facility, made_up_person())
    return previewed(text, None if discreet else settings.screen_png)


def previewed(text: LetterText, logo_png: bytes | None, to_address: str | None = None) -> PreviewedLetter:
    """The letter with the logo inside its HTML."""
    cid = f"logo.{uuid4()}" if logo_png else None
    plain, html = as_bodies(replace(text, logo_cid=cid))
    if logo_png:
        html = html.replace(f"cid:{cid}", f"data:image/png;base64,{b64encode(logo_png).decode()}")
    return PreviewedLetter(text.sender, text.subject, plain, html, text.language, to_address)


_DARK_GROUND = "@media (prefers-color-scheme: dark)"


def on_ground(html: str, *, dark: bool) -> str:
    """The letter as a screen with a dark or a light ground shows it, whatever the screen of the one who looks."""
    return html.replace(_DARK_GROUND, "@media all" if dark else "@media not all", 1)


async def _facility(caller: StaffCaller, facility_id: UUID) -> Facility:
    facility = await Facility.get_or_none(organization_id=caller.organization_id, id=facility_id)
    if facility is None:
        raise NotFound("facilityId")
    return facility


async def preview_sheet(
    caller: StaffCaller,
    changes: OrganizationChanges,
    services: Services,
    *,
    language: str,
    paper: PaperSize | None = None,
) -> InstructionSheet:
    """The printed instructions with these settings, on their paper or on another. Raises as `preview_settings` does."""
    settings = await preview_settings(caller, changes, services)
    organization = settings.organization
    return compose_sheet(
        language=language,
        organization_name=organization.name,
        brand_colour=organization.brand_colour,
        address_lines=organization.address_lines,
        phone=organization.phone,
        time_zone=organization.time_zone,
        slug=organization.slug,
        logo_png=settings.print_png,
        person_name=PERSON,
        portal_url=services.addresses.portal_url,
        pin=PIN,
        printed_at=services.clock.now(),
        paper=paper or organization.paper_size,
    )
