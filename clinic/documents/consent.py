"""The consent to sign electronically: its text, the version of the text, and whether a person's consent is in force."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from uuid import UUID

from clinic.documents.models import SigningConsent

# Change it with every change of the text. People who consented to another text are asked again (ESIGN §101(c)).
CONSENT_VERSION = "2026-11"
LANGUAGES = ("en", "es")


@dataclass(frozen=True)
class ConsentOffer:
    """The text to which a person is asked to consent. `given`: their consent to this version is in force."""

    version: str
    language: str
    text: str
    given: bool


@cache
def wording(language: str) -> dict[str, dict[str, str]]:
    """The texts about signing in one language."""
    return tomllib.loads(files("clinic.documents").joinpath("wording", f"{language}.toml").read_text("utf-8"))


def closest_language(language: str) -> str:
    """The primary language of the tag if we have texts in it, else the default."""
    base = language.partition("-")[0]
    return base if base in LANGUAGES else LANGUAGES[0]


def consent_text(organization_name: str, language: str) -> str:
    """The text of the consent, with the organization's name."""
    return wording(closest_language(language))["consent"]["text"].format(organization=organization_name)


async def live_consent(account_id: UUID) -> SigningConsent | None:
    """The consent that is not withdrawn, of any version."""
    return await SigningConsent.get_or_none(account_id=account_id, withdrawn_at=None)


async def consent_offer(account_id: UUID, organization_name: str, language: str) -> ConsentOffer:
    """The consent text to show before signing."""
    given = await live_consent(account_id)
    return ConsentOffer(
        version=CONSENT_VERSION,
        language=closest_language(language),
        text=consent_text(organization_name, language),
        given=given is not None and given.version == CONSENT_VERSION,
    )
