"""Accounts of programs."""

from clinic.values.callers import Permission
from tests.api.operation import asking, doing

_INTEGRATIONS = Permission.MANAGE_INTEGRATIONS

PROGRAM_QUERIES = [
    asking(
        "serviceAccounts",
        "{ serviceAccounts { totalCount nodes { id clientId name permissions disabledAt } } }",
        needs=(_INTEGRATIONS,),
    ),
]
PROGRAM_MUTATIONS = [
    doing(
        "createServiceAccount", lambda _: {"name": "EHR"}, "serviceAccount { id clientId } clientSecret", _INTEGRATIONS
    ),
    doing(
        "updateServiceAccount",
        lambda r: {"serviceAccountId": r.service_account, "name": "Another", "newSecret": True},
        "serviceAccount { id name oldSecretEndsAt } clientSecret",
        _INTEGRATIONS,
    ),
    doing(
        "disableServiceAccount",
        lambda r: {"serviceAccountId": r.service_account},
        "serviceAccount { id disabledAt }",
        _INTEGRATIONS,
    ),
]
