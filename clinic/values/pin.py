"""The portal PIN: a look-up secret on the contact record that proves "this record is mine"."""

import secrets

from clinic.values.limits import LONGEST_TYPED_PIN

# No 0/O, 1/I/L or U/V pairs to confuse when read aloud or off a smudged print. 8 of 29 signs are 38 bits
# (security.md asks for 20 at least), so that no two people of a practice ever share one.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
LENGTH = 8
FINGERPRINT = "portal_pin"


def new_pin() -> str:
    """A fresh PIN from the system's random source, without its grouping."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped_pin(pin: str) -> str:
    """The PIN as people read it: "K7MP-4TQX"."""
    return f"{pin[:4]}-{pin[4:]}"


def normal_pin(typed: str) -> str:
    """What a person typed, as stored: capitals, without spaces and hyphens."""
    return "".join(character for character in typed[:LONGEST_TYPED_PIN].upper() if character.isalnum())
