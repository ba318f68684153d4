"""What is done with a person's whole record: exported, erased and merged."""

from clinic.charts.actions.erase import erase_contact
from clinic.charts.actions.export import contact_to_archive, export_address, export_contact, exported_files
from clinic.charts.actions.merge import approve_merge, decline_merge, request_merge, withdraw_merge

__all__ = [
    "approve_merge",
    "contact_to_archive",
    "decline_merge",
    "erase_contact",
    "export_address",
    "export_contact",
    "exported_files",
    "request_merge",
    "withdraw_merge",
]
