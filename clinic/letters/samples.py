"""A sample of an invitation, sent to the staff member who looks at it. Its link opens nothing, and it names nobody.

A mailbox of the practice is no place to learn who is a patient, so the sample is addressed to a made-up person.
"""

import json
from uuid import UUID

from clinic.mail.models import LetterKind
from clinic.mail.outbox import queue_staff_member_letter
from clinic.organizations.models import Organization
from clinic.portal_access.actions.invite import invitation_sender
from clinic.portal_access.models import LetterSender
from clinic.records.access import contact_for_change
from clinic.staff.models import StaffMember
from clinic.throttling.throttle import SAMPLES_PER_STAFF, count_attempt
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import NotPermitted
from clinic.values.ports import Services
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def send_invitation_sample(
    caller: StaffCaller,
    contact_id: UUID | None,
    sender: LetterSender,
    services: Services,
    *,
    request_key: IdempotencyKey | None = None,
) -> str:
    """Queue the sample to the caller's own address, and answer that address; needs WEB_PORTAL. It is audited.

    It has the language, the facility and the name that the contact's invitation would have now. Raises
    `TooManyAttempts`, `NotFound`, `NotPermitted`, also for a program, which has no mailbox.
    """
    async with unit_of_work(caller, services, request_key=request_key) as work:
        contact = await contact_for_change(caller, contact_id, Permission.WEB_PORTAL)
        if caller.program_id:
            raise NotPermitted(Permission.WEB_PORTAL.value)
        member = await StaffMember.get(id=caller.staff_member_id)
        if work.earlier_result:
            return member.email
        # Inside the transaction on purpose, as for an invitation that is sent again: it protects a mailbox.
        await count_attempt(SAMPLES_PER_STAFF, str(member.id), services.clock)
        organization = await Organization.get(id=contact.organization_id)
        _, facility_id = await invitation_sender(organization, contact, sender, work.now)
        letter = await queue_staff_member_letter(LetterKind.STAFF_INVITATION_SAMPLE, member, work.now, services)
        language = organization.closest_language(contact.language)
        letter.sample = json.dumps([sender.value, language, str(facility_id) if facility_id else None])
        await letter.save(update_fields=["sample"])
        work.result_id = letter.id
        work.audit("invitation.sample_sent", contact, sender=sender.value)
    return member.email
