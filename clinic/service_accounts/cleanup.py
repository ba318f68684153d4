"""Forgets assertions that have ended."""

from datetime import datetime

from clinic.service_accounts.models import UsedAssertion


async def remove_used_assertions(now: datetime) -> int:
    """Delete the notes of assertions that no clock takes any more. Returns how many."""
    return await UsedAssertion.filter(forgotten_after__lt=now).delete()
