"""Composes letters about documents, and decides whether their reason still applies.

They name no document, and of the patient only the first name, inside the letter: other people may see a letter on a
phone's lock screen, in a shared mailbox or in an employer's archive.
"""

from dataclasses import replace
from urllib.parse import quote
from uuid import UUID

from clinic.documents.letter_conditions import has_news, is_awaited, sees_completed
from clinic.documents.models import Document
from clinic.documents.visibility import Reader, today_at
from clinic.letters.words import Composed, LetterText, greeting, help_line, letter_language, wording
from clinic.mail.models import Letter, LetterKind
from clinic.organizations.queries import OrganizationView
from clinic.portal_access.models import Invitation, LetterSender, PortalAccount, PortalLink
from clinic.records.models import Contact
from clinic.staff.models import StaffMember
from clinic.values.colours import NEUTRAL, theme_for
from clinic.values.global_ids import global_id
from clinic.values.ports import Services

_TO_STAFF = frozenset({LetterKind.STAFF_DOCUMENT_SIGNED, LetterKind.STAFF_DOCUMENT_DECLINED})
DOCUMENT_KINDS = _TO_STAFF | {
    LetterKind.DOCUMENT_AWAITS,
    LetterKind.DOCUMENT_REMINDER,
    LetterKind.DOCUMENT_COMPLETED,
}


async def document_letter(letter: Letter, organization: OrganizationView, services: Services) -> Composed | None:
    """The letter; None if its recipient is disabled, is not linked, or may no longer see or sign the document."""
    if letter.kind in _TO_STAFF:
        return await _to_staff(letter, organization, services)
    account = await PortalAccount.get(id=letter.account_id)
    link = await PortalLink.get_or_none(account_id=account.id, unlinked_at=None)
    usable = account.registered_at and not account.disabled_at and not account.withdrawn_at
    if link is None or not usable or not await _still_applies(letter, organization, link.contact_id, services):
        return None
    path = f"documents/{letter.document_id}" if letter.document_id else "documents"
    address = f"{services.addresses.portal_url}/{organization.slug}/{path}"
    discreet = await _is_discreet(account)
    language = letter_language(account.language)
    text = _text(letter.kind, language, organization, address, discreet=discreet)
    if not discreet:
        text = replace(text, greeting=greeting(await Contact.get(id=link.contact_id), language))
    return Composed(text, discreet)


async def linked_reader(account: PortalAccount) -> Contact | None:
    """The contact that a letter to this account may name: none without a live link, and none under a neutral name."""
    link = await PortalLink.get_or_none(account_id=account.id, unlinked_at=None)
    if link is None or await _is_discreet(account):
        return None
    return await Contact.get(id=link.contact_id)


async def _is_discreet(account: PortalAccount) -> bool:
    """Whether staff invited this person under the neutral name. Later letters must use that name too."""
    invitation = await Invitation.filter(account_id=account.id).order_by("-created_at").first()
    return invitation is not None and invitation.sender is LetterSender.DISCREET


async def _still_applies(letter: Letter, organization: OrganizationView, me: UUID, services: Services) -> bool:
    reader = Reader(organization.id, me, await today_at(organization.id, services.clock.now()))
    match letter.kind:
        case LetterKind.DOCUMENT_REMINDER:
            return organization.signing_reminders and await is_awaited(reader, letter.document_id)
        case LetterKind.DOCUMENT_COMPLETED:
            return await sees_completed(reader, letter.document_id)
        case _:
            return await has_news(reader, letter.document_id, letter.created_at)


async def _to_staff(letter: Letter, organization: OrganizationView, services: Services) -> Composed | None:
    working = StaffMember.filter(organization_id=organization.id, email=letter.to_address, disabled_at=None)
    if not await working.exists():
        return None
    document = await Document.get(id=letter.document_id)
    address = staff_address(services.addresses.api_url, document.contact_id)
    language = letter_language(organization.languages[0])
    return Composed(_text(letter.kind, language, organization, address, discreet=False))


def staff_address(api_url: str, contact_id: UUID) -> str:
    """The address of a contact on the staff screen, which uses the contact's global id."""
    return f"{api_url}/staff/#/contact/{quote(global_id('Contact', contact_id), safe='')}"


def _text(kind: LetterKind, language: str, organization: OrganizationView, link: str, *, discreet: bool) -> LetterText:
    """The letter's text. The section of the wording has the name of the letter's kind."""
    sender = organization.discreet_name if discreet else organization.name
    facts = {"sender": sender, "phone": organization.phone, "support_email": organization.support_email}
    section = "discreet_invitation" if discreet else "help"
    help_words = {name: wording(language)[section][name] for name in ("help_phone", "help_email")}
    says = {name: text.format_map(facts) for name, text in {**help_words, **wording(language)[kind.value]}.items()}
    ask_whom = "" if kind in _TO_STAFF else help_line(says, organization)
    return LetterText(
        language=language,
        sender=sender,
        subject=says["subject"],
        heading=says["heading"],
        before=(says["opening"], says["ask"]),
        link=link,
        button=says["button"],
        after=(),
        small=tuple(line for line in (says["why"], says["not_you"], ask_whom) if line),
        address_lines=() if discreet else (organization.name, *organization.address_lines),
        theme=theme_for(NEUTRAL if discreet else organization.brand_colour),
    )
