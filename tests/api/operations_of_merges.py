"""The operations about merging records, with variables that let them go through, and who may run them."""

from dataclasses import replace

from clinic.values.callers import Permission
from tests.api.operation import asking, doing

_NEEDED = (Permission.MANAGE_CONTACTS, Permission.WEB_PORTAL)

MERGE_QUERIES = [
    asking(
        "contactMerges",
        "{ contactMerges { totalCount nodes { id kept { id } duplicate { id } } } }",
        needs=(Permission.VIEW_CONTACTS,),
    ),
]
MERGES = [
    doing(
        "requestContactMerge",
        lambda r: {"keptId": r.relative, "duplicateId": r.found, "reason": "The same person."},
        "merge { id }",
        *_NEEDED,
    ),
    doing("declineContactMerge", lambda r: {"mergeId": r.merge}, "merge { id }", *_NEEDED),
    replace(
        doing("approveContactMerge", lambda r: {"mergeId": r.merge}, "contact { id }", *_NEEDED),
        answers="AlreadyDecided",
    ),
    # Our merge was asked for by somebody else.
    replace(
        doing("withdrawContactMerge", lambda r: {"mergeId": r.merge}, "merge { id }", *_NEEDED),
        answers="NotYourRequest",
    ),
]
