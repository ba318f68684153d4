"""Merges two records of one person: one staff member asks, a second one decides (decision 0070).

Nothing is lost: what hangs on the duplicate moves to the record that is kept, and the duplicate stays as a pointer.
"""

from uuid import UUID

from clinic.charts.errors import MergeBlocked
from clinic.charts.merging import move_record, obstacle
from clinic.portal_access.errors import AlreadyDecided, NotYourRequest, SecondPersonNeeded, WhyNotSecond
from clinic.portal_access.linking import replace_pin
from clinic.portal_access.second_person import NEEDED_TO_DECIDE, require_second_person
from clinic.records.models import Contact, ContactMerge
from clinic.records.versions import save_change
from clinic.values.callers import StaffCaller
from clinic.values.errors import NotFound
from clinic.values.limits import LONGEST_REASON
from clinic.values.ports import Services
from clinic.values.text import Problems
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work


@retry_on_conflict
async def request_merge(
    caller: StaffCaller,
    kept_id: UUID | None,
    duplicate_id: UUID | None,
    reason: str,
    services: Services,
    *,
    request_key: IdempotencyKey | None = None,
) -> ContactMerge:
    """Request that the record `duplicate_id` be merged into `kept_id`; needs MANAGE_CONTACTS and WEB_PORTAL.

    If the same request is open already, it is returned. One for another record to keep is replaced. Raises
    `MergeBlocked`, `InvalidInput`, `NotFound`, and `SecondPersonNeeded` for a program.
    """
    _require(caller)
    if caller.program_id:
        raise SecondPersonNeeded(WhyNotSecond.IS_PROGRAM)
    problems = Problems()
    reason = problems.line("reason", reason, longest=LONGEST_REASON)
    problems.raise_if_any()
    async with unit_of_work(caller, services, request_key=request_key) as work:
        kept, duplicate = await _both(caller, kept_id, duplicate_id)
        if work.earlier_result:
            return await ContactMerge.get(id=work.earlier_result)
        await _require_no_obstacle(kept, duplicate)
        waiting = await ContactMerge.get_or_none(duplicate_id=duplicate.id, decided_at=None)
        if waiting is not None and waiting.kept_id == kept.id:
            work.result_id = waiting.id
            return waiting
        if waiting is not None:
            await _close(waiting, work, "dropped")
        merge = await ContactMerge.create(
            organization_id=caller.organization_id,
            kept_id=kept.id,
            duplicate_id=duplicate.id,
            reason=reason,
            asked_by_id=caller.staff_member_id,
            asked_at=work.now,
        )
        work.result_id = merge.id
        work.audit("contact_merge.requested", merge, reason=reason, contact_id=kept.id, merged_id=duplicate.id)
        work.concerns(kept.id, duplicate.id)
    return merge


@retry_on_conflict
async def approve_merge(caller: StaffCaller, merge_id: UUID | None, services: Services) -> ContactMerge:
    """Merge the two records; needs WEB_PORTAL and MANAGE_CONTACTS, and a second staff member.

    In one transaction: all that hangs on the duplicate moves, the duplicate is archived and leads to the other record,
    its PIN and printed sheets end. If its account moves, the person must confirm their identity at the next visit.
    Raises `MergeBlocked`, `SecondPersonNeeded`, `AlreadyDecided`, `NotFound`, `FreshSignInNeeded`.
    """
    async with unit_of_work(caller, services) as work:
        merge = await _to_decide(caller, merge_id)
        await require_fresh(caller, work.now)
        await require_second_person(caller, merge)
        kept, duplicate = await _both(caller, merge.kept_id, merge.duplicate_id)
        # A decision that was committed while this one waited for the locks.
        if await ContactMerge.filter(id=merge.id, decided_at__not_isnull=True).exists():
            raise AlreadyDecided
        await _require_no_obstacle(kept, duplicate)
        await _close(merge, work, "approved", decided_by_id=caller.staff_member_id, approved=True)
        duplicate.archived_at, duplicate.merged_into_id, duplicate.updated_at = work.now, kept.id, work.now
        await replace_pin(duplicate, work, services)
        await save_change(duplicate, "contact.merged_into", {"archived_at": None}, work, into=kept.id)
        before = {name: getattr(kept, name, None) for name in await move_record(kept, duplicate, work)}
        kept.updated_at = work.now
        await save_change(kept, "contact.merged_from", before, work, merged_id=duplicate.id)
        await _drop_others(duplicate, work)
    return merge


