"""The client of OpenID Connect providers, against a real one and against ones that lie."""

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from adapters.openid import OpenIdClient
from adapters.outgoing import OutgoingClient
from clinic.values.openid import (
    Asked,
    Identity,
    ProviderRefused,
    ProviderUnavailable,
    Registration,
    is_shared_issuer,
)
from tests.clock import FixedClock
from tests.factories.openid_provider import CLIENT_ID, CLIENT_SECRET, ISSUER, Claims, Provider, ProvidersOnly, new_key

CALLBACK = "https://api.vestibule.example/oauth/willow-creek/callback"
REGISTERED = Registration(ISSUER, CLIENT_ID, CLIENT_SECRET, CALLBACK)
ASKED = Asked("the-state", "the-nonce", "v" * 43)
ANA = "ana.admin@willow-creek.example"


@pytest.fixture
def provider(clock: FixedClock) -> Provider:
    return Provider(clock, CALLBACK)


@pytest.fixture
def client(provider: Provider) -> OpenIdClient:
    return OpenIdClient(ProvidersOnly([provider]))


async def code_of(provider: Provider, client: OpenIdClient, asked: Asked = ASKED) -> str:
    """Follow the address as a browser would, and read the code from where the provider leads it."""
    address = await client.sign_in_address(REGISTERED, asked, again=False)
    transport = httpx2.ASGITransport(app=provider.app)
    async with httpx2.AsyncClient(transport=transport) as browser:
        answer = await browser.get(address)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == CALLBACK
    values = parse_qs(back.query)
    assert values["state"] == [asked.state]
    return values["code"][0]


async def who(provider: Provider, client: OpenIdClient, now: datetime) -> Identity:
    return await client.identity(REGISTERED, ASKED, await code_of(provider, client), None, now)


async def refused(provider: Provider, client: OpenIdClient, now: datetime) -> str:
    with pytest.raises(ProviderRefused) as refusal:
        await who(provider, client, now)
    return str(refusal.value)


async def test_person_is_known_by_their_checked_id_token(
    provider: Provider, client: OpenIdClient, clock: FixedClock
) -> None:
    signed_in = clock.now() - timedelta(minutes=20)
    provider.changed_claims = {"auth_time": int(signed_in.timestamp())}
    assert await who(provider, client, clock.now()) == Identity("person-1", ANA, True, signed_in)
    [asked] = provider.authorizations
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "openid email"
    assert "prompt" not in asked


async def test_proving_oneself_again_asks_the_provider_for_a_new_sign_in(client: OpenIdClient) -> None:
    values = parse_qs(urlsplit(await client.sign_in_address(REGISTERED, ASKED, again=True)).query)
    assert (values["prompt"], values["max_age"]) == (["login"], ["0"])


