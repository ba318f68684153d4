"""The words for programs whose signed assertion is not taken. Who has signed it is told what to mend."""

from collections.abc import Mapping

from clinic.values.program_keys import ALGORITHMS, AssertionProblem

ASSERTION_PROBLEMS: Mapping[AssertionProblem, str] = {
    AssertionProblem.UNKNOWN: "No client has signed this with a key that we know. Check iss, kid and the keys.",
    AssertionProblem.MALFORMED: "This is no signed JWT with iss, sub, aud, exp and jti.",
    AssertionProblem.ALGORITHM: f"Sign with {', '.join(ALGORITHMS[:-1])} or {ALGORITHMS[-1]}.",
    AssertionProblem.NO_KEY_ID: "Name the key in the header: kid.",
    AssertionProblem.KEYS_UNREACHABLE: "The keys can't be read at the client's jwksUrl now. Try again in a minute.",
    AssertionProblem.AUDIENCE: "aud has to be one value: the issuer in our metadata, or its token endpoint.",
    AssertionProblem.SUBJECT: "sub has to be the client id, as iss is; in a subject_token it names a staff member.",
    AssertionProblem.NO_END: "Say in exp when it ends, in seconds since 1970.",
    AssertionProblem.ENDED: "It ended {seconds} seconds ago. Sign a new one; if it is new, your clock is behind.",
    AssertionProblem.TOO_LONG: "It may last {seconds} seconds from now. Set exp earlier, or check your clock.",
    AssertionProblem.AHEAD: "Your clock is {seconds} seconds ahead.",
    AssertionProblem.NO_ID: "Give each assertion a jti of its own, up to 300 characters.",
    AssertionProblem.USED: "This jti was used before. Sign a new assertion for each request.",
    AssertionProblem.NOT_FOR_STAFF: "This program may not act for staff. Allow it in its account (mayActForStaff).",
}
STAFF_UNKNOWN = "sub names no active staff member of this practice: send id:…, external:SYSTEM|VALUE or email:…."
