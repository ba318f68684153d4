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
    MANAGE_INTEGRATIONS = "MANAGE_INTEGRATIONS"


# What is done to contacts and for them. Without VIEW_CONTACTS these allow nothing.
ABOUT_CONTACTS = frozenset({Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS})


def allows(permissions: frozenset[Permission], permission: Permission) -> bool:
    """Whether a person with these permissions may do what this one is for (product §6: `VIEW_CONTACTS`)."""
    return lacking(permissions, permission) is None


def lacking(permissions: frozenset[Permission], permission: Permission) -> Permission | None:
    """The permission that is missing for what this one is for; None if there is none."""
    if permission not in permissions:
        return permission
    blind = Permission.VIEW_CONTACTS not in permissions
    return Permission.VIEW_CONTACTS if blind and permission in ABOUT_CONTACTS else None


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
    """A signed-in staff member and their permissions at the time of this request. `time_zone` is the practice's.

    Who `must_add_factor` has no permission until they have added a second factor. `program_id` is the staff member of
    the program that acts: its own member, or somebody it acts for (decision 0058). Then `permissions` are those that
    both have.
    """

    organization_id: UUID
    staff_member_id: UUID
    session_id: UUID
    permissions: frozenset[Permission]
    origin: Origin = field(default_factory=Origin)
    time_zone: str = "UTC"
    must_add_factor: bool = False
    program_id: UUID | None = None

    def may(self, permission: Permission) -> bool:
        return allows(self.permissions, permission)

    def require(self, permission: Permission) -> None:
        """Raise `NotPermitted` unless the caller may do what this permission is for."""
        if missing := lacking(self.permissions, permission):
            raise NotPermitted(missing.value)


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
