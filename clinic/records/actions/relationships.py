"""Adds and changes relationships between contacts, and decides whether a relative has portal access."""

from datetime import date
from uuid import UUID

from clinic.records.access import contact_for_change, relationship_for_change
from clinic.records.models import Contact, Relationship
from clinic.records.versions import check_version, save_change
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput
from clinic.values.limits import LONGEST_RELATIONSHIP
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work


@retry_on_conflict
async def create_relationship(
    caller: StaffCaller | SystemCaller,
    client_id: UUID | None,
    relative_id: UUID | None,
    kind: str,
    services: Services,
    *,
    portal_access: bool = False,
    ends_on: date | None = None,
    request_key: IdempotencyKey | None = None,
) -> Relationship:
    """Add a relationship between a client and a relative; needs MANAGE_CONTACTS, and WEB_PORTAL to give portal access.

    Portal access is off by default. If exactly this relationship exists, it is returned. If the two have another one,
    raises `InvalidInput`. Raises `NotFound`.
    """
    problems = Problems()
    kind = problems.line("kind", kind, longest=LONGEST_RELATIONSHIP)
    problems.raise_if_any()
    async with unit_of_work(caller, services, request_key=request_key) as work:
        client = await contact_for_change(caller, client_id, Permission.MANAGE_CONTACTS, field="clientId")
        if portal_access:
            require_right_to_open(caller)
        if work.earlier_result:
            return await Relationship.get(id=work.earlier_result)
        relative = await contact_for_change(caller, relative_id, Permission.MANAGE_CONTACTS, field="relativeId")
        there = await Relationship.get_or_none(client_id=client.id, relative_id=relative.id)
        if there is not None:
            if (there.kind, there.portal_access, there.ends_on) != (kind, portal_access, ends_on):
                raise InvalidInput.one("relativeId", Problem.RELATED_ALREADY)
            work.result_id = there.id
            return there
        relationship = await add_relationship(
            client, relative, kind, work, portal_access=portal_access, ends_on=ends_on
        )
        work.result_id = relationship.id
    return relationship


async def add_relationship(
    client: Contact, relative: Contact, kind: str, work: Work, *, portal_access: bool, ends_on: date | None
) -> Relationship:
    """Store a new relationship of two locked contacts, in an action's transaction. Raises `InvalidInput`."""
    if client.id == relative.id:
        raise InvalidInput.one("relativeId", Problem.OWN_RELATIVE)
    relationship = await Relationship.create(
        organization_id=client.organization_id,
        client_id=client.id,
        relative_id=relative.id,
        kind=kind,
        portal_access=portal_access,
        portal_access_since=work.now if portal_access else None,
        ends_on=ends_on,
    )
    work.audit("relationship.created", relationship, portal_access=portal_access)
    return relationship


@retry_on_conflict
async def update_relationship(
    caller: StaffCaller | SystemCaller,
    relationship_id: UUID | None,
    services: Services,
    *,
    kind: str | None = None,
    portal_access: bool | None = None,
    ends_on: date | None = None,
    clear_ends_on: bool = False,
    version: int | None = None,
) -> Relationship:
    """Change a relationship; needs MANAGE_CONTACTS, and WEB_PORTAL to give portal access or to prolong it.

    None leaves a field as it is. Raises `NotFound`, `InvalidInput`, `ChangedMeanwhile`.
    """
    problems = Problems()
    if kind is not None:
        kind = problems.line("kind", kind, longest=LONGEST_RELATIONSHIP)
    problems.raise_if_any()
    async with unit_of_work(caller, services) as work:
        relationship = await relationship_for_change(caller, relationship_id)
        await change_relationship(
            caller,
            relationship,
            work,
            kind=kind if kind is not None else relationship.kind,
            portal_access=portal_access if portal_access is not None else relationship.portal_access,
            ends_on=None if clear_ends_on else (ends_on or relationship.ends_on),
            version=version,
        )
    return relationship


async def change_relationship(
    caller: StaffCaller | SystemCaller,
    relationship: Relationship,
    work: Work,
    *,
    kind: str,
    portal_access: bool,
    ends_on: date | None,
    version: int | None = None,
) -> bool:
    """Make the locked relationship so, in an action's transaction. Returns whether anything changed.

    Raises `NotPermitted`, `ChangedMeanwhile`.
    """
    before = _fields(relationship)
    had_access, ended_on = relationship.portal_access, relationship.ends_on
    if portal_access and not had_access:
        relationship.portal_access_since = work.now
    relationship.update_from_dict({"kind": kind, "portal_access": portal_access, "ends_on": ends_on})
    if _opens_more((had_access, ended_on), relationship):
        require_right_to_open(caller)
    changed = {name: was for name, was in before.items() if was != getattr(relationship, name)}
    if changed:
        await check_version(relationship, version)
        await save_change(relationship, "relationship.updated", changed, work)
    return bool(changed)


def _fields(relationship: Relationship) -> dict[str, object]:
    return {name: getattr(relationship, name) for name in ("kind", "portal_access", "ends_on")}


def require_right_to_open(caller: StaffCaller | SystemCaller) -> None:
    """Portal access opens the client's documents to the relative, as sharing does, so it needs the same permission."""
    if isinstance(caller, StaffCaller):
        caller.require(Permission.WEB_PORTAL)


def _opens_more(before: tuple[bool, date | None], after: Relationship) -> bool:
    """Whether the relative gets portal access, or keeps it longer, than before. No end date means for ever."""
    had_access, ended_on = before
    longer = ended_on is not None and (after.ends_on is None or after.ends_on > ended_on)
    return after.portal_access and (longer or not had_access)
