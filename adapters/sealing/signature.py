"""Puts the seal's signature into a prepared file. It reads no PDF: the key's process only hashes the bytes."""

import hashlib

from adapters.sealing.cms import SignatureParts, attributes_for, encode_canonical
from adapters.sealing.key import SigningKey
from adapters.sealing.signature_field import find_seal_field


def sign_prepared(prepared: bytes, key: SigningKey) -> bytes:
    """The file with the signature in its field. The digest is our own: what prepared the file is not asked.

    Raises `NoSeal` for a file without a field for the seal, ValueError if the signature does not fit.
    """
    place = find_seal_field(prepared)
    digest = hashlib.sha256(place.signed_bytes(prepared)).digest()
    attributes = attributes_for(digest, key.certificates)
    return place.filled(prepared, encode_canonical(SignatureParts(attributes, key.sign(attributes), key.certificates)))
