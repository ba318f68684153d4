"""An authority's timestamp (RFC 3161) over a seal's signature, put into the seal's own place (PAdES baseline B-T).

The file stays as long as it was, and the seal covers all of it as before: nothing is ever added behind it.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace

from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from adapters.sealing.chains import Unknown, chain_to_known
from adapters.sealing.cms import assembled, parts_of, strict_parts_of
from adapters.sealing.signature_field import place_of_seal

# For the authority's answer.
PATIENCE = 8.0


class NoTimestamp(Exception):
    """The authority gave no answer that can be used; the text says why, without the address."""


def timestamped(content: bytes, url: str, authorities: Sequence[bytes]) -> bytes:
    """The sealed file with a timestamp in its seal; the same file if one is there. Raises `NoTimestamp`."""
    place = place_of_seal(content)
    parts = strict_parts_of(place.encoded)
    if parts.token is not None:
        return content
    answer = asyncio.run(_asked(url, hashlib.sha256(parts.signature).digest()))
    try:
        received = parts_of(answer)
        # What nobody signed is left behind: certificates that lead nowhere, lists of revoked ones, further attributes.
        token = assembled(
            replace(received, certificates=chain_to_known(received.certificates, authorities), token=None)
        )
        return place.filled(content, assembled(parts.with_token(token)))
    except Unknown:
        raise NoTimestamp("its certificate leads to none of VESTIBULE_TIMESTAMP_TRUSTED") from None
    except Exception as problem:  # noqa: BLE001  whatever a library makes of an answer that is none
        raise NoTimestamp(f"its answer is no timestamp that can be used ({type(problem).__name__})") from None


async def _asked(url: str, digest: bytes) -> bytes:
    try:
        async with asyncio.timeout(PATIENCE):
            answer = await HTTPTimeStamper(url, timeout=PATIENCE).async_timestamp(digest, "sha256")
        return bytes(answer.dump())
    except (TimestampRequestError, TimeoutError):
        raise NoTimestamp("it did not answer, or refused") from None
    except Exception as problem:  # noqa: BLE001  whatever a library makes of an answer that is none
        raise NoTimestamp(f"its answer can't be read ({type(problem).__name__})") from None
