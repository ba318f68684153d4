"""Decides whether a staff member counts as the second person of a transfer or a merge (product §6, decision 0052)."""

import json
from datetime import datetime
from typing import Protocol
from uuid import UUID

from clinic.factors.person import kinds_of, person_of
from clinic.organizations.models import Organization
from clinic.portal_access.errors import SecondPersonNeeded, WhyNotSecond
from clinic.staff.models import StaffMember, permissions_from_text
from clinic.values.callers import Permission, StaffCaller
from clinic.work.models import AuditEvent

# What a staff member needs to approve a transfer. The two others are worth nothing without VIEW_CONTACTS.
NEEDED_TO_DECIDE = (Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS, Permission.VIEW_CONTACTS)

_CREATED = ("staff_member.invited", "staff_member.created")
# These have the permissions before and after in their details.
_GRANTED = ("staff_member.permissions_set", "staff_member.recovered")


class AskedFor(Protocol):
    """What one staff member asks for and another decides."""

    asked_by_id: UUID
    asked_at: datetime


async def require_second_person(caller: StaffCaller, asked: AskedFor) -> None:
    """Raise `SecondPersonNeeded` unless the caller is independent of the member who asked.

    Their account is older than the request, the requester neither created it nor granted a permission that approving
    needs, and they have a second factor if the organization requires one. What a program asked for is never approved.
    Five statements.
    """
    if await StaffMember.exists(id=asked.asked_by_id, machine=True):
        raise SecondPersonNeeded(WhyNotSecond.REQUESTED_BY_PROGRAM)
    member = await StaffMember.get(id=caller.staff_member_id)
    if member.created_at > asked.asked_at:
        raise SecondPersonNeeded(WhyNotSecond.ACCOUNT_TOO_NEW)
    events = AuditEvent.filter(organization_id=caller.organization_id, subject_id=member.id)
    history = await events.filter(action__in=[*_CREATED, *_GRANTED]).order_by("sequence")
    if any(event.action in _CREATED and event.actor_id == asked.asked_by_id for event in history):
        raise SecondPersonNeeded(WhyNotSecond.CREATED_BY_REQUESTER)
    if asked.asked_by_id in _granters(history):
        raise SecondPersonNeeded(WhyNotSecond.PERMISSION_FROM_REQUESTER)
    organization = await Organization.get(id=caller.organization_id)
    if organization.require_staff_second_factor and not await kinds_of(person_of(caller)):
        raise SecondPersonNeeded(WhyNotSecond.NO_SECOND_FACTOR)


def _granters(history: list[AuditEvent]) -> set[UUID | None]:
    """Who granted the permissions that approving needs and that the member has now; oldest event first."""
    granted_by: dict[Permission, UUID | None] = {}
    for event in history:
        if event.action not in _GRANTED:
            continue
        details = json.loads(event.details)
        new = permissions_from_text(details["after"]) - permissions_from_text(details["before"])
        granted_by.update({permission: event.actor_id for permission in NEEDED_TO_DECIDE if permission in new})
    return set(granted_by.values())
