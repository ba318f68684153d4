"""Keys of programs and what they sign, by `joserfc`. Sets at an address are read through `Outgoing`."""

import asyncio
import base64
import json
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from clinic.values.limits import LONGEST_JWKS, MOST_PROGRAM_KEYS
from clinic.values.outgoing import Outgoing, OutgoingRefused, OutgoingRequest, OutgoingUnavailable
from clinic.values.problems import Problem
from clinic.values.program_keys import (
    ALGORITHMS,
    AssertionProblem,
    AssertionRefused,
    KeySetRefused,
)

# The type of key that an algorithm goes with.
_TYPES = {"ES256": "EC", "EdDSA": "OKP", "Ed25519": "OKP", "PS256": "RSA"}
_CURVES = {"EC": "P-256", "OKP": "Ed25519"}
_PUBLIC = ("kty", "kid", "crv", "x", "y", "n", "e")
_SECRET = ("d", "k", "p", "q", "dp", "dq", "qi", "oth")
_SMALLEST_RSA, _LARGEST_RSA = 2048, 8192
_LONGEST_KEY_ID = 200
_LONGEST_ASSERTION = 8_000
# What the library raises for what is no token or no key.
_MALFORMED = (JoseError, ValueError, TypeError, LookupError, RecursionError, UnsupportedAlgorithm)
# A set at an address is read again after ten minutes, or for a key that is not in it, but not more often than once a
# minute: an assertion with a made-up key id must not make us ask for it each time. While the address does not answer,
# the last set is used for an hour.
_FRESH, _AT_MOST_EVERY, _STALE = 600.0, 60.0, 3600.0
_MOST_REMEMBERED = 200


class _Algorithms(JWSRegistry):
    """Exactly our algorithms. The library warns of the name EdDSA, which RFC 9864 replaces and programs still use."""

    max_header_length = 2048
    max_payload_length = _LONGEST_ASSERTION

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name] if name == "EdDSA" else super().get_alg(name)


_REGISTRY = _Algorithms(algorithms=list(ALGORITHMS), strict_check_header=False)


