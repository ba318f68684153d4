"""Keeps an edit from overwriting what somebody else changed after the editor's screen was drawn (decision 0042).

Contacts, relationships, episodes and appointments have a version. Each change adds one to it and is one audit event,
which names the new version and the changed fields. An edit may say which version it saw. The actions call these
functions with the record's row locked, so of two edits of the same version one is refused.
"""

import json
from collections.abc import Mapping
from typing import TypeVar
from uuid import UUID

from clinic.records.errors import ChangedMeanwhile, ChangeMade
from clinic.records.models import Appointment, Contact, Episode, Relationship
from clinic.staff.models import StaffMember
from clinic.work.models import AuditEvent
from clinic.work.unit_of_work import Work

Versioned = TypeVar("Versioned", Contact, Relationship, Episode, Appointment)

# A refusal names the latest changes only.
MOST_CHANGES_NAMED = 20


async def check_version(record: Versioned, seen: int | None) -> None:
    """Raise `ChangedMeanwhile` if the locked record is not at the version that the caller saw. None checks nothing."""
    if seen is not None and seen != record.version:
        raise ChangedMeanwhile(type(record).__name__, record.id, record.version, await _changes_after(record, seen))


async def save_change(record: Versioned, action: str, changed: Mapping[str, object], work: Work, **ids: UUID) -> None:
    """Save the locked record as its next version, with the audit event.

    `changed` has the old value by the name of each changed column. Values that are ids, codes or times go into the
    audit, old and new; of any other field only the name does, because the audit holds no personal data.
    """
    record.version += 1
    await record.save()
    details = {"version": record.version, "changed": " ".join(changed), **_values(record, changed), **ids}
    work.audit(action, record, reason="", **details)


def _values(record: Contact | Relationship | Episode | Appointment, changed: Mapping[str, object]) -> dict[str, object]:
    noted: dict[str, object] = {}
    for name in [name for name in changed if name in _NOTED]:
        noted[f"{name}_before"], noted[name] = _text(changed[name]), _text(getattr(record, name))
    return noted


# Columns whose values are no personal data.
_NOTED = frozenset(
    {
        "starts_at",
        "ends_at",
        "facility_id",
        "staff_member_id",
        "cancelled_at",
        "ended_at",
        "archived_at",
        "portal_access",
        "ends_on",
    }
)


def _text(value: object) -> object:
    return "--" if value is None else value


async def _changes_after(record: Contact | Relationship | Episode | Appointment, seen: int) -> list[ChangeMade]:
    """The changes after a version, newest first."""
    events = AuditEvent.filter(
        organization_id=record.organization_id, subject_id=record.id, details__contains='"version":'
    ).order_by("-sequence")
    found = []
    for event in await events.limit(MOST_CHANGES_NAMED):
        details = json.loads(event.details)
        if "changed" in details and int(details["version"]) > seen:
            found.append((event, tuple(details["changed"].split())))
    ids = {event.actor_id for event, _ in found if event.actor_kind == "staff"}
    members = await StaffMember.filter(id__in=ids) if ids else []
    names: dict[UUID | None, str] = {member.id: member.name for member in members}
    return [
        ChangeMade(event.at, names.get(event.actor_id) or event.actor_name or event.actor_kind, fields)
        for event, fields in found
    ]
