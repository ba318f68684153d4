"""An OpenID Connect provider: authlib's own server on Starlette, and ways to make it lie."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx2
import uvicorn
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from clinic.values.outgoing import (
    ANSWER_WITHIN,
    LARGEST_ANSWER,
    OutgoingAnswer,
    OutgoingRefused,
    OutgoingRequest,
    OutgoingUnavailable,
)
from clinic.values.ports import Clock, SystemClock
from tests.ports import HOST, free_port

ISSUER = "https://id.willow-creek.example"
CLIENT_ID, CLIENT_SECRET = "vestibule", "a secret: of 9 & more"
Claims = dict[str, Any]


def new_key(kid: str) -> ECKey:
    """A key to sign id tokens with."""
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


@dataclass
class Provider:
    """A provider whose person has signed in and agrees to everything.

    `person` are the claims about them; a test may change everything else as well. `forge` makes the id token from the
    claims that an honest provider would sign.
    """

    clock: Clock
    callback: str
    issuer: str = ISSUER
    person: Claims = field(
        default_factory=lambda: {"sub": "person-1", "email": "ana.admin@willow-creek.example", "email_verified": True}
    )
    key: Key = field(default_factory=lambda: new_key("first"))
    changed_claims: Claims = field(default_factory=dict)
    document: Claims = field(default_factory=dict)
    forge: Callable[[Claims], str] | None = None
    away: bool = False
    keeps_codes: bool = False
    asked: list[str] = field(default_factory=list)
    authorizations: list[Mapping[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.published: list[Mapping[str, Any]] = [self.key.as_dict(private=False)]
        self.codes: dict[str, Any] = {}
        self.app = _app(self)

    def claims(self, nonce: str | None) -> Claims:
        now = int(self.clock.now().timestamp())
        honest = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": nonce,
            **self.person,
            **self.changed_claims,
        }
        return {name: value for name, value in honest.items() if value is not None}

    def sign(self, claims: Claims, header: Claims | None = None, key: Key | KeySet | None = None) -> str:
        header = {"alg": "ES256", "kid": self.key.kid, **(header or {})}
        return jwt.encode(header, claims, key or self.key, [header["alg"]])

    def id_token(self, nonce: str | None) -> str:
        return (self.forge or self.sign)(self.claims(nonce))


@asynccontextmanager
async def served_provider(callback: str) -> AsyncIterator[Provider]:
    """A provider on a port of its own. Its socket listens before it serves, so nobody comes too early."""
    listening = socket.create_server((HOST, free_port()))
    made = Provider(SystemClock(), callback, issuer=f"http://{HOST}:{listening.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(made.app, log_level="warning", lifespan="off"))
    server.capture_signals = nullcontext  # type: ignore[method-assign, assignment]  # the test run's signals are its own
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield made
    finally:
        server.should_exit = True
        await serving


@dataclass
class ProvidersOnly:
    """The port `Outgoing`, which reaches these providers and nothing else."""

    providers: list[Provider]

    def check(self, url: str) -> None:
        if not url.startswith("https://") or "169.254" in url:
            raise OutgoingRefused("the address leads into a private network")

    async def send(
        self, request: OutgoingRequest, *, within: timedelta = ANSWER_WITHIN, largest: int = LARGEST_ANSWER
    ) -> OutgoingAnswer:
        self.check(request.url)
        found = [each for each in self.providers if request.url.startswith(each.issuer.rstrip("/") + "/")]
        if not found or found[0].away:
            raise OutgoingUnavailable("could not connect")
        found[0].asked.append(request.url.removeprefix(found[0].issuer.rstrip("/")))
        transport = httpx2.ASGITransport(app=found[0].app)
        async with httpx2.AsyncClient(transport=transport) as http:
            answer = await http.request(
                request.method, request.url, headers=dict(request.headers), content=request.body
            )
        return OutgoingAnswer(answer.status_code, dict(answer.headers), answer.content)


class _Client:
    """The one program that is registered at the provider."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def check_redirect_uri(self, address: str) -> bool:
        return address == self.provider.callback

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_client_secret(self, secret: str) -> bool:
        return secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in self.provider.document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return kind == "authorization_code"


