"""Adds an authority's timestamp (RFC 3161) to a seal's signature, in the seal's field (PAdES baseline B-T).

The length of the file stays the same, and the seal still covers all of it.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace

from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from adapters.sealing.chains import UntrustedSigner, chain_to_trusted
from adapters.sealing.cms import encode_canonical, parse_canonical, parse_signature
from adapters.sealing.signature_field import find_seal_field

# Seconds for the authority's answer.
TIMEOUT_SECONDS = 8.0


class TimestampFailed(Exception):
    """The authority gave no usable answer. The message gives the reason without the authority's address."""


def add_timestamp(content: bytes, url: str, authorities: Sequence[bytes]) -> bytes:
    """The sealed file with a timestamp in its seal. An existing timestamp is kept. Raises `TimestampFailed`."""
    field = find_seal_field(content)
    parts = parse_canonical(field.encoded)
    if parts.token is not None:
        return content
    answer = asyncio.run(_request_timestamp(url, hashlib.sha256(parts.signature).digest()))
    try:
        received = parse_signature(answer)
        # Unsigned content is removed: certificates outside the chain, revocation lists, unsigned attributes.
        token = encode_canonical(
            replace(received, certificates=chain_to_trusted(received.certificates, authorities), token=None)
        )
        return field.filled(content, encode_canonical(parts.with_token(token)))
    except UntrustedSigner:
        raise TimestampFailed("its certificate leads to none of VESTIBULE_TIMESTAMP_TRUSTED") from None
    except Exception as problem:  # noqa: BLE001  the libraries raise many kinds of errors for an invalid answer
        raise TimestampFailed(f"its answer is no timestamp that can be used ({type(problem).__name__})") from None


async def _request_timestamp(url: str, digest: bytes) -> bytes:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            answer = await HTTPTimeStamper(url, timeout=TIMEOUT_SECONDS).async_timestamp(digest, "sha256")
        return bytes(answer.dump())
    except (TimestampRequestError, TimeoutError):
        raise TimestampFailed("it did not answer, or refused") from None
    except Exception as problem:  # noqa: BLE001  the libraries raise many kinds of errors for an invalid answer
        raise TimestampFailed(f"its answer can't be read ({type(problem).__name__})") from None
