"""What a refusal of the core says as an error at the top level, where no mutation made it a member of its union."""

from typing import Any

from api.requests.refusal_words import problem_words, refusal_words
from api.server.errors import Code, CodedError, Unavailable
from clinic.charts.errors import SearchTooBroad
from clinic.database.faults import RETRY_AFTER, is_unavailable
from clinic.values.errors import (
    ClinicError,
    InvalidInput,
    NotFound,
    NotPermitted,
    PatientsOnly,
    SecondFactorMissing,
    StaffOnly,
    TooManyAttempts,
)
from clinic.values.ports import FileStoreUnavailable

RETRY_AFTER_SECONDS = int(RETRY_AFTER.total_seconds())
_AWAY = "We can't answer right now. Nothing is lost; send the same request again in a few seconds."

# The nearest base class of a refusal decides its code.
CLINIC_CODES: dict[type, Code] = {
    NotPermitted: Code.FORBIDDEN,
    StaffOnly: Code.FORBIDDEN,
    PatientsOnly: Code.FORBIDDEN,
    NotFound: Code.BAD_USER_INPUT,
    InvalidInput: Code.BAD_USER_INPUT,
    TooManyAttempts: Code.RATE_LIMITED,
    SecondFactorMissing: Code.FORBIDDEN,
    SearchTooBroad: Code.TOO_COMPLEX,
    ClinicError: Code.BAD_USER_INPUT,
}


def refusal_of(error: BaseException) -> CodedError | None:
    """The client's error for a refusal of the core, or for what is away for a while.

    None for any other exception, which the server masks.
    """
    if isinstance(error, FileStoreUnavailable):
        return Unavailable(refusal_words(error), RETRY_AFTER_SECONDS)
    if not isinstance(error, ClinicError):
        return Unavailable(_AWAY, RETRY_AFTER_SECONDS) if is_unavailable(error) else None
    code = next(CLINIC_CODES[kind] for kind in type(error).__mro__ if kind in CLINIC_CODES)
    return CodedError(code, refusal_words(error), **_details(error))


def _details(error: ClinicError) -> dict[str, Any]:
    match error:
        case NotPermitted():
            return {"permission": error.permission}
        case SecondFactorMissing():
            return {"remedy": "ADD_SECOND_FACTOR"}
        case NotFound():
            return {"argument": error.field}
        case InvalidInput():
            return {"fields": [{"path": p.path, "message": problem_words(p)} for p in error.problems]}
        case TooManyAttempts():
            return {"retryAfterSeconds": max(1, round(error.retry_after.total_seconds()))}
    return {}