@retry_on_conflict
async def decline_merge(caller: StaffCaller, merge_id: UUID | None, services: Services) -> ContactMerge:
    """Leave both records as they are; needs the same permissions as approving it, and a second staff member.

    Raises `SecondPersonNeeded`, `AlreadyDecided`, `NotFound`.
    """
    async with unit_of_work(caller, services) as work:
        merge = await _to_decide(caller, merge_id)
        await _close(merge, work, "declined", decided_by_id=caller.staff_member_id, approved=False)
    return merge


@retry_on_conflict
async def withdraw_merge(caller: StaffCaller, merge_id: UUID | None, services: Services) -> ContactMerge:
    """Withdraw the request; for the member who asked for it. If it is withdrawn already, it is returned.

    Raises `NotYourRequest`, `AlreadyDecided`, `NotFound`.
    """
    _require(caller)
    async with unit_of_work(caller, services) as work:
        found = await _found(caller, merge_id)
        # Locked, so that a second withdrawal at the same time finds the first one.
        merge = await ContactMerge.filter(id=found.id).select_for_update().get()
        if merge.asked_by_id != caller.staff_member_id or caller.program_id:
            raise NotYourRequest
        if merge.withdrawn_at:
            return merge
        await _close(merge, work, "withdrawn")
    return merge


def _require(caller: StaffCaller) -> None:
    """A merge opens documents and may move an account, so it needs the permissions of both."""
    for permission in NEEDED_TO_DECIDE:
        caller.require(permission)


async def _both(caller: StaffCaller, kept_id: UUID | None, duplicate_id: UUID | None) -> tuple[Contact, Contact]:
    """Both contacts, locked in the order of their ids, so that two merges can't deadlock. Raises `NotFound`."""
    own = Contact.filter(
        organization_id=caller.organization_id, id__in=[each for each in (kept_id, duplicate_id) if each]
    )
    found: dict[UUID | None, Contact] = {each.id: each for each in await own.order_by("id").select_for_update()}
    for key, name in ((kept_id, "keptId"), (duplicate_id, "duplicateId")):
        if key not in found:
            raise NotFound(name)
    return found[kept_id], found[duplicate_id]


async def _require_no_obstacle(kept: Contact, duplicate: Contact) -> None:
    if found := await obstacle(kept, duplicate):
        raise MergeBlocked(found)


async def _found(caller: StaffCaller, merge_id: UUID | None) -> ContactMerge:
    merge = await ContactMerge.get_or_none(organization_id=caller.organization_id, id=merge_id)
    if merge is None or merge_id is None:
        raise NotFound("mergeId")
    return merge


async def _to_decide(caller: StaffCaller, merge_id: UUID | None) -> ContactMerge:
    _require(caller)
    merge = await _found(caller, merge_id)
    if merge.asked_by_id == caller.staff_member_id:
        raise SecondPersonNeeded(WhyNotSecond.REQUESTED_IT)
    if caller.program_id:
        raise SecondPersonNeeded(WhyNotSecond.IS_PROGRAM)
    if merge.decided_at is not None:
        raise AlreadyDecided
    return merge


async def _drop_others(duplicate: Contact, work: Work) -> None:
    """Close requests that name the duplicate as the record to keep."""
    for other in await ContactMerge.filter(kept_id=duplicate.id, decided_at=None):
        await _close(other, work, "dropped")


async def _close(merge: ContactMerge, work: Work, how: str, **decision: object) -> None:
    """Close the request. Of several members who do it at once, one succeeds; the others raise `AlreadyDecided`."""
    closed = {"decided_at": work.now, **decision}
    if not await ContactMerge.filter(id=merge.id, decided_at=None).update(**closed):
        raise AlreadyDecided
    merge.update_from_dict(closed)
    ids = {"contact_id": merge.kept_id, "merged_id": merge.duplicate_id}
    work.audit(f"contact_merge.{how}", merge, reason=merge.reason, **ids)
    work.concerns(merge.kept_id, merge.duplicate_id)
