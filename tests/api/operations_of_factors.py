"""The operations of second factors, with variables that let them go through."""

from dataclasses import replace

from clinic.values.callers import Permission
from tests.api.operation import Given, Operation, doing, entering, own, success_of


def _factors(name: str, given: Given, success: str, answers: str = "") -> Operation:
    """What everybody does with their own second factors."""
    return replace(own(name, given, success, answers or success_of(name)), staff_may=True)


_STEP = {"challenge": "made-up", "code": "000000"}
FACTOR_MUTATIONS = [
    entering("completeSignIn", lambda _: _STEP, "viewer { __typename }"),
    _factors("startPasskey", lambda _: {}, "challenge options"),
    _factors(
        "finishPasskey",
        lambda _: {"challenge": "made-up", "response": "{}", "name": "Laptop"},
        "viewer { __typename }",
        "ChallengeNotUsable",
    ),
    _factors("startTotp", lambda _: {}, "challenge uri secret qrCode { size path }"),
    _factors("finishTotp", lambda _: _STEP, "viewer { __typename }", "ChallengeNotUsable"),
    _factors("renewRecoveryCodes", lambda _: {}, "recoveryCodes", "InvalidInput"),
    _factors("removeFactor", lambda _: {"factorId": "made-up"}, "viewer { __typename }", "NotFound"),
    _factors("reauthenticate", lambda _: {"password": "a wrong one"}, "freshUntil", "WrongCredentials"),
    doing(
        "resetStaffFactors",
        lambda r: {"staffMemberId": r.staff_member},
        "staffMember { id } handOverCode",
        Permission.MANAGE_STAFF,
    ),
]
