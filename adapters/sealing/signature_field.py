"""Where in a file the seal lies: one signature over every byte but its own, written in one way only."""

import re
from dataclasses import dataclass

from asn1crypto import parser

# Digits of the signature's place in the file: room for the seal, its certificates and a timestamp with its own.
RESERVED = 32_768
# More than any release of ours will need; a stranger's may be made to keep the check busy.
LARGEST = 8 * RESERVED

_BYTE_RANGE = re.compile(rb"/ByteRange\s{0,4}\[\s{0,4}0 {1,12}(\d{1,10}) {1,12}(\d{1,10}) {1,12}(\d{1,10})\s{0,40}\]")


class NoSeal(Exception):
    """No signature covers this whole file, or it is not written as we write it."""


@dataclass(frozen=True)
class Place:
    """The signature `encoded` (DER) between two brackets: `start` is the first's place, `end` behind the second."""

    start: int
    end: int
    encoded: bytes

    def signed_bytes(self, content: bytes) -> bytes:
        """What the signature is over: the file without it."""
        return content[: self.start] + content[self.end :]

    def filled(self, content: bytes, encoded: bytes) -> bytes:
        """The file with another signature there. Raises ValueError if it does not fit."""
        digits = _digits(encoded, self.end - self.start - 2)
        return content[: self.start + 1] + digits + content[self.end - 1 :]


def place_of_seal(content: bytes) -> Place:
    """The place of the signature that covers the whole file. Raises `NoSeal`."""
    for found in _BYTE_RANGE.finditer(content):
        start, end, rest = (int(number) for number in found.groups())
        brackets = content[start : start + 1] + content[end - 1 : end]
        if end + rest == len(content) and 2 < end - start <= LARGEST and brackets == b"<>":
            return Place(start, end, _encoded(content[start + 1 : end - 1]))
    raise NoSeal("no signature covers the whole file")


def _encoded(digits: bytes) -> bytes:
    """The signature in a place filled with capital digits and, behind it, nothing but zeros."""
    try:
        held = bytes.fromhex(digits.decode("ascii"))
        encoded: bytes = held[: _length(held)]
    except ValueError:
        raise NoSeal("no signature in its place") from None
    if _digits(encoded, len(digits)) != digits:
        raise NoSeal("a signature written in another way")
    return encoded


def _length(held: bytes) -> int:
    _, _, _, header, content, trailer = parser.parse(held)
    return len(header) + len(content) + len(trailer)


def _digits(encoded: bytes, room: int) -> bytes:
    digits = encoded.hex().upper().encode()
    if len(digits) > room:
        raise ValueError("the signature is larger than its place")
    return digits.ljust(room, b"0")