@pytest.mark.parametrize(("alg", "made"), [
    ("RS256", lambda kid: RSAKey.generate_key(2048, kid)), ("PS256", lambda kid: RSAKey.generate_key(2048, kid)),
    ("EdDSA", lambda kid: OKPKey.generate_key("Ed25519", kid)), ("ES256", lambda kid: ECKey.generate_key("P-256", kid)),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
async def test_each_algorithm_that_we_take(
    provider: Provider, client: OpenIdClient, clock: FixedClock, alg: str, made: Callable[[dict[str, Any]], Any]
) -> None:
    key = made({"kid": "k"})
    provider.published = [key.as_dict(private=False)]
    provider.forge = lambda claims: jwt.encode({"alg": alg, "kid": "k"}, claims, key, [alg])
    assert (await who(provider, client, clock.now())).subject == "person-1"


async def test_secret_goes_into_the_body_where_the_provider_takes_nothing_else(
    provider: Provider, client: OpenIdClient, clock: FixedClock
) -> None:
    provider.document = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert (await who(provider, client, clock.now())).subject == "person-1"


async def test_address_is_asked_of_userinfo_where_the_id_token_has_none(
    provider: Provider, client: OpenIdClient, clock: FixedClock
) -> None:
    provider.document = {"userinfo_endpoint": f"{ISSUER}/userinfo"}
    provider.person = {"sub": "person-1"}
    assert (await who(provider, client, clock.now())).email == ANA


async def test_userinfo_about_another_subject_is_left_out(
    provider: Provider, client: OpenIdClient, clock: FixedClock
) -> None:
    provider.document = {"userinfo_endpoint": f"{ISSUER}/userinfo"}
    provider.person = {"sub": "person-2"}
    assert await who(provider, client, clock.now()) == Identity("person-2", None, None, clock.now())


@pytest.mark.parametrize(("said", "meant"), [(True, True), (False, False), ("true", False), (1, False), (None, None)])
async def test_only_a_plain_true_verifies_an_address(
    provider: Provider, client: OpenIdClient, clock: FixedClock, said: object, meant: bool | None
) -> None:
    provider.changed_claims = {"email_verified": said}
    assert (await who(provider, client, clock.now())).email_verified is meant


# Seconds from now.
OLD, LATER = -4_000, 4_000


@pytest.mark.parametrize("changed", [
    {"iss": "https://id.elsewhere.example"}, {"iss": None}, {"aud": "another"}, {"aud": None}, {"aud": []},
    {"aud": [CLIENT_ID, "another"]}, {"aud": [CLIENT_ID, "another"], "azp": "another"}, {"azp": "another"},
    {"nonce": "another"}, {"nonce": None}, {"nonce": ["the-nonce"]}, {"exp": OLD}, {"exp": None}, {"exp": "soon"},

    {"exp": float("nan")}, {"exp": float("inf")}, {"iat": float("nan")}, {"iat": OLD, "exp": 60},
    {"iat": LATER}, {"iat": None}, {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "x" * 256},
])  # fmt: skip
async def test_id_token_with_a_wrong_claim_is_refused(
    provider: Provider, client: OpenIdClient, clock: FixedClock, changed: Claims
) -> None:
    now = int(clock.now().timestamp())
    provider.changed_claims = {
        name: now + value if name in ("iat", "exp") and isinstance(value, int) else value
        for name, value in changed.items()
    }
    assert "valid" in (said := await refused(provider, client, clock.now())) or "old" in said or "nobody" in said


async def test_several_audiences_are_taken_where_the_token_says_it_was_made_for_us(
    provider: Provider, client: OpenIdClient, clock: FixedClock
) -> None:
    provider.changed_claims = {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID}
    assert (await who(provider, client, clock.now())).subject == "person-1"


def _unsigned(claims: Claims) -> str:
    parts = [{"alg": "none", "kid": "first"}, claims]
    return ".".join([base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts] + [""])


async def test_unsigned_id_token_is_refused(provider: Provider, client: OpenIdClient, clock: FixedClock) -> None:
    provider.forge = _unsigned
    assert await refused(provider, client, clock.now()) == "the id token is signed in a way that we don't take"


@pytest.mark.parametrize("secret", ["public key", "client secret"])
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_shared_secret_signs_nothing_whatever_it_is(
    provider: Provider, client: OpenIdClient, clock: FixedClock, secret: str
) -> None:
    text = provider.key.as_pem(private=False) if secret == "public key" else CLIENT_SECRET.encode()  # type: ignore[union-attr]  # an elliptic key
    key = OctKey.import_key(base64.urlsafe_b64encode(text), {"kid": "first"})
    provider.forge = lambda claims: provider.sign(claims, {"alg": "HS256"}, key)
    assert await refused(provider, client, clock.now()) == "the id token is signed in a way that we don't take"


async def test_shared_secret_among_the_published_keys_is_left_out(
    provider: Provider, client: OpenIdClient, clock: FixedClock
) -> None:
    key = OctKey.generate_key(256, {"kid": "first"})
    provider.published = [key.as_dict(private=True)]
    with pytest.raises(ProviderRefused, match="no key that we can use"):
        await client.discover(ISSUER)


async def test_key_of_another_provider_signs_nothing_even_under_the_same_name(
    provider: Provider, client: OpenIdClient, clock: FixedClock
) -> None:
    other = Provider(clock, CALLBACK, issuer="https://id.elsewhere.example")
    provider.forge = other.sign
    assert await refused(provider, client, clock.now()) == "the id token is not valid: BadSignatureError"


@pytest.mark.parametrize("token", [
    "", ".", "a.b.c", "e30.e30.", "WyJhIl0.e30.", base64.urlsafe_b64encode(b"[" * 50_000).decode() + ".e30.",
    base64.urlsafe_b64encode(b'{"alg":["ES256"]}').decode() + ".e30.", "\u00e9.x.y",
])  # fmt: skip
async def test_what_is_no_token_is_refused(
    provider: Provider, client: OpenIdClient, clock: FixedClock, token: str
) -> None:
    provider.forge = lambda _: token
    await refused(provider, client, clock.now())


@pytest.mark.parametrize("keys", [
    None, "keys", [None, 7, "key"], [{}], [{"kty": ["EC"]}], [{"kty": "EC"}], [{"kty": "EC", "crv": "P-256"}],
    [{"kty": "OKP", "crv": "X25519", "x": "AA"}], [{"kty": "RSA", "n": "x" * 400, "e": 7}],
    [{"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"}], [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "!!"}],
])  # fmt: skip
async def test_what_is_no_key_is_left_out(provider: Provider, client: OpenIdClient, keys: Any) -> None:
    provider.published = keys
    with pytest.raises(ProviderRefused, match="no key that we can use"):
        await client.discover(ISSUER)


async def test_userinfo_that_refuses_leaves_the_subject(
    provider: Provider, client: OpenIdClient, clock: FixedClock
) -> None:
    provider.document = {"userinfo_endpoint": f"{ISSUER}/nowhere"}
    provider.person = {"sub": "person-1"}
    assert await who(provider, client, clock.now()) == Identity("person-1", None, None, clock.now())


async def test_key_inside_the_token_is_not_believed(
    provider: Provider, client: OpenIdClient, clock: FixedClock
) -> None:
    own = new_key("first")
    provider.forge = lambda claims: provider.sign(claims, {"jwk": own.as_dict(private=False)}, own)
    assert "not valid" in await refused(provider, client, clock.now())


async def test_small_rsa_key_is_left_out(provider: Provider, client: OpenIdClient) -> None:
    provider.published = [{"kty": "RSA", "kid": "k", "e": "AQAB", "n": "x" * 171}]
    with pytest.raises(ProviderRefused, match="no key that we can use"):
        await client.discover(ISSUER)


async def test_new_key_is_fetched_once_for_a_token_that_names_it(
    provider: Provider, client: OpenIdClient, clock: FixedClock
) -> None:
    await who(provider, client, clock.now())
    await who(provider, client, clock.now())
    assert provider.asked.count("/keys") == 1
    provider.key = new_key("second")
    provider.published = [provider.key.as_dict(private=False)]
    assert (await who(provider, client, clock.now())).subject == "person-1"
    assert provider.asked.count("/keys") == 2
    provider.key = new_key("never published")
    assert await refused(provider, client, clock.now()) == "the id token is signed by no key of the provider"
    assert provider.asked.count("/keys") == 3


async def test_code_is_redeemed_once_and_only_by_who_began(
    provider: Provider, client: OpenIdClient, clock: FixedClock
) -> None:
    code = await code_of(provider, client)
    other = Asked(ASKED.state, ASKED.nonce, "w" * 43)
    with pytest.raises(ProviderRefused, match="status 400"):
        await client.identity(REGISTERED, other, code, None, clock.now())
    await client.identity(REGISTERED, ASKED, code, None, clock.now())
    with pytest.raises(ProviderRefused, match="status 400"):
        await client.identity(REGISTERED, ASKED, code, None, clock.now())


async def test_answer_that_names_another_issuer_is_not_redeemed(
    provider: Provider, client: OpenIdClient, clock: FixedClock
) -> None:
    code = await code_of(provider, client)
    with pytest.raises(ProviderRefused, match="another issuer"):
        await client.identity(REGISTERED, ASKED, code, "https://id.elsewhere.example", clock.now())
    assert "/token" not in provider.asked
    assert (await client.identity(REGISTERED, ASKED, code, ISSUER, clock.now())).subject == "person-1"


async def test_provider_that_always_names_itself_must_do_so(
    provider: Provider, client: OpenIdClient, clock: FixedClock
) -> None:
    provider.document = {"authorization_response_iss_parameter_supported": True}
    assert await refused(provider, client, clock.now()) == "the answer came from another issuer"


@pytest.mark.parametrize(("document", "why"), [
    ({"issuer": "https://id.elsewhere.example"}, "names another issuer"), ({"issuer": None}, "names another issuer"),
    ({"issuer": f"{ISSUER}/{{tenantid}}"}, "names another issuer"), ({"jwks_uri": None}, "no jwks_uri"),
    ({"jwks_uri": "https://169.254.169.254/keys"}, "private network"),
    ({"token_endpoint": "http://id.willow-creek.example/token"}, "private network"),
    ({"authorization_endpoint": "javascript:alert(1)"}, "private network"),
    ({"authorization_endpoint": f"{ISSUER}/a b"}, "no authorization_endpoint"),
    ({"authorization_endpoint": f"{ISSUER}/a#b"}, "no authorization_endpoint"),
])  # fmt: skip
async def test_document_that_leads_elsewhere_is_refused(
    provider: Provider, client: OpenIdClient, document: Claims, why: str
) -> None:
    provider.document = document
    with pytest.raises(ProviderRefused, match=why):
        await client.discover(ISSUER)


@pytest.mark.parametrize("issuer", [
    "https://127.0.0.1/", "https://[::1]", "https://169.254.169.254/latest", "http://id.willow-creek.example",
    "https://user:password@id.willow-creek.example", "file:///etc/passwd", "not an address",
])  # fmt: skip
async def test_discovery_never_reaches_into_our_network(issuer: str) -> None:
    with pytest.raises(ProviderRefused):
        await OpenIdClient(OutgoingClient()).discover(issuer)


async def test_provider_that_is_away_is_told_from_one_that_refuses(provider: Provider, client: OpenIdClient) -> None:
    provider.away = True
    with pytest.raises(ProviderUnavailable, match="could not connect"):
        await client.discover(ISSUER)


async def test_issuer_is_spelled_as_the_provider_spells_it(clock: FixedClock) -> None:
    provider = Provider(clock, CALLBACK, issuer="https://id.willow-creek.example/")
    client = OpenIdClient(ProvidersOnly([provider]))
    assert await client.discover("https://id.willow-creek.example") == "https://id.willow-creek.example/"


@pytest.mark.parametrize(("issuer", "shared"), [
    ("https://login.microsoftonline.com/common/v2.0", True), ("https://login.microsoftonline.com/Organizations/", True),
    ("https://login.microsoftonline.com/consumers/v2.0", True), ("https://login.microsoftonline.com", True),
    ("https://login.microsoftonline.us/common/v2.0", True), ("https://sts.windows.net/common/", True),
    ("https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", True),
    ("https://login.microsoftonline.com/{tenantid}/v2.0", True),
    ("https://login.microsoftonline.com/3f1c5f5e-1111-4f60-8a8e-0123456789ab/v2.0", False),
    ("https://accounts.google.com", False), ("https://microsoftonline.com.example/common", False),
])  # fmt: skip
def test_shared_issuers_are_known(issuer: str, shared: bool) -> None:
    assert is_shared_issuer(issuer) is shared


def test_nothing_secret_is_shown_in_a_trace() -> None:
    assert CLIENT_SECRET not in repr(REGISTERED)
    assert repr(ASKED) == "Asked()"
