"""Composes letters. A letter's text and its link are made only when the letter is sent."""

import json
from dataclasses import replace
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from typing import TYPE_CHECKING
from uuid import UUID

from tortoise.expressions import F

from clinic.letters.document_letters import DOCUMENT_KINDS, document_letter, linked_reader
from clinic.letters.made_up import made_up_person, shown_link
from clinic.letters.staff_letters import STAFF_KINDS, staff_letter
from clinic.letters.words import Composed, LetterText, format_instant, greeting, help_line, letter_language, wording
from clinic.mail.models import Letter, LetterKind
from clinic.organizations.models import Facility
from clinic.organizations.places import place_of
from clinic.organizations.queries import OrganizationView, organization_by_id, organization_logo
from clinic.portal_access.access import why_not_usable
from clinic.portal_access.actions.invite import INVITATION_LIFETIME
from clinic.portal_access.models import AccountToken, Invitation, LetterSender, PortalAccount
from clinic.records.models import Contact
from clinic.staff.models import StaffMember, StaffState
from clinic.values.colours import NEUTRAL, theme_for
from clinic.values.ports import Addresses, Services
from clinic.values.text import deliverable_email
from clinic.values.tokens import hash_token

if TYPE_CHECKING:
    from jinja2 import Environment

LINK_PURPOSE = "invitation_letter"


@cache
def _templates() -> "Environment":
    # Imported here: API and worker start without a letter to write.
    from jinja2 import Environment, PackageLoader, select_autoescape

    return Environment(
        loader=PackageLoader("clinic.letters"),
        autoescape=select_autoescape(["html"]),
        trim_blocks=False,
        keep_trailing_newline=True,
    )


async def compose(letter: Letter, services: Services) -> EmailMessage | None:
    """The message for the mail server, with its token; None if the letter's reason no longer applies.

    The token is derived from the letter's id with the deployment's key, so that a retry of the letter has the same
    link. Only the token's hash is stored, before the letter is sent.
    """
    organization = await organization_by_id(letter.organization_id)
    if letter.kind is LetterKind.PORTAL_INVITATION:
        composed = await _invitation(letter, organization, services)
    elif letter.kind in DOCUMENT_KINDS:
        composed = await document_letter(letter, organization, services)
    elif letter.kind is LetterKind.STAFF_INVITATION_SAMPLE:
        composed = await _sample(letter, organization, services)
    elif letter.kind in STAFF_KINDS:
        composed = await staff_letter(letter, organization, services)
    else:
        composed = await account_letter(letter, organization, services)
    if composed is None:
        return None
    logo = None if composed.discreet else await organization_logo(organization.id)
    reply_to = "" if composed.discreet else organization.support_email
    return as_message(letter, composed.text, services.addresses, logo, reply_to, services.clock.now())


async def _invitation(letter: Letter, organization: OrganizationView, services: Services) -> Composed | None:
    if letter.invitation_id is None:
        raise ValueError(f"letter {letter.id} has no subject")
    invitation = await Invitation.get(id=letter.invitation_id)
    if why_not_usable(invitation, services.clock.now()):
        return None
    token = services.secrets.derive_token(LINK_PURPOSE, str(letter.id))
    # An update of the open invitation waits for a concurrent withdrawal, and then finds it closed.
    if not await Invitation.filter(id=invitation.id, closed_at=None).update(expires_at=F("expires_at")):
        return None
    await Letter.filter(id=letter.id).update(token_hash=hash_token(token))
    link = f"{services.addresses.portal_url}/{organization.slug}/register/{token}"
    facility = await Facility.get(id=invitation.facility_id) if invitation.facility_id else None
    contact = await Contact.get(id=invitation.contact_id)
    text = invitation_text(invitation, organization, link, facility, contact)
    return Composed(text, invitation.sender is LetterSender.DISCREET)


