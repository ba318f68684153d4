"""Integrations: accounts of programs, and webhooks."""

from clinic.values.callers import Permission
from tests.api.operation import asking, doing
from tests.api.operations_of_webhooks import WEBHOOK_MUTATIONS, WEBHOOK_QUERIES

_INTEGRATIONS = Permission.MANAGE_INTEGRATIONS

INTEGRATION_QUERIES = [
    *WEBHOOK_QUERIES,
    asking(
        "serviceAccounts",
        "{ serviceAccounts { totalCount nodes { id clientId name permissions disabledAt } } }",
        needs=(_INTEGRATIONS,),
    ),
]
INTEGRATION_MUTATIONS = [
    *WEBHOOK_MUTATIONS,
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
