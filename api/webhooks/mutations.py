"""Endpoints of webhooks are added, changed and removed; a delivery is sent again."""

from typing import Annotated

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import IDEMPOTENCY, decode_id_or_none, given_or_none, request_key
from api.server.fields import mutation
from api.server.relay import encode_id
from api.types.user_errors import FreshSignInNeeded, InvalidInput, NotFound, NotPermitted, answering
from api.types.webhooks import WebhookDelivery, WebhookEndpoint
from clinic.values.limits import LONGEST_WEBHOOK_URL, MOST_WEBHOOK_ENDPOINTS
from clinic.values.webhooks import WebhookEvent
from clinic.webhooks.actions import (
    EndpointChanges,
    create_endpoint,
    delete_endpoint,
    replay,
    rotate_secret,
    update_endpoint,
)

_URL = f"An https:// address on the internet, up to {LONGEST_WEBHOOK_URL} characters."
_EVENTS = f"One or more of {', '.join(event.value for event in WebhookEvent)}."
_SECRET = "Begins with whsec_ and signs what is sent. Shown this once."  # noqa: S105 - a description


@strawberry.input(description="Who is to be told of what.")
class CreateWebhookEndpointInput:
    url: str = strawberry.field(description=_URL)
    events: list[str] = strawberry.field(description=_EVENTS)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="What changes of an endpoint; what is left out stays.")
class UpdateWebhookEndpointInput:
    webhook_endpoint_id: strawberry.ID = strawberry.field(description="Which endpoint.")
    url: str | None = strawberry.field(default=strawberry.UNSET, description=f"{_URL} Needs a fresh sign-in.")
    events: list[str] | None = strawberry.field(default=strawberry.UNSET, description=_EVENTS)
    enabled: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="False: it is told of nothing, and what waits is given up. True: it is told again from now on.",
    )


@strawberry.input(description="Which endpoint is told of nothing any more.")
class DeleteWebhookEndpointInput:
    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")


@strawberry.input(description="Which endpoint gets another secret.")
class RotateWebhookSecretInput:
    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")
    end_old_now: bool = strawberry.field(
        default=False, description="Whether the old secret ends at once, as after a leak. Else both sign for 24 hours."
    )


@strawberry.input(description="Which delivery is sent again.")
class ReplayWebhookInput:
    delivery_id: strawberry.ID = strawberry.field(description="The delivery, from the endpoint's list.")


@strawberry.type(description="The endpoint is told from now on.")
class CreateWebhookEndpointSuccess:
    webhook_endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")
    secret: str = strawberry.field(description=_SECRET)


@strawberry.type(description="The endpoint is as you said.")
class UpdateWebhookEndpointSuccess:
    webhook_endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")


@strawberry.type(description="The endpoint is gone, with its secret and its deliveries.")
class DeleteWebhookEndpointSuccess:
    webhook_endpoint_id: strawberry.ID = strawberry.field(description="Which it was.")


@strawberry.type(description="The new secret signs from now on.")
class RotateWebhookSecretSuccess:
    webhook_endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")
    secret: str = strawberry.field(description=_SECRET)


@strawberry.type(description="The delivery is sent again shortly, with the same webhook-id.")
class ReplayWebhookSuccess:
    delivery: WebhookDelivery = strawberry.field(description="The delivery.")


CreateWebhookEndpointResult = Annotated[
    CreateWebhookEndpointSuccess | NotPermitted | InvalidInput | FreshSignInNeeded,
    union("CreateWebhookEndpointResult", description="The endpoint and its secret, or what stands in the way."),
]
UpdateWebhookEndpointResult = Annotated[
    UpdateWebhookEndpointSuccess | NotPermitted | NotFound | InvalidInput | FreshSignInNeeded,
    union("UpdateWebhookEndpointResult", description="The endpoint, or what stands in the way."),
]
DeleteWebhookEndpointResult = Annotated[
    DeleteWebhookEndpointSuccess | NotPermitted | NotFound,
    union("DeleteWebhookEndpointResult", description="Which it was, or what stands in the way."),
]
RotateWebhookSecretResult = Annotated[
    RotateWebhookSecretSuccess | NotPermitted | NotFound | InvalidInput | FreshSignInNeeded,
    union("RotateWebhookSecretResult", description="The endpoint and its new secret, or what stands in the way."),
]
ReplayWebhookResult = Annotated[
    ReplayWebhookSuccess | NotPermitted | NotFound | InvalidInput,
    union("ReplayWebhookResult", description="The delivery, or what stands in the way."),
]


@strawberry.type
class WebhookMutations:
    @mutation(
        "Tell an address of events; needs MANAGE_INTEGRATIONS and a fresh sign-in. "
        f"A practice has at most {MOST_WEBHOOK_ENDPOINTS}."
    )
    @answering
    async def create_webhook_endpoint(
        self, info: Info, input: CreateWebhookEndpointInput
    ) -> CreateWebhookEndpointResult:
        made = await create_endpoint(
            info.context.staff,
            input.url,
            input.events,
            info.context.services,
            request_key=request_key("createWebhookEndpoint", input),
        )
        return CreateWebhookEndpointSuccess(
            webhook_endpoint=WebhookEndpoint.from_model(made.endpoint), secret=made.secret
        )

    @mutation("Change an endpoint, disable it, or enable it again; needs MANAGE_INTEGRATIONS.")
    @answering
    async def update_webhook_endpoint(
        self, info: Info, input: UpdateWebhookEndpointInput
    ) -> UpdateWebhookEndpointResult:
        changes = EndpointChanges(given_or_none(input.url), given_or_none(input.events), given_or_none(input.enabled))
        key = decode_id_or_none(input.webhook_endpoint_id, "WebhookEndpoint")
        endpoint = await update_endpoint(info.context.staff, key, changes, info.context.services)
        return UpdateWebhookEndpointSuccess(webhook_endpoint=WebhookEndpoint.from_model(endpoint))

    @mutation("Forget an endpoint, its secret and its deliveries; needs MANAGE_INTEGRATIONS.")
    @answering
    async def delete_webhook_endpoint(
        self, info: Info, input: DeleteWebhookEndpointInput
    ) -> DeleteWebhookEndpointResult:
        key = decode_id_or_none(input.webhook_endpoint_id, "WebhookEndpoint")
        gone = await delete_endpoint(info.context.staff, key, info.context.services)
        return DeleteWebhookEndpointSuccess(webhook_endpoint_id=strawberry.ID(encode_id("WebhookEndpoint", gone)))

    @mutation("Give an endpoint another secret; needs MANAGE_INTEGRATIONS and a fresh sign-in.")
    @answering
    async def rotate_webhook_secret(self, info: Info, input: RotateWebhookSecretInput) -> RotateWebhookSecretResult:
        key = decode_id_or_none(input.webhook_endpoint_id, "WebhookEndpoint")
        services = info.context.services
        made = await rotate_secret(info.context.staff, key, services, end_old_now=input.end_old_now)
        return RotateWebhookSecretSuccess(
            webhook_endpoint=WebhookEndpoint.from_model(made.endpoint), secret=made.secret
        )

    @mutation("Send a delivery again, whether it was taken or given up; needs MANAGE_INTEGRATIONS.")
    @answering
    async def replay_webhook(self, info: Info, input: ReplayWebhookInput) -> ReplayWebhookResult:
        key = decode_id_or_none(input.delivery_id, "WebhookDelivery")
        delivery = await replay(info.context.staff, key, info.context.services)
        return ReplayWebhookSuccess(delivery=WebhookDelivery.from_model(delivery))
