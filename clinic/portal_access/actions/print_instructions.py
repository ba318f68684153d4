"""Prints the instruction sheet. It brings the PIN to the person on another channel than the invitation's link."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from clinic.portal_access.models import PrintedSheet
from clinic.records.access import contact_for_change
from clinic.values.callers import Permission, StaffCaller
from clinic.values.ports import Services
from clinic.values.tokens import hash_token
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

# Long enough to open and print the sheet; short, so that the address in a browser's history is soon useless.
SHEET_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True)
class PrintedInstructions:
    """The contact of the sheet, and the short-lived address of the PDF."""

    contact_id: UUID
    url: str = field(repr=False)


@retry_on_conflict
async def print_instructions(
    caller: StaffCaller, contact_id: UUID | None, services: Services, *, request_key: IdempotencyKey | None = None
) -> PrintedInstructions:
    """Create an address for the contact's instruction sheet; needs WEB_PORTAL. Each print is audited.

    The address ends after ten minutes, or with the caller's session. The PDF is not stored; it is rendered when the
    address is opened. Raises `NotFound`, `NotPermitted`.
    """
    async with unit_of_work(caller, services, request_key=request_key) as work:
        contact = await contact_for_change(caller, contact_id, Permission.WEB_PORTAL)
        sheet_id = work.earlier_result or uuid4()
        token = services.secrets.derive_token("printed_sheet", str(sheet_id))
        answer = PrintedInstructions(contact.id, f"{services.addresses.api_url}/files/{token}")
        if work.earlier_result:
            return answer
        await PrintedSheet.create(
            id=sheet_id,
            organization_id=contact.organization_id,
            contact_id=contact.id,
            printed_by_id=caller.staff_member_id,
            session_id=caller.session_id,
            token_hash=hash_token(token),
            printed_at=work.now,
            expires_at=work.now + SHEET_LIFETIME,
        )
        work.result_id = sheet_id
        work.audit("portal_instructions.printed", contact)
    return answer
