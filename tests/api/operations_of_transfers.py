"""The operations about transfers, with variables that let them go through, and who may run them."""

from dataclasses import replace

from clinic.values.callers import Permission
from tests.api.operation import doing

_PORTAL = Permission.WEB_PORTAL
_RECORDS = Permission.MANAGE_CONTACTS

TRANSFERS = [
    doing(
        "requestPortalTransfer",
        lambda r: {"contactId": r.conflicted, "reason": "She is the one who wrote."},
        "transfer { id }",
        _PORTAL,
    ),
    doing("declinePortalTransfer", lambda r: {"transferId": r.transfer}, "transfer { id }", _PORTAL, _RECORDS),
    replace(
        doing("approvePortalTransfer", lambda r: {"transferId": r.transfer}, "contact { id }", _PORTAL, _RECORDS),
        answers="AlreadyDecided",
    ),
    # Our transfer was asked for by somebody else.
    replace(
        doing("withdrawPortalTransfer", lambda r: {"transferId": r.transfer}, "transfer { id }", _PORTAL),
        answers="NotYourRequest",
    ),
]
