"""Sets the language of a person's pages, letters and errors."""

from clinic.organizations.models import Organization
from clinic.portal_access.models import PortalAccount
from clinic.values.callers import PatientCaller
from clinic.values.errors import InvalidInput
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.work.unit_of_work import unit_of_work


async def set_language(caller: PatientCaller, language: str, services: Services) -> PortalAccount:
    """Store the language for pages and letters. Raises `InvalidInput` if the practice does not offer it."""
    async with unit_of_work(caller, services) as work:
        organization = await Organization.get(id=caller.organization_id)
        if language not in organization.language_tags:
            raise InvalidInput.one(
                "language", Problem.LANGUAGE_NOT_OFFERED, offered=", ".join(organization.language_tags)
            )
        account = await PortalAccount.filter(id=caller.account_id).select_for_update().get()
        if account.language != language:
            account.language = language
            await account.save(update_fields=["language"])
            work.audit("portal_account.language_set", account, language=language)
    return account
