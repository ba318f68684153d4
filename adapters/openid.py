"""The client of the practices' OpenID Connect providers, by `authlib` and `joserfc`.

Every request leaves through `Outgoing`, so no provider's document leads us into our own network.
"""

import asyncio
import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any
from urllib.parse import quote, urlsplit

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, RSAKey
from joserfc.jws import JWSRegistry

from clinic.values.openid import SIGN_IN_WITHIN, Asked, Identity, ProviderRefused, ProviderUnavailable, Registration
from clinic.values.outgoing import Outgoing, OutgoingAnswer, OutgoingRefused, OutgoingRequest, OutgoingUnavailable

# The key types that an algorithm goes with. No algorithm with a shared secret, and never "none".
_ALGORITHMS = {"ES256": "EC", "RS256": "RSA", "PS256": "RSA", "EdDSA": "OKP"}
_SMALLEST_RSA = 2048
# What the libraries raise for what is no token or no key.
_MALFORMED = (JoseError, ValueError, TypeError, LookupError, RecursionError, UnsupportedAlgorithm)
# How far the provider's clock may be off.
_LEEWAY = timedelta(minutes=1)
_REMEMBERED = 600.0
_FAILURE_REMEMBERED = 5.0
_MOST_REMEMBERED = 500
_LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0 §2


@dataclass(frozen=True)
class _Provider:
    """What the provider's document says."""

    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str | None
    secret_in_body: bool
    names_itself: bool


class _Algorithms(JWSRegistry):
    """Exactly our algorithms. The library warns of the name EdDSA, which RFC 9864 replaces and providers still use."""

    max_header_length = 4096
    max_payload_length = 64_000

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name] if name == "EdDSA" else super().get_alg(name)


_REGISTRY = _Algorithms(algorithms=list(_ALGORITHMS), strict_check_header=False)


class OpenIdClient:
    """Implements the port `OpenIdConnect`. Documents and keys are remembered for ten minutes, failures for seconds."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._remembered: dict[str, tuple[float, Mapping[str, Any] | Exception]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def discover(self, issuer: str) -> str:
        """See `OpenIdConnect.discover`."""
        provider = await self._provider(issuer, fresh=True)
        if not _usable(await self._read(provider.keys, fresh=True)):
            raise ProviderRefused("the provider has no key that we can use")
        return provider.issuer

    async def sign_in_address(self, registration: Registration, asked: Asked, *, again: bool) -> str:
        """See `OpenIdConnect.sign_in_address`."""
        provider = await self._provider(registration.issuer)
        anew = {"prompt": "login", "max_age": "0"} if again else {}
        address: str = prepare_grant_uri(
            provider.authorization,
            registration.client_id,
            "code",
            redirect_uri=registration.callback,
            scope="openid email",
            state=asked.state,
            nonce=asked.nonce,
            code_challenge=create_s256_code_challenge(asked.verifier),
            code_challenge_method="S256",
            **anew,
        )
        return address

    async def identity(
        self, registration: Registration, asked: Asked, code: str, issuer: str | None, now: datetime
    ) -> Identity:
        """See `OpenIdConnect.identity`."""
        provider = await self._provider(registration.issuer)
        # RFC 9207: an answer of another provider is never taken to this one's token endpoint.
        if (issuer is not None or provider.names_itself) and issuer != provider.issuer:
            raise ProviderRefused("the answer came from another issuer")
        tokens = await self._redeem(provider, registration, asked, code)
        id_token = tokens.get("id_token")
        if not isinstance(id_token, str):
            raise ProviderRefused("the provider gave no id token")
        claims = await self._checked(provider, registration.client_id, asked.nonce, id_token, now)
        if "email" not in claims and provider.userinfo and isinstance(tokens.get("access_token"), str):
            more = await self._about(provider.userinfo, tokens["access_token"])
            # OpenID Connect Core 1.0 §5.3.2: another subject's answer must not be used.
            if more.get("sub") == claims["sub"]:
                claims = {**claims, "email": more.get("email"), "email_verified": more.get("email_verified")}
        return _identity(claims)

    async def _redeem(
        self, provider: _Provider, registration: Registration, asked: Asked, code: str
    ) -> Mapping[str, Any]:
        both = {"client_id": registration.client_id, "client_secret": registration.client_secret}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if not provider.secret_in_body:
            pair = f"{quote(registration.client_id, safe='')}:{quote(registration.client_secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        body = prepare_token_request(
            "authorization_code",
            redirect_uri=registration.callback,
            code=code,
            code_verifier=asked.verifier,
            **(both if provider.secret_in_body else {}),
        )
        return _object(await self._send(OutgoingRequest("POST", provider.token, headers, body.encode())))

    async def _about(self, url: str, access_token: str) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        try:
            return _object(await self._send(OutgoingRequest("GET", url, headers)))
        except ProviderRefused:
            # The subject is known without it.
            return {}

    async def _checked(
        self, provider: _Provider, client_id: str, nonce: str, id_token: str, now: datetime
    ) -> Mapping[str, Any]:
        """The claims of the id token. Raises `ProviderRefused`."""
        try:
            header = _header(id_token)
            key = _key_for(header, _usable(await self._read(provider.keys)))
            # The provider may have changed its keys since they were read.
            key = key or _key_for(header, _usable(await self._read(provider.keys, fresh=True)))
            if key is None:
                raise ProviderRefused("the id token is signed by no key of the provider")
            token = jwt.decode(id_token, key, list(_ALGORITHMS), _REGISTRY)
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": provider.issuer},
                    "aud": {"essential": True, "value": client_id},
                    "nonce": {"essential": True, "value": nonce},
                },
                params={"client_id": client_id, "nonce": nonce},
            )
            claims.validate(now=int(now.timestamp()), leeway=int(_LEEWAY.total_seconds()))
        except _MALFORMED as problem:
            raise ProviderRefused(f"the id token is not valid: {type(problem).__name__}") from None
        if not isfinite(claims["exp"]) or not claims["iat"] >= (now - SIGN_IN_WITHIN - _LEEWAY).timestamp():
            raise ProviderRefused("the id token is too old")
        if not 0 < len(claims["sub"]) <= _LONGEST_SUBJECT:
            raise ProviderRefused("the id token names nobody")
        found: Mapping[str, Any] = claims
        return found

    async def _provider(self, issuer: str, *, fresh: bool = False) -> _Provider:
        document = await self._read(issuer.rstrip("/") + "/.well-known/openid-configuration", fresh=fresh)
        said = document.get("issuer")
        # A final slash is part of an issuer, and people leave it out.
        if not isinstance(said, str) or said.rstrip("/") != issuer.rstrip("/"):
            raise ProviderRefused("the document names another issuer")
        methods = document.get("token_endpoint_auth_methods_supported")
        basic = not isinstance(methods, list) or "client_secret_basic" in methods
        return _Provider(
            issuer=said,
            authorization=self._address(document, "authorization_endpoint"),
            token=self._address(document, "token_endpoint"),
            keys=self._address(document, "jwks_uri"),
            userinfo=self._address(document, "userinfo_endpoint") if document.get("userinfo_endpoint") else None,
            secret_in_body=not basic,
            names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        )

    def _address(self, document: Mapping[str, Any], name: str) -> str:
        address = document.get(name)
        if not isinstance(address, str) or not address.isascii() or not address.isprintable() or " " in address:
            raise ProviderRefused(f"the document has no {name}")
        try:
            self._outgoing.check(address)
        except OutgoingRefused as refusal:
            raise ProviderRefused(f"{name}: {refusal}") from None
        if urlsplit(address).fragment:
            raise ProviderRefused(f"the document has no {name}")
        return address

    async def _read(self, url: str, *, fresh: bool = False) -> Mapping[str, Any]:
        """The JSON object at this address: one request at a time, and none while the last answer is remembered."""
        async with self._locks.setdefault(url, asyncio.Lock()):
            until, found = self._remembered.get(url, (0.0, {}))
            if fresh or until <= time.monotonic():
                found, lasts = await self._fetched(url)
                if len(self._remembered) >= _MOST_REMEMBERED:
                    self._remembered.clear()
                self._remembered[url] = (time.monotonic() + lasts, found)
        if isinstance(found, Exception):
            raise found
        return found

    async def _fetched(self, url: str) -> tuple[Mapping[str, Any] | Exception, float]:
        try:
            answer = await self._send(OutgoingRequest("GET", url, {"Accept": "application/json"}))
            return _object(answer), _REMEMBERED
        except (ProviderRefused, ProviderUnavailable) as problem:
            return problem, _FAILURE_REMEMBERED

    async def _send(self, request: OutgoingRequest) -> OutgoingAnswer:
        try:
            answer = await self._outgoing.send(request)
        except OutgoingRefused as refusal:
            raise ProviderRefused(str(refusal)) from None
        except OutgoingUnavailable as problem:
            raise ProviderUnavailable(str(problem)) from None
        if answer.status >= 500 or answer.status == 429:
            raise ProviderUnavailable(f"status {answer.status}")
        if answer.status != 200:
            raise ProviderRefused(f"status {answer.status}")
        return answer


def _object(answer: OutgoingAnswer) -> Mapping[str, Any]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ProviderRefused("the answer is no JSON object")
    return found


def _usable(key_set: Mapping[str, Any]) -> list[Key]:
    """The keys that may have signed an id token. What we can't read, and shared secrets, are left out."""
    given = key_set.get("keys")
    return [key for each in given if (key := _imported(each))] if isinstance(given, list) else []


