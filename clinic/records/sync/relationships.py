"""Makes a relationship as another system says, by the same rules as by hand."""

from uuid import UUID

from clinic.records.access import contact_for_change, relationship_for_change
from clinic.records.actions.relationships import add_relationship, change_relationship, require_right_to_open
from clinic.records.external_ids import record_called
from clinic.records.models import ExternalId, ExternalIdKind, Relationship
from clinic.records.sync.contacts import name_record
from clinic.records.sync.known import Known
from clinic.records.sync.records import LeftOut, SyncOutcome, SyncRelationship
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput
from clinic.values.limits import LONGEST_RELATIONSHIP
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.work.unit_of_work import Work

_CONTACT, _RELATIONSHIP = ExternalIdKind.CONTACT, ExternalIdKind.RELATIONSHIP


def is_so(given: SyncRelationship, present: Relationship, known: Known) -> bool:
    """Whether the relationship is on record as given."""
    return (
        known.id_of(_CONTACT, given.client) == present.client_id
        and known.id_of(_CONTACT, given.relative) == present.relative_id
        and _kind(given) == present.kind
        and given.portal_access in (None, present.portal_access)
        and (isinstance(given.ends_on, LeftOut) or given.ends_on == present.ends_on)
    )


async def sync_relationship(
    caller: StaffCaller | SystemCaller, given: SyncRelationship, known: Known, work: Work
) -> tuple[SyncOutcome, UUID]:
    """Make the relationship so, in an action's transaction. Raises `NotPermitted`, `NotFound`, `InvalidInput`.

    If the two are related already and the other system has no number for that, it is that relationship.
    """
    kind = _kind(given)
    client_id = known.needed(_CONTACT, given.client, "client")
    relative_id = known.needed(_CONTACT, given.relative, "relative")
    called = await record_called(caller.organization_id, _RELATIONSHIP, given.external_id)
    adopted = False
    if called is None:
        client = await contact_for_change(caller, client_id, Permission.MANAGE_CONTACTS, field="client")
        relative = await contact_for_change(caller, relative_id, Permission.MANAGE_CONTACTS, field="relative")
        there = await Relationship.get_or_none(
            organization_id=caller.organization_id, client_id=client.id, relative_id=relative.id
        )
        if there is None:
            if given.portal_access:
                require_right_to_open(caller)
            ends_on = None if isinstance(given.ends_on, LeftOut) else given.ends_on
            made = await add_relationship(
                client, relative, kind, work, portal_access=bool(given.portal_access), ends_on=ends_on
            )
            await name_record(_RELATIONSHIP, given.external_id, caller.organization_id, relationship_id=made.id)
            return SyncOutcome.CREATED, made.id
        if await ExternalId.exists(
            organization_id=caller.organization_id, relationship_id=there.id, system=given.external_id.system
        ):
            raise InvalidInput.one("externalId", Problem.RELATED_ALREADY)
        await name_record(_RELATIONSHIP, given.external_id, caller.organization_id, relationship_id=there.id)
        work.audit("external_ids.set", there, count=1)
        called, adopted = there.id, True
    relationship = await relationship_for_change(caller, called)
    if (relationship.client_id, relationship.relative_id) != (client_id, relative_id):
        raise InvalidInput.one("externalId", Problem.OTHER_PEOPLE)
    changed = await change_relationship(
        caller,
        relationship,
        work,
        kind=kind,
        portal_access=relationship.portal_access if given.portal_access is None else given.portal_access,
        ends_on=relationship.ends_on if isinstance(given.ends_on, LeftOut) else given.ends_on,
    )
    return (SyncOutcome.CHANGED if changed or adopted else SyncOutcome.UNCHANGED), relationship.id


def _kind(given: SyncRelationship) -> str:
    problems = Problems()
    kind = problems.line("kind", given.kind, longest=LONGEST_RELATIONSHIP)
    problems.raise_if_any()
    return kind