async def _sample(letter: Letter, organization: OrganizationView, services: Services) -> Composed | None:
    """The sample as it is sent; None if the staff member was disabled meanwhile."""
    member = await StaffMember.get(id=letter.staff_member_id)
    if member.state is StaffState.DISABLED:
        return None
    sender, language, facility_id = json.loads(letter.sample)
    facility = await Facility.get(id=UUID(facility_id)) if facility_id else None
    discreet = sender == LetterSender.DISCREET.value
    # Never saved: it only carries what the text is made of.
    invitation = Invitation(
        sender=LetterSender(sender),
        sender_name=organization.discreet_name if discreet else facility.name if facility else organization.name,
        language=language,
        expires_at=services.clock.now() + INVITATION_LIFETIME,
    )
    link = shown_link(organization, services)
    text = invitation_text(invitation, organization, link, facility, made_up_person())
    return Composed(_marked(text), discreet)


def _marked(text: LetterText) -> LetterText:
    """The letter, which says in its subject and before everything else that it is a sample."""
    words = wording(text.language)[LetterKind.STAFF_INVITATION_SAMPLE.value]
    return replace(
        text,
        subject=words["subject"].format(subject=text.subject),
        before=(words["opening"], *text.before),
    )


# The path of each letter's link. Letters about the account lead to the page that resets the password.
_PATHS = {
    LetterKind.VERIFY_EMAIL: "verify/{token}",
    LetterKind.RESET_PASSWORD: "reset/{token}",
    LetterKind.CONFIRM_NEW_EMAIL: "verify/{token}",
    LetterKind.EMAIL_CHANGING: "keep/{token}",
    LetterKind.ADDRESS_KNOWN: "forgot",
    LetterKind.PASSWORD_CHANGED: "forgot",
    LetterKind.ACCESS_ENDED: "",
    LetterKind.ACCOUNT_TRANSFERRED: "",
    LetterKind.FACTOR_ADDED: "account",
    LetterKind.FACTOR_REMOVED: "account",
    LetterKind.RECOVERY_CODE_USED: "account",
    LetterKind.RECOVERY_CODES_RENEWED: "account",
}


# These name nobody: nobody has shown yet that the address is this person's, or the account's record is another's now.
_NAMING_NOBODY = frozenset(
    {
        LetterKind.VERIFY_EMAIL,
        LetterKind.CONFIRM_NEW_EMAIL,
        LetterKind.ACCESS_ENDED,
        LetterKind.ACCOUNT_TRANSFERRED,
    }
)


async def account_letter(letter: Letter, organization: OrganizationView, services: Services) -> Composed | None:
    """A letter about an account, or with one of its tokens. None if the token is closed or has expired."""
    token_row = await AccountToken.get(id=letter.account_token_id) if letter.account_token_id else None
    account = await PortalAccount.get(id=token_row.account_id if token_row else letter.account_id)
    now = services.clock.now()
    if account.withdrawn_at or (token_row and (token_row.closed_at or token_row.expires_at <= now)):
        return None
    token = ""
    if token_row:
        token = services.secrets.derive_token(letter.kind.value, str(letter.id))
        if not await AccountToken.filter(id=token_row.id, closed_at=None).update(token_hash=hash_token(token)):
            return None  # a concurrent request has closed it
    link = f"{services.addresses.portal_url}/{organization.slug}/{_PATHS[letter.kind].format(token=token)}"
    language = letter_language(account.language)
    text = account_text(letter.kind, language, organization, link, token_row)
    reader = None if letter.kind in _NAMING_NOBODY else await linked_reader(account)
    return Composed(replace(text, greeting=greeting(reader, language)) if reader else text)


