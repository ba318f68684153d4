"""Keys of programs: which sets are taken, and which signatures are theirs."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from adapters.program_keys import JoseProgramKeys
from clinic.values.outgoing import (
    ANSWER_WITHIN,
    LARGEST_ANSWER,
    NoOutgoing,
    OutgoingAnswer,
    OutgoingRequest,
    OutgoingUnavailable,
)
from clinic.values.problems import Problem
from clinic.values.program_keys import AssertionProblem, AssertionRefused, KeySetRefused

ANY = JWSRegistry(algorithms=["ES256", "EdDSA", "Ed25519", "PS256", "RS256", "HS256"])
EC = ECKey.generate_key("P-256", {"kid": "one"})
CLAIMS = {"iss": "sa_1", "sub": "sa_1"}
URL = "https://ehr.example/keys"


class KeysAtAddress(NoOutgoing):
    """Answers with a set of keys that a test may change or take away, and counts how often it was asked."""

    def __init__(self, *keys: Any) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.there = True

    async def send(
        self, request: OutgoingRequest, *, within: Any = ANSWER_WITHIN, largest: int = LARGEST_ANSWER
    ) -> Any:
        self.asked += 1
        if not self.there:
            raise OutgoingUnavailable("away")
        return OutgoingAnswer(200, {}, jwks_of(*self.keys).encode())


@pytest.fixture
def keys() -> JoseProgramKeys:
    return JoseProgramKeys(NoOutgoing())


def jwks_of(*keys: Any) -> str:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]})


def signed(key: Any, algorithm: str = "ES256", kid: str | None = "one", **claims: Any) -> str:
    header = {"alg": algorithm, **({"kid": kid} if kid else {})}
    return jwt.encode(header, {**CLAIMS, **claims}, key, algorithms=[algorithm], registry=ANY)


def in_base64(part: dict[str, Any]) -> str:
    return unpadded(json.dumps(part).encode())


def unpadded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


async def refused(keys: JoseProgramKeys, assertion: str, jwks: str = "", url: str = "") -> AssertionProblem:
    with pytest.raises(AssertionRefused) as refusal:
        await keys.claims(assertion, jwks, url)
    return refusal.value.problem


@pytest.mark.parametrize(
    ("algorithm", "made"),
    [
        ("ES256", lambda: EC),
        ("Ed25519", lambda: OKPKey.generate_key("Ed25519", {"kid": "one"})),
        ("PS256", lambda: RSAKey.generate_key(2048, {"kid": "one"})),
    ],
)
async def test_what_a_registered_key_signed_is_taken(
    keys: JoseProgramKeys, algorithm: str, made: Callable[[], Any]
) -> None:
    key = made()
    stored = keys.checked(jwks_of(key))
    assertion = signed(key, algorithm, jti="7")
    assert keys.issuer_of(assertion) == "sa_1"
    assert await keys.claims(assertion, stored, "") == {**CLAIMS, "jti": "7"}


async def test_no_other_signature_is_taken(keys: JoseProgramKeys) -> None:
    stored = keys.checked(jwks_of(EC))
    another = ECKey.generate_key("P-256", {"kid": "one"})
    rsa = RSAKey.generate_key(2048, {"kid": "one"})
    header, payload, signature = signed(EC).split(".")
    none, more = in_base64({"alg": "none", "kid": "one"}), in_base64({**CLAIMS, "sub": "sa_2"})
    # Key confusion: the public key, which everybody knows, used as a shared secret.
    confused = f"{in_base64({'alg': 'HS256', 'kid': 'one'})}.{payload}"
    shared = hmac.digest(EC.as_pem(private=False), confused.encode(), "sha256")

    assert await refused(keys, f"{confused}.{unpadded(shared)}", stored) is AssertionProblem.ALGORITHM
    assert await refused(keys, f"{none}.{payload}.", stored) is AssertionProblem.ALGORITHM
    assert await refused(keys, signed(rsa, "RS256"), jwks_of(rsa)) is AssertionProblem.ALGORITHM
    assert await refused(keys, signed(rsa, "PS256"), stored) is AssertionProblem.UNKNOWN
    assert await refused(keys, signed(another), stored) is AssertionProblem.UNKNOWN
    assert await refused(keys, signed(EC, kid="two"), stored) is AssertionProblem.UNKNOWN
    assert await refused(keys, signed(EC, kid=None), stored) is AssertionProblem.NO_KEY_ID
    assert await refused(keys, f"{header}.{more}.{signature}", stored) is AssertionProblem.UNKNOWN
    assert await refused(keys, f"{header}.{payload}.", stored) is AssertionProblem.UNKNOWN


@pytest.mark.parametrize("token", ["", "a.b", "....", "a.b.c", "e30.W10.x", "e30.e30.x", "e30." + "x" * 9000 + ".x"])
async def test_what_is_no_token_is_malformed(keys: JoseProgramKeys, token: str) -> None:
    with pytest.raises(AssertionRefused) as refusal:
        keys.issuer_of(token)
    assert refusal.value.problem is AssertionProblem.MALFORMED


@pytest.mark.parametrize(
    ("jwks", "problem"),
    [
        ("", Problem.KEY_SET_UNREADABLE),
        ("[" * 10_000, Problem.KEY_SET_UNREADABLE),
        ('{"keys": []}', Problem.KEY_SET_UNREADABLE),
        ('{"keys": [1]}', Problem.KEY_SET_UNREADABLE),
        (json.dumps({"keys": [EC.as_dict(private=True)]}), Problem.KEY_IS_SECRET),
        ('{"keys": [{"kty": "oct", "kid": "one", "k": "c2VjcmV0"}]}', Problem.KEY_IS_SECRET),
        (jwks_of(*[ECKey.generate_key("P-256", {"kid": str(each)}) for each in range(11)]), Problem.TOO_MANY_KEYS),
        (jwks_of(EC, EC), Problem.KEY_WITHOUT_ID),
        ('{"keys": [{"kty": "EC", "crv": "P-256", "x": "1", "y": "2"}]}', Problem.KEY_WITHOUT_ID),
        ('{"keys": [{"kty": "EC", "crv": "P-256", "x": "1", "y": "2", "kid": "one"}]}', Problem.KEY_NOT_TAKEN),
        (jwks_of(ECKey.generate_key("P-384", {"kid": "one"})), Problem.KEY_NOT_TAKEN),
        (json.dumps({"keys": [{"kty": "RSA", "kid": "one", "n": "A" * 100, "e": "AQAB"}]}), Problem.KEY_NOT_TAKEN),
    ],
)
def test_a_set_that_can_not_be_used_is_refused(keys: JoseProgramKeys, jwks: str, problem: Problem) -> None:
    with pytest.raises(KeySetRefused) as refusal:
        keys.checked(jwks)
    assert refusal.value.problem is problem


async def test_a_set_at_an_address_is_read_once_and_a_made_up_key_asks_for_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = KeysAtAddress(EC)
    keys = JoseProgramKeys(there)
    elapsed = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0 + elapsed)
    for _ in range(3):
        await keys.claims(signed(EC), "", URL)
        assert await refused(keys, signed(EC, kid="made-up"), url=URL) is AssertionProblem.UNKNOWN
    assert there.asked == 1

    # A new key of the program is found within a minute, and the old set works while the address is away.
    new = ECKey.generate_key("P-256", {"kid": "two"})
    there.keys = [EC, new]
    elapsed = 61.0
    await keys.claims(signed(new, kid="two"), "", URL)
    there.there = False
    elapsed = 1500.0
    await keys.claims(signed(EC), "", URL)
    elapsed = 4000.0
    assert await refused(keys, signed(EC), url=URL) is AssertionProblem.KEYS_UNREACHABLE
