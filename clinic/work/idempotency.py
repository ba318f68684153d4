"""Idempotency keys: a repeated request returns the result of the first one and changes nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.values.callers import Caller, PatientCaller, StaffCaller
from clinic.values.errors import InvalidInput
from clinic.values.problems import Problem
from clinic.work.models import RequestOnce

# contract.graphql: the same caller, mutation and key within 24 hours.
KEY_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True)
class IdempotencyKey:
    """The key of one request. `body_hash` distinguishes a repeated request from another one that reuses the key."""

    mutation: str
    key: str
    body_hash: str


async def claim(request_key: IdempotencyKey, caller: Caller, now: datetime) -> UUID | None:
    """The id of the record that an earlier request with this key made; None after claiming the key for this request.

    Runs inside the action's transaction, so a refused action releases the key. Of two concurrent requests the second
    waits at the unique constraint, fails and is retried (`retry_on_conflict`). Raises `InvalidInput` if the key was
    used with another body.
    """
    name = _caller_key(caller)
    await RequestOnce.filter(
        caller=name, mutation=request_key.mutation, key=request_key.key, created_at__lt=now - KEY_LIFETIME
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


async def store_result(request_key: IdempotencyKey, caller: Caller, result_id: UUID) -> None:
    """Store the id of the record that the request made, inside the current transaction."""
    await RequestOnce.filter(caller=_caller_key(caller), mutation=request_key.mutation, key=request_key.key).update(
        result_id=result_id
    )


async def remove_old_keys(now: datetime) -> int:
    """Delete expired keys. Returns how many."""
    return await RequestOnce.filter(created_at__lt=now - KEY_LIFETIME).delete()


def _caller_key(caller: Caller) -> str:
    match caller:
        case StaffCaller():
            return f"staff:{caller.staff_member_id}"
        case PatientCaller():
            return f"patient:{caller.account_id}"
        case _:
            return f"organization:{caller.organization_id}"
