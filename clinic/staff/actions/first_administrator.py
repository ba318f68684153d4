"""Adds the first administrator of a practice, who can pass on every permission: for the command line's first run."""

from clinic.mail.outbox import queue_staff_token_letter
from clinic.staff.access import lock_staff_of
from clinic.staff.actions.recover import PrintedLink
from clinic.staff.models import StaffMember, StaffTokenPurpose, permissions_as_text
from clinic.staff.tokens import LETTERS, letter_token, open_token, password_link
from clinic.values.callers import Permission, SystemCaller
from clinic.values.ports import Services
from clinic.values.text import Problems, normal_email
from clinic.values.tokens import hash_token
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def create_first_administrator(
    caller: SystemCaller, *, name: str, email: str, services: Services
) -> PrintedLink | None:
    """Add a staff member with every permission, queue their letter, and return the link that the letter will have.

    None, and nothing changes, if the practice has a staff member already. Raises `InvalidInput`.
    """
    problems = Problems()
    name = problems.line("name", name)
    email = problems.email("email", email)
    problems.raise_if_any()
    async with unit_of_work(caller, services) as work:
        await lock_staff_of(caller.organization_id)
        if await StaffMember.exists(organization_id=caller.organization_id, machine=False):
            return None
        member = await StaffMember.create(
            organization_id=caller.organization_id,
            name=name,
            email=email,
            email_normal=normal_email(email),
            password_hash="",
            permissions=permissions_as_text(frozenset(Permission)),
            created_at=work.now,
        )
        purpose = StaffTokenPurpose.WELCOME
        token = await open_token(member, purpose, work)
        letter = await queue_staff_token_letter(LETTERS[purpose], token, work.now, services)
        secret = letter_token(letter, services)
        token.token_hash = hash_token(secret)
        await token.save(update_fields=["token_hash"])
        work.audit("staff_member.invited", member, permissions=member.permissions)
    return PrintedLink(member, password_link(purpose, secret, services.addresses))
