"""Agreeing to sign electronically, and taking the agreement back."""

from clinic.documents.consent import CONSENT_VERSION, consent_text, live_consent, spoken
from clinic.documents.models import SigningConsent
from clinic.organizations.models import Organization
from clinic.portal_access.models import PortalAccount
from clinic.values.callers import PatientCaller
from clinic.values.errors import InvalidInput
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work


async def agree(caller: PatientCaller, version: str, language: str, work: Work) -> SigningConsent:
    """Record the agreement to the words that were shown, inside a signature's transaction; once is enough.

    `version` is empty where none were shown, because an agreement stood: then one must stand still. `language` is that
    of the words. Raises `InvalidInput` where that is not so, or where other words than today's were shown.
    """
    if version not in ("", CONSENT_VERSION):
        raise InvalidInput.one("consentVersion", Problem.CONSENT_CHANGED)
    standing = await live_consent(caller.account_id)
    if standing is not None and standing.version == CONSENT_VERSION:
        return standing
    if not version:
        raise InvalidInput.one("consentVersion", Problem.CONSENT_MISSING)
    if standing is not None:
        await SigningConsent.filter(id=standing.id).update(withdrawn_at=work.now)
    organization = await Organization.get(id=caller.organization_id)
    consent = await SigningConsent.create(
        organization_id=caller.organization_id,
        account_id=caller.account_id,
        version=version,
        language=spoken(language),
        text=consent_text(organization.name, language),
        given_at=work.now,
        address=caller.origin.address or "",
        agent=(caller.origin.agent or "")[:300],
    )
    work.audit("signing_consent.given", consent, version=version, language=consent.language)
    return consent


@retry_on_conflict
async def withdraw_consent(caller: PatientCaller, services: Services, *, version: str | None = None) -> None:
    """Take the agreement back; what was signed stays signed. Twice is once. (ESIGN §101(c)(1)(B))

    Raises `InvalidInput` where a `version` is meant and an agreement to other words stands.
    """
    async with unit_of_work(caller, services) as work:
        await PortalAccount.filter(id=caller.account_id).select_for_update().get()
        standing = await live_consent(caller.account_id)
        if standing is not None and version not in (None, standing.version):
            raise InvalidInput.one("consentVersion", Problem.OTHER_CONSENT)
        if standing is not None:
            await SigningConsent.filter(id=standing.id).update(withdrawn_at=work.now)
            work.audit("signing_consent.withdrawn", standing, version=standing.version)
