"""What is done with a person's whole record: exported and erased."""

from clinic.charts.actions.erase import erase_contact
from clinic.charts.actions.export import contact_to_archive, export_address, export_contact, exported_files

__all__ = ["contact_to_archive", "erase_contact", "export_address", "export_contact", "exported_files"]