class _Remembered:
    """What was read at one address, and when. `asked` is the last try, `read` the last success."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.keys: dict[str, Key] = {}
        self.asked = self.read = float("-inf")


class JoseProgramKeys:
    """Implements the port `ProgramKeys`."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()

    def checked(self, jwks: str) -> str:
        """See `ProgramKeys.checked`."""
        given = _keys_in(jwks)
        if not given:
            raise KeySetRefused(Problem.KEY_SET_UNREADABLE)
        if len(given) > MOST_PROGRAM_KEYS:
            raise KeySetRefused(Problem.TOO_MANY_KEYS)
        if any(name in each for each in given for name in _SECRET):
            raise KeySetRefused(Problem.KEY_IS_SECRET)
        kept = [{name: each[name] for name in _PUBLIC if name in each} for each in given]
        ids = {each.get("kid") for each in kept if isinstance(each.get("kid"), str)}
        if len(ids) != len(kept) or any(not 0 < len(str(each)) <= _LONGEST_KEY_ID for each in ids):
            raise KeySetRefused(Problem.KEY_WITHOUT_ID)
        if any(_imported(each) is None for each in given):
            raise KeySetRefused(Problem.KEY_NOT_TAKEN)
        return json.dumps({"keys": kept})

    def issuer_of(self, assertion: str) -> str:
        """See `ProgramKeys.issuer_of`."""
        if len(assertion) > _LONGEST_ASSERTION or assertion.count(".") != 2:
            raise AssertionRefused(AssertionProblem.MALFORMED)
        issuer = _part(assertion, 1).get("iss")
        if not isinstance(issuer, str):
            raise AssertionRefused(AssertionProblem.MALFORMED)
        return issuer

    async def claims(self, assertion: str, jwks: str, jwks_url: str) -> Mapping[str, object]:
        """See `ProgramKeys.claims`."""
        header = _part(assertion, 0)
        algorithm, key_id = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise AssertionRefused(AssertionProblem.ALGORITHM)
        if not isinstance(key_id, str) or not key_id:
            raise AssertionRefused(AssertionProblem.NO_KEY_ID)
        key = await self._key_at(jwks_url, key_id) if jwks_url else _by_id(jwks).get(key_id)
        # The key's own type decides: a public key is never taken for a shared secret.
        if key is None or key.key_type != _TYPES[algorithm]:
            raise AssertionRefused(AssertionProblem.UNKNOWN)
        try:
            return jwt.decode(assertion, key, list(ALGORITHMS), _REGISTRY).claims
        except _MALFORMED:
            raise AssertionRefused(AssertionProblem.UNKNOWN) from None

    async def _key_at(self, url: str, key_id: str) -> Key | None:
        found = self._remembered.setdefault(url, _Remembered())
        self._remembered.move_to_end(url)
        while len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        async with found.lock:
            now = time.monotonic()
            old = now - found.read >= _FRESH or key_id not in found.keys
            if old and now - found.asked >= _AT_MOST_EVERY:
                found.asked = now
                keys = await self._read(url)
                if keys is not None:
                    found.keys, found.read = keys, now
            if now - found.read >= _STALE:
                raise AssertionRefused(AssertionProblem.KEYS_UNREACHABLE)
            return found.keys.get(key_id)

    async def _read(self, url: str) -> dict[str, Key] | None:
        """The keys at the address by their ids; None where no set can be read there now."""
        try:
            answer = await self._outgoing.send(
                OutgoingRequest("GET", url, {"Accept": "application/json"}), largest=LONGEST_JWKS
            )
        except (OutgoingRefused, OutgoingUnavailable):
            return None
        found = _by_id(answer.body.decode("utf-8", "replace")) if answer.status == 200 else {}
        return found or None


def _keys_in(jwks: str) -> list[dict[str, Any]]:
    """The keys as they are written; none where this is no set of keys."""
    try:
        found = json.loads(jwks) if len(jwks) <= LONGEST_JWKS else None
    except (ValueError, RecursionError):
        return []
    keys = found.get("keys") if isinstance(found, dict) else None
    return keys if isinstance(keys, list) and all(isinstance(each, dict) for each in keys) else []


def _by_id(jwks: str) -> dict[str, Key]:
    """The keys that we take, by their ids. Those that we don't, and ids that two keys share, are left out."""
    keys: dict[str, Key] = {}
    given = _keys_in(jwks)[:MOST_PROGRAM_KEYS]
    ids = [each.get("kid") for each in given]
    for each in given:
        key_id = each.get("kid")
        key = _imported(each) if isinstance(key_id, str) and ids.count(key_id) == 1 else None
        if key is not None:
            keys[str(key_id)] = key
    return keys


def _imported(given: Mapping[str, Any]) -> Key | None:
    kind = given.get("kty")
    if (
        kind not in _TYPES.values()
        or given.get("use", "sig") != "sig"
        or _CURVES.get(str(kind)) not in (None, given.get("crv"))
    ):
        return None
    # Before the library works on a number of any length.
    if kind == "RSA" and not _SMALLEST_RSA // 7 < len(str(given.get("n"))) < _LARGEST_RSA // 5:
        return None
    try:
        key = JWKRegistry.import_key({name: given[name] for name in _PUBLIC if name in given})
    except _MALFORMED:
        return None
    if isinstance(key, RSAKey):
        return key if _SMALLEST_RSA <= key.raw_value.key_size <= _LARGEST_RSA else None
    return key if isinstance(key, ECKey | OKPKey) else None


def _part(token: str, place: int) -> Mapping[str, Any]:
    """A part of a token as JSON. Raises `AssertionRefused`."""
    try:
        part = token.split(".")[place]
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, LookupError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise AssertionRefused(AssertionProblem.MALFORMED)
    return found
