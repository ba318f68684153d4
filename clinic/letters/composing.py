"""What letters say. A letter is composed, and its link made, only at the moment it is sent."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from jinja2 import Environment, PackageLoader, select_autoescape

from clinic.letters.document_letters import DOCUMENT_KINDS, document_letter
from clinic.letters.words import Composed, LetterText, help_line, in_words, spoken, wording
from clinic.mail.models import Letter, LetterKind
from clinic.organizations.queries import OrganizationView, organization_by_id, organization_logo
from clinic.portal_access.access import why_not_usable
from clinic.portal_access.models import AccountToken, Invitation, LetterSender, PortalAccount
from clinic.values.ports import Addresses, Services
from clinic.values.text import deliverable_email
from clinic.values.tokens import hash_token

LINK_PURPOSE = "invitation_letter"

_templates = Environment(
    loader=PackageLoader("clinic.letters"),
    autoescape=select_autoescape(["html"]),
    trim_blocks=False,
    keep_trailing_newline=True,
)


async def compose(letter: Letter, services: Services) -> EmailMessage | None:
    """The message to hand to the mail server, with its token minted; None if what it tells no longer holds.

    A token is derived from the letter's id under the deployment's key, so that sending the same letter again carries
    the same link; only its hash is written down, before the letter leaves.
    """
    organization = await organization_by_id(letter.organization_id)
    if letter.kind is LetterKind.PORTAL_INVITATION:
        composed = await _invitation(letter, organization, services)
    elif letter.kind in DOCUMENT_KINDS:
        composed = await document_letter(letter, organization, services)
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
    if not await Invitation.filter(id=invitation.id, closed_at=None).update(token_hash=hash_token(token)):
        return None  # taken back since it was read
    await Letter.filter(id=letter.id).update(token_hash=hash_token(token))
    link = f"{services.addresses.portal_url}/{organization.slug}/register/{token}"
    return Composed(invitation_text(invitation, organization, link), invitation.sender is LetterSender.DISCREET)


# The page each kind of link leads to. A letter about the account itself leads where a password is set anew.
_ROOMS = {
    LetterKind.VERIFY_EMAIL: "verify/{token}",
    LetterKind.RESET_PASSWORD: "reset/{token}",
    LetterKind.CONFIRM_NEW_EMAIL: "verify/{token}",
    LetterKind.EMAIL_CHANGING: "keep/{token}",
    LetterKind.ADDRESS_KNOWN: "forgot",
    LetterKind.PASSWORD_CHANGED: "forgot",
    LetterKind.ACCESS_ENDED: "",
}


async def account_letter(letter: Letter, organization: OrganizationView, services: Services) -> Composed | None:
    """A letter about an account, or one that carries a token of it. None once the token was closed or ran out."""
    token_row = await AccountToken.get(id=letter.account_token_id) if letter.account_token_id else None
    account = await PortalAccount.get(id=token_row.account_id if token_row else letter.account_id)
    now = services.clock.now()
    if account.withdrawn_at or (token_row and (token_row.closed_at or token_row.expires_at <= now)):
        return None
    token = ""
    if token_row:
        token = services.secrets.derive_token(letter.kind.value, str(letter.id))
        if not await AccountToken.filter(id=token_row.id, closed_at=None).update(token_hash=hash_token(token)):
            return None  # closed since it was read
    link = f"{services.addresses.portal_url}/{organization.slug}/{_ROOMS[letter.kind].format(token=token)}"
    language = spoken(account.language)
    return Composed(account_text(letter.kind, language, organization, link, token_row))


def account_text(
    kind: LetterKind, language: str, organization: OrganizationView, link: str, token: AccountToken | None
) -> LetterText:
    """The words of a letter about an account, from the section of the wording that bears the kind's name."""
    facts = {
        "sender": organization.name,
        "until": in_words(token.expires_at, organization.time_zone, language) if token else "",
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
    )


def invitation_text(invitation: Invitation, organization: OrganizationView, link: str) -> LetterText:
    """The invitation's words. A discreet one names neither the practice nor its place, only a phone to call."""
    discreet = invitation.sender is LetterSender.DISCREET
    language = spoken(invitation.language)
    words = wording(language)["discreet_invitation" if discreet else "portal_invitation"]
    facts = {
        "sender": invitation.sender_name,
        "until": in_words(invitation.expires_at, organization.time_zone, language),
        "phone": organization.phone,
        "support_email": organization.support_email,
    }
    says = {name: text.format_map(facts) for name, text in words.items()}
    return LetterText(
        language=language,
        sender=invitation.sender_name,
        subject=says["subject"],
        heading=says["heading"],
        before=(says["opening"], says["ask"]),
        link=link,
        button=says["button"],
        after=(says["until"] + " " + says["later"], says["sheet"]),
        small=tuple(line for line in (says["why"], says["not_you"], help_line(says, organization)) if line),
        address_lines=() if discreet else (organization.name, *organization.address_lines),
    )


def as_message(
    letter: Letter, text: LetterText, addresses: Addresses, logo_png: bytes | None, reply_to: str, now: datetime
) -> EmailMessage:
    """The letter as MIME: plain text, HTML, the logo inside. `EmailMessage` refuses line breaks in headers."""
    message = EmailMessage()
    user, _, domain = addresses.mail_from.rpartition("@")
    message["From"] = Address(text.sender, user, domain)
    message["To"] = deliverable_email(letter.to_address)
    if reply_to:
        message["Reply-To"] = reply_to
    message["Subject"] = text.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = letter.message_id
    # RFC 3834: no vacation replies to a letter nobody typed.
    message["Auto-Submitted"] = "auto-generated"
    cid = f"logo.{letter.message_id.strip('<>')}" if logo_png else None
    shown = LetterText(**{**vars(text), "logo_cid": cid})
    message.set_content(_templates.get_template("letter.txt").render(letter=shown), cte="quoted-printable")
    message.add_alternative(
        _templates.get_template("letter.html").render(letter=shown), subtype="html", cte="quoted-printable"
    )
    if logo_png:
        html_part = message.get_payload(1)
        if isinstance(html_part, EmailMessage):
            html_part.add_related(logo_png, "image", "png", cid=f"<{cid}>", disposition="inline", filename="logo.png")
    # Last, because making the parts clears or moves every header about content.
    message["Content-Language"] = text.language
    return message
