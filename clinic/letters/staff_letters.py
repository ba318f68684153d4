"""Composes letters about a staff member's own account: the invitation, and those about password and second factor."""

from clinic.letters.words import Composed, LetterText, format_instant, letter_language, wording
from clinic.mail.models import Letter, LetterKind
from clinic.organizations.queries import OrganizationView
from clinic.staff.models import StaffMember, StaffState, StaffToken, StaffTokenPurpose
from clinic.staff.tokens import LETTERS, letter_token, password_link
from clinic.values.colours import theme_for
from clinic.values.ports import Services
from clinic.values.tokens import hash_token

_FACTOR_KINDS = frozenset(
    {
        LetterKind.STAFF_FACTOR_ADDED,
        LetterKind.STAFF_FACTOR_REMOVED,
        LetterKind.STAFF_FACTORS_RESET,
        LetterKind.STAFF_RECOVERY_CODE_USED,
        LetterKind.STAFF_RECOVERY_CODES_RENEWED,
    }
)
_WELCOME_AT_PROVIDER = "staff_welcome_at_provider"
STAFF_KINDS = frozenset(
    {*LETTERS.values(), LetterKind.STAFF_PASSWORD_CHANGED, LetterKind.STAFF_WEBHOOK_DISABLED, *_FACTOR_KINDS}
)


async def staff_letter(letter: Letter, organization: OrganizationView, services: Services) -> Composed | None:
    """The letter; None if its token is closed or has expired, or the member was disabled."""
    token = await StaffToken.get(id=letter.staff_token_id) if letter.staff_token_id else None
    member = await StaffMember.get(id=token.staff_member_id if token else letter.staff_member_id)
    if member.state is StaffState.DISABLED:
        return None
    if token is None:
        page = "account" if letter.kind in _FACTOR_KINDS else "forgot"
        if letter.kind is LetterKind.STAFF_WEBHOOK_DISABLED:
            page = "webhooks"
        link = f"{services.addresses.api_url}/staff/#/{page}"
        return Composed(_text(letter.kind.value, organization, link, ""))
    if token.closed_at or token.expires_at <= services.clock.now():
        return None
    secret = letter_token(letter, services)
    if not await StaffToken.filter(id=token.id, closed_at=None).update(token_hash=hash_token(secret)):
        return None  # a concurrent request has closed it
    language = letter_language(organization.languages[0])
    until = format_instant(token.expires_at, organization.time_zone, language)
    # Whose password would sign nobody in joins at the practice's provider, by the same link.
    chooses_password = organization.password_sign_in or member.break_glass
    at_provider = token.purpose is StaffTokenPurpose.WELCOME and not chooses_password
    section = _WELCOME_AT_PROVIDER if at_provider else letter.kind.value
    return Composed(_text(section, organization, password_link(token.purpose, secret, services.addresses), until))


def _text(section: str, organization: OrganizationView, link: str, until: str) -> LetterText:
    """The letter's text, in the practice's first language. The section of the wording mostly bears the kind's name."""
    language = letter_language(organization.languages[0])
    facts = {"sender": organization.name, "until": until}
    says = {name: text.format_map(facts) for name, text in wording(language)[section].items()}
    return LetterText(
        language=language,
        sender=organization.name,
        subject=says["subject"],
        heading=says["heading"],
        before=(says["opening"], says["ask"]),
        link=link,
        button=says["button"],
        after=tuple(says[name] for name in ("until",) if says.get(name)),
        small=tuple(line for line in (says["why"], says["not_you"]) if line),
        address_lines=(organization.name, *organization.address_lines),
        theme=theme_for(organization.brand_colour),
    )
