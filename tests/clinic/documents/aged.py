"""Documents that were signed years before the test's clock, which itself is in the past of the database's clock."""

from datetime import timedelta
from typing import Any

from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.models import Document
from clinic.organizations.actions import OrganizationChanges, update_organization
from clinic.portal_access.actions import unlink_account
from clinic.values.callers import Permission
from tests.clinic.documents.signing import Person, paper, person, sign
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice

AGO = timedelta(days=365 * 8 + 10)


async def signed_long_ago(
    practice: Practice, mailbox: Mailbox, clock: FixedClock, given_name: str = "Omar", **more: Any
) -> tuple[Person, Document]:
    """A person whose account has ended, and a document that they signed more than eight years ago. It is sealed now."""
    clock.advance(-AGO)
    who = await person(practice, mailbox, given_name, **more)
    document = await sign(practice, who, await paper(practice, who.contact, who.contact, words=given_name))
    desk = await practice.staff(Permission.WEB_PORTAL)
    await unlink_account(desk, who.contact.id, "Moved away.", practice.services)
    clock.advance(AGO)
    await complete_due_documents(practice.services, worker_name="w")
    return who, await Document.get(id=document.id)


async def keep_for(practice: Practice, years: int | None) -> None:
    """Set the practice's retention rule."""
    rule = OrganizationChanges(signed_retention_years=years, keep_signed_for_ever=years is None)
    await update_organization(practice.system, rule, practice.services)