def _imported(given: object) -> Key | None:
    if not isinstance(given, dict) or given.get("kty") not in _ALGORITHMS.values() or given.get("use", "sig") != "sig":
        return None
    if given["kty"] == "RSA" and _bits(given.get("n")) < _SMALLEST_RSA:
        return None
    try:
        key = JWKRegistry.import_key(given)
    except _MALFORMED:
        return None
    return key if not isinstance(key, RSAKey) or key.raw_value.key_size >= _SMALLEST_RSA else None


def _bits(number: object) -> int:
    """About how long a number in base64url is, before the library warns of it."""
    return len(number) * 6 if isinstance(number, str) else 0


def _header(token: str) -> Mapping[str, Any]:
    first = token.split(".", 1)[0]
    header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    if not isinstance(header, dict) or header.get("alg") not in _ALGORITHMS:
        raise ProviderRefused("the id token is signed in a way that we don't take")
    return header


def _key_for(header: Mapping[str, Any], keys: list[Key]) -> Key | None:
    """The key that the header names, if it goes with the algorithm; without a name, the only one that does."""
    fitting = [
        key
        for key in keys
        if key.key_type == _ALGORITHMS[header["alg"]] and key.get("alg") in (None, header["alg"], "Ed25519")
    ]
    if "kid" in header:
        fitting = [key for key in fitting if key.kid == header["kid"]]
    return fitting[0] if len(fitting) == 1 else None


def _identity(claims: Mapping[str, Any]) -> Identity:
    email, verified, signed_in = claims.get("email"), claims.get("email_verified"), claims.get("auth_time")
    return Identity(
        subject=claims["sub"],
        email=email if isinstance(email, str) else None,
        # Whatever is neither left out nor a plain true proves nothing.
        email_verified=None if verified is None else verified is True,
        signed_in_at=_instant(signed_in),
    )


def _instant(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
