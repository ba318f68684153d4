"""One log line for each refusal that somebody who watches for attacks wants to count, without personal data."""

import logging
from uuid import UUID

from clinic.throttling.throttle import network_of
from clinic.values.callers import Caller, Origin, PatientCaller, StaffCaller
from clinic.values.errors import ClinicError, NotPermitted

log = logging.getLogger(__name__)

# Other refusals, such as an input that can't be used, happen to everybody.
LOGGED = frozenset(
    {
        "NOT_PERMITTED",
        "STAFF_ONLY",
        "PATIENTS_ONLY",
        "WRONG_CREDENTIALS",
        "ACCOUNT_CLOSED",
        "IDENTITY_NOT_CONFIRMED",
        "TOO_MANY_ATTEMPTS",
        "SESSION_ENDED",
        "INVITATION_NOT_USABLE",
        "LINK_NOT_USABLE",
        "FACTOR_REFUSED",
        "SECOND_FACTOR_MISSING",
    }
)


def log_refusal(
    refusal: ClinicError, operation: str, origin: Origin, caller: Caller | None, organization_id: UUID | None = None
) -> None:
    """Log it, if it is one of `LOGGED`. `operation` is the name of a field or a route, never what somebody typed."""
    if refusal.code in LOGGED:
        permission = refusal.permission if isinstance(refusal, NotPermitted) else ""
        log_refused(refusal.code, operation, origin, caller, organization_id, permission=permission)


def log_refused(
    code: str,
    operation: str,
    origin: Origin,
    caller: Caller | None,
    organization_id: UUID | None = None,
    *,
    permission: str = "",
) -> None:
    """Log a refusal that is no `ClinicError`. The organization is the caller's unless it is given."""
    whose = organization_id or (caller.organization_id if caller else None)
    log.warning(
        "refused",
        extra={
            "code": code,
            "operation": operation,
            "network": network_of(origin.address),
            "organization_id": str(whose) if whose else None,
            "actor": _actor(caller),
            **({"permission": permission} if permission else {}),
        },
    )


def _actor(caller: Caller | None) -> str:
    match caller:
        case StaffCaller():
            via = f" via {caller.program_id}" if caller.program_id else ""
            return f"staff {caller.staff_member_id}{via}"
        case PatientCaller():
            return f"patient {caller.account_id}"
        case _:
            return "anonymous"
