"""Logs what this face refuses, with the operation, the network and the practice."""

from typing import Any

from api.requests.context import Context, Info
from clinic.organizations.queries import organization_by_slug
from clinic.throttling.refusal_log import LOGGED, log_refusal
from clinic.values.errors import ClinicError


async def log_answered_refusal(info: Info, refusal: ClinicError, given: Any) -> None:
    """A refusal that a mutation answers as a member of its union. `given` is the mutation's input."""
    context, practice = info.context, None
    slug = getattr(given, "organization", None)
    if refusal.code in LOGGED and context.caller is None and isinstance(slug, str):
        practice = await organization_by_slug(slug)
    log_refusal(refusal, info.field_name, context.origin, context.caller, practice.id if practice else None)


def log_error(error: BaseException, field: str | None, context: object) -> None:
    """A refusal of the core at the top level."""
    if isinstance(error, ClinicError) and isinstance(context, Context):
        log_refusal(error, field or "unknown", context.origin, context.caller)