def account_text(
    kind: LetterKind, language: str, organization: OrganizationView, link: str, token: AccountToken | None
) -> LetterText:
    """The text of a letter about an account. The section of the wording has the name of the letter's kind."""
    facts = {
        "sender": organization.name,
        "until": format_instant(token.expires_at, organization.time_zone, language) if token else "",
        "phone": organization.phone,
        "support_email": organization.support_email,
        "new_email": token.new_email if token else "",
    }
    words = {**wording(language)["help"], **wording(language)[kind.value]}
    says = {name: text.format_map(facts) for name, text in words.items()}
    return LetterText(
        language=language,
        sender=organization.name,
        subject=says["subject"],
        heading=says["heading"],
        before=tuple(says[name] for name in ("opening", "ask") if says.get(name)),
        link=link,
        button=says["button"],
        after=tuple(says[name] for name in ("until",) if says.get(name)),
        small=tuple(line for line in (says["why"], says["not_you"], help_line(says, organization)) if line),
        address_lines=(organization.name, *organization.address_lines),
        theme=theme_for(organization.brand_colour),
    )


def invitation_text(
    invitation: Invitation,
    organization: OrganizationView,
    link: str,
    facility: Facility | None = None,
    contact: Contact | None = None,
) -> LetterText:
    """The text of an invitation from the organization or from the facility.

    A discreet one names neither the reader nor the practice nor its address, only a phone number.
    """
    place = place_of(organization, facility)
    sender = facility.name if facility else invitation.sender_name
    discreet = invitation.sender is LetterSender.DISCREET
    language = letter_language(invitation.language)
    words = wording(language)["discreet_invitation" if discreet else "portal_invitation"]
    facts = {
        "sender": sender,
        "until": format_instant(invitation.expires_at, place.time_zone, language),
        "phone": place.phone,
        "support_email": organization.support_email,
    }
    says = {name: text.format_map(facts) for name, text in words.items()}
    return LetterText(
        language=language,
        sender=sender,
        subject=says["subject"],
        heading=says["heading"],
        before=(says["opening"], says["ask"]),
        link=link,
        button=says["button"],
        after=(says["until"] + " " + says["later"], says["sheet"]),
        small=tuple(
            line for line in (says["why"], says["not_you"], help_line(says, organization, place.phone)) if line
        ),
        address_lines=() if discreet else (place.name, *place.address_lines),
        greeting=greeting(contact, language) if contact and not discreet else "",
        theme=theme_for(NEUTRAL if discreet else organization.brand_colour),
    )


def as_bodies(text: LetterText) -> tuple[str, str]:
    """The letter as plain text and as HTML. An image in the HTML refers to `text.logo_cid`."""
    plain, html = (_templates().get_template(f"letter.{form}").render(letter=text) for form in ("txt", "html"))
    return plain, html


def _mailbox(address: str, name: str = "") -> Address:
    """One mailbox. Nothing in it is parsed, so that neither the name nor the address can become several."""
    user, _, domain = address.rpartition("@")
    return Address(name, user, domain)


def as_message(
    letter: Letter, text: LetterText, addresses: Addresses, logo_png: bytes | None, reply_to: str, now: datetime
) -> EmailMessage:
    """The letter as MIME: plain text and HTML with the logo inside. `EmailMessage` refuses line breaks in headers."""
    message = EmailMessage()
    message["From"] = _mailbox(addresses.mail_from, text.sender)
    message["To"] = _mailbox(deliverable_email(letter.to_address))
    if reply_to:
        message["Reply-To"] = _mailbox(reply_to)
    message["Subject"] = text.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = letter.message_id
    # RFC 3834: this prevents automatic replies, such as vacation notices.
    message["Auto-Submitted"] = "auto-generated"
    cid = f"logo.{letter.message_id.strip('<>')}" if logo_png else None
    plain, html = as_bodies(replace(text, logo_cid=cid))
    message.set_content(plain, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    if logo_png:
        html_part = message.get_payload(1)
        if isinstance(html_part, EmailMessage):
            html_part.add_related(logo_png, "image", "png", cid=f"<{cid}>", disposition="inline", filename="logo.png")
    # This comes last, because adding the parts removes or moves every Content- header.
    message["Content-Language"] = text.language
    return message
