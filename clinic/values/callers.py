"""The caller of an action. Each kind of caller is a type of its own: no patient can call what takes a `StaffCaller`."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from clinic.values.errors import NotPermitted


class Permission(StrEnum):
    """The permissions of staff members. None is granted by default."""

    WEB_PORTAL = "WEB_PORTAL"
    MANAGE_CONTACTS = "MANAGE_CONTACTS"
    MANAGE_STAFF = "MANAGE_STAFF"
    MANAGE_ORGANIZATION = "MANAGE_ORGANIZATION"
    VIEW_AUDIT = "VIEW_AUDIT"
    VIEW_CONTACTS = "VIEW_CONTACTS"


@dataclass(frozen=True)
class Origin:
    """Where a request came from: network address, user agent and request id, which the audit records.

    `language` is the best match between the request and our languages; the audit does not record it.
    """

    address: str | None = None
    agent: str | None = None
    request_id: str | None = None
    language: str = "en"


@dataclass(frozen=True)
class StaffCaller:
    """A signed-in staff member and their permissions at the time of this request. `time_zone` is the practice's."""

    organization_id: UUID
    staff_member_id: UUID
    session_id: UUID
    permissions: frozenset[Permission]
    origin: Origin = field(default_factory=Origin)
    time_zone: str = "UTC"

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise `NotPermitted` unless the caller holds the permission."""
        if permission not in self.permissions:
            raise NotPermitted(permission.value)


@dataclass(frozen=True)
class PatientCaller:
    """A person who is signed in to one organization's portal."""

    organization_id: UUID
    account_id: UUID
    session_id: UUID
    origin: Origin = field(default_factory=Origin)


@dataclass(frozen=True)
class Anonymous:
    """A caller who is not signed in, at one organization."""

    organization_id: UUID
    origin: Origin = field(default_factory=Origin)


@dataclass(frozen=True)
class SystemCaller:
    """The command line or the worker, acting for an organization; `name` says which command."""

    organization_id: UUID
    name: str
    origin: Origin = field(default_factory=Origin)


Caller = StaffCaller | PatientCaller | Anonymous | SystemCaller
