"""Gives and withdraws the consent to sign electronically."""

from clinic.documents.consent import CONSENT_VERSION, closest_language, consent_text, live_consent
from clinic.documents.models import SigningConsent
from clinic.organizations.models import Organization
from clinic.portal_access.models import PortalAccount
from clinic.values.callers import PatientCaller
from clinic.values.errors import InvalidInput
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work


async def agree(caller: PatientCaller, version: str, language: str, work: Work) -> SigningConsent:
    """Record the consent to the text that was shown, inside the transaction of a signature. One consent is enough.

    `version` is empty if no text was shown because the person had consented before; then that consent must still be in
    force. `language` is the language of the text. Raises `InvalidInput` if there is no such consent, or if another
    version than the current one was shown.
    """
    if version not in ("", CONSENT_VERSION):
        raise InvalidInput.one("consentVersion", Problem.CONSENT_CHANGED)
    in_force = await live_consent(caller.account_id)
    if in_force is not None and in_force.version == CONSENT_VERSION:
        return in_force
    if not version:
        raise InvalidInput.one("consentVersion", Problem.CONSENT_MISSING)
    if in_force is not None:
        await SigningConsent.filter(id=in_force.id).update(withdrawn_at=work.now)
    organization = await Organization.get(id=caller.organization_id)
    consent = await SigningConsent.create(
        organization_id=caller.organization_id,
        account_id=caller.account_id,
        version=version,
        language=closest_language(language),
        text=consent_text(organization.name, language),
        given_at=work.now,
        address=caller.origin.address or "",
        agent=(caller.origin.agent or "")[:300],
    )
    work.audit("signing_consent.given", consent, version=version, language=consent.language)
    return consent


@retry_on_conflict
async def withdraw_consent(caller: PatientCaller, services: Services, *, version: str | None = None) -> None:
    """Withdraw the consent (ESIGN §101(c)(1)(B)). Earlier signatures stay valid. Repeating it changes nothing.

    Raises `InvalidInput` if a `version` is given and the consent in force is to another version.
    """
    async with unit_of_work(caller, services) as work:
        await PortalAccount.filter(id=caller.account_id).select_for_update().get()
        in_force = await live_consent(caller.account_id)
        if in_force is not None and version not in (None, in_force.version):
            raise InvalidInput.one("consentVersion", Problem.OTHER_CONSENT)
        if in_force is not None:
            await SigningConsent.filter(id=in_force.id).update(withdrawn_at=work.now)
            work.audit("signing_consent.withdrawn", in_force, version=in_force.version)
