"""Staff open the ways again that guesses have closed for a contact's person (decision 0036)."""

from uuid import UUID

from clinic.portal_access.throttles import watched_for
from clinic.records.access import contact_for_change
from clinic.records.models import Contact
from clinic.throttling.closed import closed_throttles, open_again
from clinic.throttling.throttle import LIFTS_PER_PERSON, count_attempt
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.ports import Services
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def lift_portal_throttle(
    caller: StaffCaller | SystemCaller, contact_id: UUID | None, services: Services
) -> Contact:
    """Forget the guesses about a contact's person; needs WEB_PORTAL. Nothing changes where no way is closed.

    At most three times a day for each contact, so that nobody talks staff into endless guesses. Raises `NotPermitted`,
    `NotFound`, `TooManyAttempts`.
    """
    async with unit_of_work(caller, services) as work:
        contact = await contact_for_change(caller, contact_id, Permission.WEB_PORTAL)
        [watched] = (await watched_for(caller.organization_id, [contact.id], work.now)).values()
        [closed] = (await closed_throttles({contact.id: watched}, work.now)).values()
        if closed:
            # Counted here, since the lock lets one lift follow the other, and a refused one changes nothing anyway.
            await count_attempt(LIFTS_PER_PERSON, f"contact {contact.id}", services.clock)
            await open_again(watched)
            work.audit("portal_throttle.lifted", contact, ways=" ".join(each.way for each in closed))
    return contact
