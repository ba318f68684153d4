"""The agreement to sign electronically: its words, their version, and whether a person's agreement stands."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from uuid import UUID

from clinic.documents.models import SigningConsent

# Changed whenever the words change; whoever agreed to other words is asked again (ESIGN §101(c)).
CONSENT_VERSION = "2026-11"
LANGUAGES = ("en", "es")


@dataclass(frozen=True)
class ConsentOffer:
    """The words a person is asked to agree to. `given`: they have agreed to this version, and not taken it back."""

    version: str
    language: str
    text: str
    given: bool


@cache
def wording(language: str) -> dict[str, dict[str, str]]:
    """The words of signing in one language."""
    return tomllib.loads(files("clinic.documents").joinpath("wording", f"{language}.toml").read_text("utf-8"))


def spoken(language: str) -> str:
    """The language of ours that is closest."""
    base = language.partition("-")[0]
    return base if base in LANGUAGES else LANGUAGES[0]


def consent_text(organization_name: str, language: str) -> str:
    """The agreement's words."""
    return wording(spoken(language))["consent"]["text"].format(organization=organization_name)


async def live_consent(account_id: UUID) -> SigningConsent | None:
    """The agreement that stands, of whatever version."""
    return await SigningConsent.get_or_none(account_id=account_id, withdrawn_at=None)


async def consent_offer(account_id: UUID, organization_name: str, language: str) -> ConsentOffer:
    """What to show before signing."""
    given = await live_consent(account_id)
    return ConsentOffer(
        version=CONSENT_VERSION,
        language=spoken(language),
        text=consent_text(organization_name, language),
        given=given is not None and given.version == CONSENT_VERSION,
    )
