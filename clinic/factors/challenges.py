"""Steps that a person begins and finishes once, within minutes: bound to the person and to one purpose."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from clinic.factors.errors import ChallengeNotUsable
from clinic.factors.models import ChallengePurpose, FactorChallenge
from clinic.factors.person import Person
from clinic.values.tokens import hash_token, new_token
from clinic.work.unit_of_work import Work

# security.md: minutes. Long enough to fetch the phone, and to type a secret into an app.
LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True)
class Begun:
    """A step and its token, which is shown once."""

    row: FactorChallenge
    token: str = field(repr=False)


async def begin(person: Person, purpose: ChallengePurpose, now: datetime, **columns: Any) -> Begun:
    """Begin a step, inside the current transaction or as a statement of its own."""
    token = new_token()
    row = await FactorChallenge.create(
        **person.rows,
        purpose=purpose,
        token_hash=hash_token(token),
        nonce=new_token(),  # 256 random bits in base64url, which is what WebAuthn asks for
        created_at=now,
        expires_at=now + LIFETIME,
        **columns,
    )
    return Begun(row, token)


async def open_challenge(
    token: str,
    purpose: ChallengePurpose,
    now: datetime,
    *,
    person: Person | None = None,
    session_id: UUID | None = None,
) -> FactorChallenge:
    """The open step of this token. Changes nothing. Raises `ChallengeNotUsable`.

    With `person` it must be theirs, with `session_id` begun in that session.
    """
    whose = dict(person.rows) if person else {}
    if session_id is not None:
        whose["session_id"] = session_id
    found = await FactorChallenge.get_or_none(
        token_hash=hash_token(token), purpose=purpose, used_at=None, expires_at__gt=now, **whose
    )
    if found is None:
        raise ChallengeNotUsable
    return found


async def use_challenge(challenge: FactorChallenge, work: Work) -> None:
    """Mark the step as done, inside the action's transaction. Of several concurrent requests one succeeds."""
    open_one = FactorChallenge.filter(id=challenge.id, used_at=None, expires_at__gt=work.now)
    if not await open_one.update(used_at=work.now):
        raise ChallengeNotUsable


async def remove_ended_challenges(now: datetime) -> int:
    """Delete steps that have expired. Returns how many."""
    return await FactorChallenge.filter(expires_at__lt=now).delete()
