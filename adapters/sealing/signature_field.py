"""Finds the seal in a file: one signature over every byte except its own, in one permitted notation."""

import re
from dataclasses import dataclass

from asn1crypto import parser

# The name of the seal's field for people.
READABLE_NAME = "Vestibule seal"
# Hexadecimal digits reserved for the seal, its certificates, and a timestamp with its certificates.
RESERVED_DIGITS = 32_768
# An attacker's file may contain a huge signature to slow down the check.
MAX_DIGITS = 8 * RESERVED_DIGITS

_BYTE_RANGE = re.compile(rb"/ByteRange\s{0,4}\[\s{0,4}0 {1,12}(\d{1,10}) {1,12}(\d{1,10}) {1,12}(\d{1,10})\s{0,40}\]")


class NoSeal(Exception):
    """No signature covers the whole file, or its notation is not ours."""


@dataclass(frozen=True)
class SignatureField:
    """The signature `encoded` (DER) in angle brackets. `start` is the index of "<"; `end` is the index after ">"."""

    start: int
    end: int
    encoded: bytes

    def signed_bytes(self, content: bytes) -> bytes:
        """The file without the signature."""
        return content[: self.start] + content[self.end :]

    def filled(self, content: bytes, encoded: bytes) -> bytes:
        """The file with another signature in this field. Raises ValueError if it does not fit."""
        digits = _digits(encoded, self.end - self.start - 2)
        return content[: self.start + 1] + digits + content[self.end - 1 :]


def find_seal_field(content: bytes) -> SignatureField:
    """The field whose signature covers the whole file. Raises `NoSeal`."""
    for found in _BYTE_RANGE.finditer(content):
        start, end, rest = (int(number) for number in found.groups())
        brackets = content[start : start + 1] + content[end - 1 : end]
        if end + rest == len(content) and 2 < end - start <= MAX_DIGITS and brackets == b"<>":
            return SignatureField(start, end, _encoded(content[start + 1 : end - 1]))
    raise NoSeal("no signature covers the whole file")


def _encoded(digits: bytes) -> bytes:
    """Decode the field, which must contain upper-case digits padded with zeros."""
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
