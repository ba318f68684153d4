"""Accounts of programs are added, changed and disabled."""

from typing import Annotated

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import IDEMPOTENCY, decode_id_or_none, given_or_none, request_key
from api.server.fields import mutation
from api.types.service_accounts import ServiceAccount
from api.types.user_errors import FreshSignInNeeded, InvalidInput, NotFound, NotPermitted, answering
from clinic.service_accounts.actions import (
    AccountChanges,
    NewAccount,
    create_service_account,
    disable_service_account,
    update_service_account,
)
from clinic.values.callers import Permission
from clinic.values.limits import MOST_SERVICE_ACCOUNTS

_PERMISSIONS = "What it may do: none that you lack, and neither MANAGE_STAFF nor MANAGE_INTEGRATIONS."
_FOR_STAFF = "Whether it may get a token for a staff member, by keys only."
_JWKS = "The public keys that it signs with: a JWK Set (RFC 7517) as JSON, each key with a kid."
_JWKS_URL = "Where these keys are read instead: an https:// address on the internet."
_SECRET = "Shown this once; null if the program has keys, or keeps its secret."  # noqa: S105 - a description


@strawberry.input(description="A program that is to sign in by itself: by jwks, by jwksUrl, or else by a secret.")
class CreateServiceAccountInput:
    name: str = strawberry.field(description="What lists and the audit call it.")
    permissions: list[Permission] = strawberry.field(default_factory=list, description=_PERMISSIONS)
    may_act_for_staff: bool = strawberry.field(default=False, description=_FOR_STAFF)
    jwks: str | None = strawberry.field(default=None, description=_JWKS)
    jwks_url: str | None = strawberry.field(default=None, description=_JWKS_URL)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="What changes of an account; what is left out stays.")
class UpdateServiceAccountInput:
    service_account_id: strawberry.ID = strawberry.field(description="Which account.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="What lists and the audit call it.")
    permissions: list[Permission] | None = strawberry.field(default=strawberry.UNSET, description=_PERMISSIONS)
    may_act_for_staff: bool | None = strawberry.field(default=strawberry.UNSET, description=_FOR_STAFF)
    jwks: str | None = strawberry.field(default=strawberry.UNSET, description=f"{_JWKS} They replace the others.")
    jwks_url: str | None = strawberry.field(default=strawberry.UNSET, description=_JWKS_URL)
    new_secret: bool = strawberry.field(
        default=False, description="Whether it gets another secret. The old one works for 24 hours more."
    )
    end_old_now: bool = strawberry.field(
        default=False, description="Whether the old secret and all its tokens end at once, as after a leak."
    )


@strawberry.input(description="Which account ends for good, with its tokens.")
class DisableServiceAccountInput:
    service_account_id: strawberry.ID = strawberry.field(description="The account.")


@strawberry.type(description="The program can sign in from now on.")
class CreateServiceAccountSuccess:
    service_account: ServiceAccount = strawberry.field(description="The account.")
    client_secret: str | None = strawberry.field(description=_SECRET)


@strawberry.type(description="The account is as you said.")
class UpdateServiceAccountSuccess:
    service_account: ServiceAccount = strawberry.field(description="The account.")
    client_secret: str | None = strawberry.field(description=_SECRET)


@strawberry.type(description="The program can't sign in any more, and its tokens have ended.")
class DisableServiceAccountSuccess:
    service_account: ServiceAccount = strawberry.field(description="The account.")


CreateServiceAccountResult = Annotated[
    CreateServiceAccountSuccess | NotPermitted | InvalidInput | FreshSignInNeeded,
    union("CreateServiceAccountResult", description="The account and its secret, or what stands in the way."),
]
UpdateServiceAccountResult = Annotated[
    UpdateServiceAccountSuccess | NotPermitted | NotFound | InvalidInput | FreshSignInNeeded,
    union("UpdateServiceAccountResult", description="The account, or what stands in the way."),
]
DisableServiceAccountResult = Annotated[
    DisableServiceAccountSuccess | NotPermitted | NotFound | FreshSignInNeeded,
    union("DisableServiceAccountResult", description="The account, or what stands in the way."),
]


@strawberry.type
class ServiceAccountMutations:
    @mutation(
        "Add a program's account; needs MANAGE_INTEGRATIONS and a fresh sign-in. "
        f"A practice has at most {MOST_SERVICE_ACCOUNTS} that are not disabled."
    )
    @answering
    async def create_service_account(self, info: Info, input: CreateServiceAccountInput) -> CreateServiceAccountResult:
        new = NewAccount(
            input.name,
            frozenset(input.permissions),
            input.may_act_for_staff,
            input.jwks or "",
            input.jwks_url or "",
        )
        key = request_key("createServiceAccount", input)
        made = await create_service_account(info.context.staff, new, info.context.services, request_key=key)
        return CreateServiceAccountSuccess(
            service_account=ServiceAccount.from_account(made.account), client_secret=made.secret
        )

    @mutation("Change a program's account, its secret or its keys; needs MANAGE_INTEGRATIONS and a fresh sign-in.")
    @answering
    async def update_service_account(self, info: Info, input: UpdateServiceAccountInput) -> UpdateServiceAccountResult:
        permissions = given_or_none(input.permissions)
        changes = AccountChanges(
            name=given_or_none(input.name),
            permissions=None if permissions is None else frozenset(permissions),
            may_act_for_staff=given_or_none(input.may_act_for_staff),
            jwks=given_or_none(input.jwks),
            jwks_url=given_or_none(input.jwks_url),
            new_secret=input.new_secret,
            end_old_now=input.end_old_now,
        )
        key = decode_id_or_none(input.service_account_id, "ServiceAccount")
        made = await update_service_account(info.context.staff, key, changes, info.context.services)
        return UpdateServiceAccountSuccess(
            service_account=ServiceAccount.from_account(made.account), client_secret=made.secret
        )

    @mutation("End a program's account for good, with its tokens; needs MANAGE_INTEGRATIONS and a fresh sign-in.")
    @answering
    async def disable_service_account(
        self, info: Info, input: DisableServiceAccountInput
    ) -> DisableServiceAccountResult:
        key = decode_id_or_none(input.service_account_id, "ServiceAccount")
        account = await disable_service_account(info.context.staff, key, info.context.services)
        return DisableServiceAccountSuccess(service_account=ServiceAccount.from_account(account))
