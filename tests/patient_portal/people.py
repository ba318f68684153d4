"""People at the portal's door: registered alone, linked by staff, connected."""

from clinic.portal_access.actions.link import link_account
from clinic.sessions.actions import open_staff_session
from clinic.staff.models import StaffMember, permissions_as_text
from clinic.values.callers import Permission, StaffCaller
from tests.patient_portal.practice import BORN, EMAIL, PASSWORD, Page, Practice, Visitor

NEW_PASSWORD = "eleven brass lanterns hum"


async def self_register(visitor: Visitor, email: str = EMAIL, password: str = PASSWORD) -> Page:
    """Fill in the form behind "Create an account"."""
    return await visitor.fill("/willow-creek/register", email=email, password=password)


async def verify(visitor: Visitor, practice: Practice, **typed: str) -> Page:
    """Open the newest letter's link in this browser and press the button."""
    return await visitor.fill(await practice.next_link(), **typed)


async def walk_in(visitor: Visitor, practice: Practice, email: str = EMAIL) -> None:
    """Register alone and confirm: signed in, with nothing to see yet."""
    await self_register(visitor, email)
    answer = await verify(visitor, practice)
    assert answer.goes_to == "/willow-creek/documents?welcome=1"


async def connect(visitor: Visitor, practice: Practice, **typed: str) -> Page:
    """Enter PIN and date of birth."""
    proof = {"pin": practice.pin(practice.contact), "date_of_birth": BORN.isoformat(), **typed}
    return await visitor.fill("/willow-creek/connect", **proof)


async def linked_by_staff(practice: Practice) -> None:
    """Staff link the account that bears the contact's address: the person has yet to confirm who they are."""
    await link_account(await staff_member(practice), practice.contact.id, practice.services)


async def staff_member(practice: Practice) -> StaffCaller:
    """Somebody at the front desk."""
    now = practice.clock.now()
    permissions = frozenset({Permission.WEB_PORTAL, Permission.VIEW_CONTACTS})
    member = await StaffMember.create(
        organization_id=practice.organization.id,
        name="Fran Desk",
        email="fran@practice.example",
        email_normal="fran@practice.example",
        password_hash="!",
        permissions=permissions_as_text(permissions),
        created_at=now,
    )
    session = await open_staff_session(practice.organization.id, member.id, practice.caller.origin, now)
    return StaffCaller(practice.organization.id, member.id, session.session_id, permissions)
