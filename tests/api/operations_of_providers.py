"""The operations about the practice's own sign-in provider, and who may run them."""

from dataclasses import replace

from clinic.values.callers import Permission
from tests.api.operation import Operation, doing, entering

_PROVIDER = {"issuer": "https://id.example", "clientId": "vestibule", "clientSecret": "made-up"}

PROVIDER_QUERIES = [
    Operation(
        "signInOptions",
        '{ signInOptions(organization: "willow-creek") { password identityProvider } }',
        public=True,
        patients_may=True,
    ),
    Operation("identityProvider", "{ identityProvider { issuer } }", needs=(Permission.MANAGE_INTEGRATIONS,)),
]
PROVIDER_MUTATIONS = [
    entering("completeProviderSignIn", lambda _: {"token": "made-up", "verifier": "made-up"}, "viewer { __typename }"),
    # No provider answers there.
    replace(
        doing(
            "setIdentityProvider", lambda _: _PROVIDER, "identityProvider { issuer }", Permission.MANAGE_INTEGRATIONS
        ),
        answers="InvalidInput",
    ),
    replace(
        doing("removeIdentityProvider", lambda _: {}, "message", Permission.MANAGE_INTEGRATIONS), answers="NotFound"
    ),
]
