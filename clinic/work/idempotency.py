"""Idempotency keys: the same request again answers what the first one did, and does nothing again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.values.callers import Caller, PatientCaller, StaffCaller
from clinic.values.errors import InvalidInput
from clinic.values.problems import Problem
from clinic.work.models import RequestOnce

# contract.graphql: the same caller, mutation and key within 24 hours.
REMEMBERED_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class IdempotencyKey:
    """One request's key. `body_hash` tells a repetition from another request that reuses the key."""

    mutation: str
    key: str
    body_hash: str


async def claim(request_key: IdempotencyKey, caller: Caller, now: datetime) -> UUID | None:
    """The record an earlier request with this key made, or None after claiming the key for this one.

    Runs inside the action's transaction: a refused action gives the key back, and of two at once the second
    waits on the unique constraint, fails, and is run again (see `unit_of_work`). Raises `InvalidInput` where the key
    was used with another body.
    """
    name = _caller_key(caller)
    await RequestOnce.filter(
        caller=name, mutation=request_key.mutation, key=request_key.key, created_at__lt=now - REMEMBERED_FOR
    ).delete()
    earlier = await RequestOnce.get_or_none(caller=name, mutation=request_key.mutation, key=request_key.key)
    if earlier is None:
        await RequestOnce.create(
            organization_id=caller.organization_id,
            caller=name,
            mutation=request_key.mutation,
            key=request_key.key,
            body_hash=request_key.body_hash,
            created_at=now,
        )
        return None
    if earlier.body_hash != request_key.body_hash:
        raise InvalidInput.one("idempotencyKey", Problem.KEY_USED)
    return earlier.result_id


async def keep_result(request_key: IdempotencyKey, caller: Caller, result_id: UUID) -> None:
    """Remember which record the request made; commits with it."""
    await RequestOnce.filter(caller=_caller_key(caller), mutation=request_key.mutation, key=request_key.key).update(
        result_id=result_id
    )


async def remove_old_keys(now: datetime) -> int:
    """Housekeeping: forget keys past their time. Returns how many."""
    return await RequestOnce.filter(created_at__lt=now - REMEMBERED_FOR).delete()


def _caller_key(caller: Caller) -> str:
    match caller:
        case StaffCaller():
            return f"staff:{caller.staff_member_id}"
        case PatientCaller():
            return f"patient:{caller.account_id}"
        case _:
            return f"organization:{caller.organization_id}"
