"""The portal PIN: a secret on the contact's record. Entering it proves that the record belongs to the person."""

import secrets

from clinic.values.limits import LONGEST_TYPED_PIN

# Without 0/O, 1/I/L and U/V, which people confuse when they hear a PIN or read a smudged print. 8 characters out of 29
# are 38 bits (security.md asks for at least 20), so that no two people of a practice get the same PIN.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
LENGTH = 8
FINGERPRINT = "portal_pin"


def new_pin() -> str:
    """A new PIN from the system's random source, without a hyphen."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped_pin(pin: str) -> str:
    """The PIN as it is shown to people: "K7MP-4TQX"."""
    return f"{pin[:4]}-{pin[4:]}"


def normal_pin(typed: str) -> str:
    """The stored form of what a person typed: capitals, without spaces and hyphens."""
    return "".join(character for character in typed[:LONGEST_TYPED_PIN].upper() if character.isalnum())
