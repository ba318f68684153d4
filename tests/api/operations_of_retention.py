"""The operations about the end of signed documents, with variables that let them go through, and who may run them."""

from dataclasses import replace

from clinic.values.callers import Permission
from tests.api.operation import asking, doing

_NEEDED = (Permission.MANAGE_CONTACTS, Permission.MANAGE_ORGANIZATION)

RETENTION_QUERIES = [
    asking(
        "erasableDocuments",
        "{ erasableDocuments { totalCount nodes { keptUntil lastSignedAt document { id contact { id } } } } }",
        needs=(*_NEEDED, Permission.VIEW_CONTACTS),
    ),
]
RETENTION_MUTATIONS = [
    # Nobody has signed our document.
    replace(
        doing(
            "eraseDocument",
            lambda r: {"documentId": r.document, "reason": "Its time is over."},
            "documentId",
            *_NEEDED,
        ),
        answers="InvalidInput",
    ),
]
