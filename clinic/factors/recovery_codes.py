"""Recovery codes: ten at a time, each stands in for a second factor once. Only keyed digests are stored."""

import secrets
from datetime import datetime, timedelta

from tortoise.expressions import Q

from clinic.factors.models import RecoveryCode
from clinic.factors.person import Person
from clinic.values.factors import RECOVERY_CODE_ALPHABET, RECOVERY_CODE_LENGTH, RECOVERY_CODES, grouped_code
from clinic.values.limits import LONGEST_TYPED_CODE
from clinic.values.ports import Services
from clinic.work.unit_of_work import Work

_PURPOSE = "recovery_code"
# product §6: the code that a manager hands over after a reset.
HANDED_OVER_FOR = timedelta(hours=24)


async def issue_codes(person: Person, work: Work, services: Services) -> tuple[str, ...]:
    """Replace the person's codes by ten new ones, which are returned as they are shown, once."""
    await RecoveryCode.filter(**person.rows).delete()
    return tuple([await _issue(person, None, work, services) for _ in range(RECOVERY_CODES)])


async def issue_handed_over_code(person: Person, work: Work, services: Services) -> str:
    """Replace the person's codes by one that is handed over and lives 24 hours."""
    await RecoveryCode.filter(**person.rows).delete()
    return await _issue(person, work.now + HANDED_OVER_FOR, work, services)


async def _issue(person: Person, expires_at: datetime | None, work: Work, services: Services) -> str:
    code = "".join(secrets.choice(RECOVERY_CODE_ALPHABET) for _ in range(RECOVERY_CODE_LENGTH))
    await RecoveryCode.create(
        **person.rows,
        code_hash=services.secrets.fingerprint(_PURPOSE, f"{person.id} {code}"),
        created_at=work.now,
        expires_at=expires_at,
    )
    return grouped_code(code)


async def use_code(person: Person, typed: str, work: Work, services: Services) -> bool:
    """Use one of the person's codes up, and answer whether there was one. One guarded update decides."""
    normal = "".join(character for character in typed[:LONGEST_TYPED_CODE].upper() if character.isalnum())
    digests = services.secrets.fingerprints(_PURPOSE, f"{person.id} {normal}")
    alive = RecoveryCode.filter(Q(expires_at=None) | Q(expires_at__gt=work.now), **person.rows, used_at=None)
    return bool(await alive.filter(code_hash__in=digests).update(used_at=work.now))


async def codes_left(person: Person) -> int:
    """How many of the person's codes have not been used."""
    return await RecoveryCode.filter(**person.rows, used_at=None, expires_at=None).count()
