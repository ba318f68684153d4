"""GraphQL by POST: in which order a request is checked, and how its answer is put."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from graphql import GraphQLError, GraphQLSyntaxError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from api.server.errors import (
    BadUserInput,
    CodedError,
    TookTooLong,
    Unauthenticated,
    Unavailable,
    log_unavailable,
    noted,
    unexpected,
)
from api.server.graphql_http.answers import answered, broken, is_refusal, refused_with
from api.server.graphql_http.body import GraphQLRequest, decode, read_body
from api.server.graphql_http.codes import MediaType, Outcome
from api.server.graphql_http.negotiation import media_type_for, require_json
from api.server.graphql_http.parsed_queries import Operation, is_subscription
from api.server.graphql_http.refusals import HttpRefusal
from api.server.graphql_http.schema import Schema
from api.server.graphql_http.trusted_documents import TrustedDocuments

Caller = TypeVar("Caller")
AfterAnswer = Callable[[Request], Awaitable[None]]


class GraphQLEndpoint(Generic[Caller]):
    """An ASGI application for one route.

    `authenticate` runs before the body is read. It answers None where no token was sent and raises `Unauthenticated`
    for a bad one. A bad token is ignored where all root fields are among `token_free_fields`, which act for the same
    person whoever is signed in: clients send the token that just ended along with the request for a new one. The answer
    to any other request with a bad token never depends on the body.
    Without a token only `public_fields` may be selected at the root. Unless `explain_when_signed_out`, the answer does
    not say what is wrong with such a request: messages of the validation would confirm guessed names.
    `trusted` has the documents that clients may name by id, and says whether others are answered.
    `after_answer` is called after each answer was sent. `time_limit` and `body_time_limit` are seconds.
    An operation that the time limit ended is asked for again after `retry_after_seconds`.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        authenticate: Callable[[Request], Awaitable[Caller | None]],
        make_context: Callable[[Request, Caller | None], Awaitable[Any]],
        public_fields: frozenset[str],
        token_free_fields: frozenset[str] = frozenset(),
        explain_when_signed_out: bool,
        trusted: TrustedDocuments | None = None,
        after_answer: AfterAnswer | None = None,
        max_body_bytes: int = 1_000_000,
        time_limit: float = 20.0,
        retry_after_seconds: int = 5,
        body_time_limit: float = 10.0,
    ) -> None:
        self._schema = schema
        self._authenticate = authenticate
        self._make_context = make_context
        self._public_fields = public_fields | {"__typename"}
        self._token_free_fields = token_free_fields
        self._explain_when_signed_out = explain_when_signed_out
        self._trusted = trusted or TrustedDocuments()
        self._after_answer = after_answer
        self._max_body_bytes = max_body_bytes
        self._time_limit = time_limit
        self._retry_after_seconds = retry_after_seconds
        self._body_time_limit = body_time_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)
        if self._after_answer is not None:
            await self._after_answer(request)

    async def _respond(self, request: Request) -> Response:
        accepted = media_type_for(request.headers)
        media_type = accepted or MediaType.JSON
        try:
            result = await self._result(request, accepted)
        except GraphQLError as error:
            return refused_with(error, media_type)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001  the outermost edge of this face: nothing behind it would mask
            refusal = self._schema.refusal_of(error)
            if refusal is None:
                return broken(unexpected(error), media_type)
            if isinstance(refusal, Unavailable):
                log_unavailable(error)
            return refused_with(refusal, media_type)
        # For whoever times requests: an answer with errors may have the status 200.
        request.state.error_codes = frozenset((error.extensions or {}).get("code") for error in result.errors or ())
        return answered(result, media_type)

    async def _result(self, request: Request, accepted: MediaType | None) -> ExecutionResult:
        if request.method != "POST":
            raise HttpRefusal(Outcome.METHOD_NOT_ALLOWED, "Send operations by POST.", {"Allow": "POST"})
        try:
            caller = await self._authenticate(request)
        except Unauthenticated as bad_token:
            return await self._without_token(request, accepted, bad_token)
        asked, operation = await self._asked(request, accepted)
        if caller is None and not operation.root_fields <= self._public_fields:
            raise Unauthenticated
        return await self._run(request, asked, operation, caller)

    async def _without_token(
        self, request: Request, accepted: MediaType | None, bad_token: Unauthenticated
    ) -> ExecutionResult:
        try:
            asked, operation = await self._asked(request, accepted)
        except GraphQLError:
            raise bad_token from None
        if not operation.root_fields <= self._token_free_fields:
            raise bad_token
        return await self._run(request, asked, operation, None)

    async def _asked(self, request: Request, accepted: MediaType | None) -> tuple[GraphQLRequest, Operation]:
        if accepted is None:
            raise HttpRefusal(Outcome.NOT_ACCEPTABLE, f"We answer in {' or '.join(m.value for m in MediaType)}.")
        require_json(request.headers)
        body = await read_body(request, self._max_body_bytes, self._body_time_limit)
        asked = self._trusted.resolve(decode(body))
        operation = self._schema.queries.read(asked.query).operation(asked.operation_name)
        # For whoever times requests. They may be names that the schema does not have.
        request.state.root_fields = operation.root_fields
        return asked, operation

    async def _run(
        self, request: Request, asked: GraphQLRequest, operation: Operation, caller: Caller | None
    ) -> ExecutionResult:
        if is_subscription(operation):
            raise BadUserInput("Subscriptions need a WebSocket; a POST has one answer.")
        result = await self._execute(asked, await self._make_context(request, caller))
        return result if caller is not None or self._explain_when_signed_out else _without_names(result)

    async def _execute(self, asked: GraphQLRequest, context: Any) -> ExecutionResult:
        try:
            async with asyncio.timeout(self._time_limit):
                return await self._schema.execute(
                    asked.query,
                    variable_values=asked.variables,
                    context_value=context,
                    operation_name=asked.operation_name,
                    operation_extensions=asked.extensions,
                )
        except TimeoutError as error:
            # Usually the machine stood still, or has too much to do, and the next attempt succeeds. Decision 0095.
            too_long = TookTooLong(self._retry_after_seconds, noted(error, "graphql.time_limit"))
            return ExecutionResult(data=None, errors=[too_long])


def _without_names(result: ExecutionResult) -> ExecutionResult:
    """The result, with every hint at the schema's names taken out of a refusal."""
    errors = result.errors or []
    if not is_refusal(result) or all(_says_nothing_of_names(error) for error in errors):
        return result
    neutral = BadUserInput("This request can't be carried out as it stands. Sign in to learn why.")
    return PreExecutionError(data=None, errors=[neutral], extensions=result.extensions)


def _says_nothing_of_names(error: GraphQLError) -> bool:
    return isinstance(error, GraphQLSyntaxError) or isinstance(error.original_error or error, CodedError)
