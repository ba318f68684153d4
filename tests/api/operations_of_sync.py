"""External ids, and records as another system has them."""

from clinic.values.callers import Permission
from tests.api.operation import asking, doing

_RECORDS = Permission.MANAGE_CONTACTS

SYNC_QUERIES = [
    asking(
        "contactByExternalId",
        "query Q($id: ExternalIdInput!) { contactByExternalId(externalId: $id) { id externalIds { system value } } }",
        lambda r: {"id": {"system": "urn:ehr", "value": "1"}},
    ),
    asking(
        "contactsByExternalId",
        "query Q($ids: [ExternalIdInput!]!) { contactsByExternalId(ids: $ids) { id } }",
        lambda r: {"ids": [{"system": "urn:ehr", "value": "1"}]},
    ),
]
SYNC_MUTATIONS = [
    doing(
        "setExternalIds",
        lambda r: {"recordId": r.contact, "externalIds": [{"system": "urn:ehr", "value": "1"}]},
        "record { id ... on Contact { externalIds { system value } } }",
        _RECORDS,
    ),
    doing(
        "syncRecords",
        lambda _: {
            "contacts": [{"externalId": {"system": "urn:ehr", "value": "7"}, "givenName": "Ana", "familyName": "Ruiz"}]
        },
        "results { externalId { value } problem { code } }",
        _RECORDS,
    ),
]
