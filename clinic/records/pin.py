"""The PIN on a contact's record."""

from clinic.records.models import Contact
from clinic.values.pin import FINGERPRINT, new_pin
from clinic.values.ports import Services


def renew_pin(contact: Contact, services: Services) -> None:
    """Set a new PIN on the contact. The calling function saves the row."""
    pin = new_pin()
    contact.pin_encrypted = services.secrets.encrypt(pin)
    contact.pin_hash = services.secrets.fingerprint(FINGERPRINT, pin)
