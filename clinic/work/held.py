"""Whether this database is a restored copy that must not send yet (product §8, docs/decisions/0054-held.md).

The system that the backup was made of has probably sent what is due in the copy.
"""

from datetime import datetime

from clinic.work.models import HeldCopy


async def is_held() -> bool:
    """Whether nothing may be sent. Ask after reading what is due: a restore writes the mark before any other row."""
    return await HeldCopy.exists(resumed_at=None)


async def given_up_until() -> datetime | None:
    """What was due up to this moment is not sent any more; None if the operator gave nothing up."""
    copy = await HeldCopy.get_or_none(gave_up=True)
    return copy.backup_made_at if copy else None
