"""A client of the API for tests: real requests to the real application, over ASGI."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import httpx2
from graphql import GraphQLUnionType, build_schema, get_named_type

from api.schema import make_schema

# As clients see it, and with unions in their own order; `schema.graphql` is sorted.
SCHEMA = build_schema(make_schema(introspection=True).as_str())

# What a user error says beyond its code and message.
_DETAILS = {
    "NotPermitted": "permission",
    "NotFound": "path",
    "InvalidInput": "fields { path message }",
    "ChangedMeanwhile": "version changes { at by fields } current { __typename id }",
    "ExternalIdTaken": "path holder { id }",
    "TooManyAttempts": "retryAfterSeconds",
    "PortalAccountExists": "account { id email }",
    "InvitationNotUsable": "reason",
    "WeakPassword": "reasons",
    "LinkNotUsable": "reason",
    "ProviderSignInRefused": "reason",
    "PasswordSignInOff": "organization",
    "DocumentClosed": "reason",
    "MergeBlocked": "reason",
    "MustBeKept": "reason until",
    "SecondPersonNeeded": "reason",
}

SESSION = "accessToken refreshToken expiresAt"


@dataclass(frozen=True)
class Client:
    """Asks as whoever holds `token`; as a stranger without one."""

    http: httpx2.AsyncClient
    token: str | None = None
    language: str | None = None

    def holding(self, token: str | None) -> "Client":
        return replace(self, token=token)

    def reading(self, language: str) -> "Client":
        """The same client, sending this Accept-Language."""
        return replace(self, language=language)

    async def post(self, text: str, variables: Mapping[str, Any] | None = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if self.language is not None:
            headers["Accept-Language"] = self.language
        return await self.http.post("/graphql", json={"query": text, "variables": variables or {}}, headers=headers)

    async def answer(self, text: str, **variables: Any) -> dict[str, Any]:
        """The whole body, errors and all."""
        return _object((await self.post(text, variables)).json())

    async def run(self, text: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation that goes through without an error."""
        body = await self.answer(text, **variables)
        assert "errors" not in body, body["errors"]
        return _object(body["data"])

    async def refusal(self, text: str, **variables: Any) -> dict[str, Any]:
        """Code, message and details of the one error of an operation that is refused as a whole."""
        body = await self.answer(text, **variables)
        assert not any((body.get("data") or {}).values()), body
        [error] = body["errors"]
        return {"message": error["message"], **error["extensions"]}

    async def mutate(self, name: str, given: Mapping[str, Any], success: str = "") -> dict[str, Any]:
        """A mutation's union: errors with all they carry, and of its success what `success` selects."""
        return _object((await self.run(mutation(name, success), input=given))[name])


def mutation(name: str, success: str = "") -> str:
    """The document of one mutation: all errors in full, and `success` of what it answers when it is done."""
    wanted, *errors = _members()[name]
    spreads = [f"... on {error} {{ {_DETAILS[error]} }}" for error in errors if error in _DETAILS]
    if success:
        spreads.append(f"... on {wanted} {{ {success} }}")
    kind = name[0].upper() + name[1:]
    return (
        f"mutation Do($input: {kind}Input!) {{ {name}(input: $input) "
        f"{{ __typename ... on UserError {{ code message }} {' '.join(spreads)} }} }}"
    )


@cache
def _members() -> dict[str, list[str]]:
    assert SCHEMA.mutation_type is not None
    unions = {name: get_named_type(field.type) for name, field in SCHEMA.mutation_type.fields.items()}
    return {
        name: [member.name for member in union.types]
        for name, union in unions.items()
        if isinstance(union, GraphQLUnionType)
    }


def _object(value: object) -> dict[str, Any]:
    assert isinstance(value, dict), value
    return value