class _Payload(OAuth2Payload):  # type: ignore[misc]  # authlib ships no types
    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    @property
    def data(self) -> Mapping[str, str]:
        return self._values

    @property
    def datalist(self) -> dict[str, list[str]]:
        return {name: [value] for name, value in self._values.items()}


class _Request(OAuth2Request):  # type: ignore[misc]  # authlib ships no types
    def __init__(self, request: Request, form: Mapping[str, str]) -> None:
        super().__init__(request.method, str(request.url.replace(scheme="https")), headers=dict(request.headers))
        # authlib looks for this header as it is written in the RFC.
        self.headers["Authorization"] = request.headers.get("authorization", "")
        self._form = form
        self.payload = _Payload({**request.query_params, **form})

    @property
    def args(self) -> Mapping[str, str]:
        return dict(self.payload.data)

    @property
    def form(self) -> Mapping[str, str]:
        return self._form


class _Server(AuthorizationServer):  # type: ignore[misc]  # authlib ships no types
    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider
        self.register_token_generator("default", BearerTokenGenerator(lambda *_a, **_k: "an-access-token"))
        self.register_grant(_Grant, [_IdToken(provider), CodeChallenge(required=True)])

    def query_client(self, client_id: str) -> _Client | None:
        return _Client(self.provider) if client_id == CLIENT_ID else None

    def save_token(self, token: object, request: object) -> None:
        """Nothing is asked of it later."""

    def send_signal(self, *_args: object, **_more: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
        content = json.dumps(body) if isinstance(body, dict) else body
        return Response(content, status, dict(headers))


class _Grant(AuthorizationCodeGrant):  # type: ignore[misc]  # authlib ships no types
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    def save_authorization_code(self, code: str, request: _Request) -> None:
        data = request.payload.data
        self.server.provider.codes[code] = SimpleNamespace(
            code=code,
            nonce=data.get("nonce"),
            code_challenge=data.get("code_challenge"),
            code_challenge_method=data.get("code_challenge_method"),
            get_redirect_uri=lambda: data["redirect_uri"],
            get_scope=lambda: data["scope"],
        )

    def query_authorization_code(self, code: str, client: _Client) -> Any:
        return self.server.provider.codes.get(code)

    def delete_authorization_code(self, authorization_code: Any) -> None:
        if not self.server.provider.keeps_codes:
            del self.server.provider.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: Any) -> object:
        return self.server.provider.person


class _IdToken(OpenIDCode):  # type: ignore[misc]  # authlib ships no types
    def __init__(self, provider: Provider) -> None:
        super().__init__(require_nonce=True)
        self.provider = provider

    def exists_nonce(self, nonce: str, request: object) -> bool:
        return False

    def encode_id_token(self, token: object, request: Any) -> str:
        return self.provider.id_token(request.authorization_code.nonce)


def _app(provider: Provider) -> Starlette:
    server = _Server(provider)
    at = provider.issuer.rstrip("/")

    async def document(_request: Request) -> Response:
        said = {
            "issuer": provider.issuer,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/keys",
            **provider.document,
        }
        return JSONResponse({name: value for name, value in said.items() if value is not None})

    async def keys(_request: Request) -> Response:
        return JSONResponse({"keys": provider.published})

    async def authorize(request: Request) -> Response:
        provider.authorizations.append(dict(request.query_params))
        asked = _Request(request, {})
        answer: Response = server.create_authorization_response(
            asked, provider.person, grant=server.get_authorization_grant(asked)
        )
        return answer

    async def token(request: Request) -> Response:
        form: FormData = await request.form()
        answer: Response = server.create_token_response(_Request(request, {name: str(v) for name, v in form.items()}))
        return answer

    async def userinfo(_request: Request) -> Response:
        return JSONResponse({"sub": "person-1", "email": "ana.admin@willow-creek.example", "email_verified": True})

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", document),
            Route("/keys", keys),
            Route("/authorize", authorize),
            Route("/token", token, methods=["POST"]),
            Route("/userinfo", userinfo),
        ]
    )
