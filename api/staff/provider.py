"""Sign-in at the practice's own provider: how staff sign in, the session after it, and which provider it is."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import given_or_none
from api.server.fields import field, mutation
from api.staff.mutations import SignInResult, opened_answer
from api.types.user_errors import (
    FreshSignInNeeded,
    InvalidInput,
    NotFound,
    NotPermitted,
    answering,
)
from clinic.organizations.queries import organization_by_id
from clinic.single_sign_on import models
from clinic.single_sign_on.actions import (
    ProviderFacts,
    complete_provider_sign_in,
    remove_identity_provider,
    set_identity_provider,
)
from clinic.single_sign_on.queries import callback_address, own_provider, sign_in_ways
from clinic.values.limits import LONGEST_CLIENT_ID, LONGEST_CLIENT_SECRET, LONGEST_ISSUER, MOST_DOMAINS

Slug = Annotated[str, strawberry.argument(description="The organization's slug.")]


@strawberry.type(description="How staff of an organization sign in.")
class SignInOptions:
    password: bool = strawberry.field(description="By address and password.")
    identity_provider: bool = strawberry.field(
        description="At the organization's own provider, from /oauth/{slug}/start."
    )


@strawberry.type(description="The OpenID Connect provider at which the organization's staff sign in.")
class IdentityProvider:
    issuer: str = strawberry.field(description="Its issuer, as it spells it.")
    client_id: str = strawberry.field(description="What it calls us.")
    callback_url: str = strawberry.field(description="The redirect address to register there.")
    verified_domains: list[str] = strawberry.field(
        description="Domains whose addresses count as verified where the provider does not say."
    )
    changed_at: datetime = strawberry.field(description="When it was last set.")


@strawberry.input(description="What you registered at your provider.")
class SetIdentityProviderInput:
    issuer: str = strawberry.field(
        description=f"Its issuer, beginning with https://; up to {LONGEST_ISSUER} characters. Its document is read now."
    )
    client_id: str = strawberry.field(description=f"What it calls us; up to {LONGEST_CLIENT_ID} characters.")
    client_secret: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"The secret it gave you; up to {LONGEST_CLIENT_SECRET} characters. Left out: the stored one.",
    )
    verified_domains: list[str] = strawberry.field(
        default_factory=list,
        description=f"Up to {MOST_DOMAINS} domains of which you say that each address belongs at this provider to the "
        "person who has it. For providers that don't say email_verified.",
    )


@strawberry.input(description="Nothing is needed; fields may come.")
class RemoveIdentityProviderInput:
    # GraphQL has no empty inputs.
    client_mutation_id: str | None = strawberry.field(default=None, description="Anything; it is not looked at.")


@strawberry.input(description="What came back from the provider, and what only your screen knows.")
class CompleteProviderSignInInput:
    token: str = strawberry.field(description="From the address of the screen; works once, for two minutes.")
    verifier: str = strawberry.field(
        description="The text whose SHA-256, in base64url, was the `challenge` of the start."
    )

    invitation: str | None = strawberry.field(
        default=None, description="The last part of the invitation's link, where you accept it so and need no password."
    )


@strawberry.type(description="Staff can sign in at this provider.")
class SetIdentityProviderSuccess:
    identity_provider: IdentityProvider = strawberry.field(description="The provider.")


@strawberry.type(description="Nobody signs in at a provider any more; sessions go on.")
class RemoveIdentityProviderSuccess:
    message: str = strawberry.field(description="What holds now, in plain words.")


SetIdentityProviderResult = Annotated[
    SetIdentityProviderSuccess | NotPermitted | InvalidInput | FreshSignInNeeded,
    union("SetIdentityProviderResult", description="The provider, or what stands in the way."),
]
RemoveIdentityProviderResult = Annotated[
    RemoveIdentityProviderSuccess | NotPermitted | NotFound | InvalidInput | FreshSignInNeeded,
    union("RemoveIdentityProviderResult", description="That it is gone, or what stands in the way."),
]


@strawberry.type
class ProviderQueries:
    @field("How staff of an organization sign in; one that does not exist has passwords only. Needs no token.")
    async def sign_in_options(self, organization: Slug) -> SignInOptions:
        ways = await sign_in_ways(organization)
        return SignInOptions(password=ways.password, identity_provider=ways.provider)

    @field("The provider at which your staff sign in, null if there is none; needs MANAGE_INTEGRATIONS.")
    async def identity_provider(self, info: Info) -> IdentityProvider | None:
        found = await own_provider(info.context.staff)
        return await _shown(info, found) if found else None


@strawberry.type
class ProviderMutations:
    @mutation("Let your staff sign in at this OpenID Connect provider; needs MANAGE_INTEGRATIONS and a fresh sign-in.")
    @answering
    async def set_identity_provider(self, info: Info, input: SetIdentityProviderInput) -> SetIdentityProviderResult:
        facts = ProviderFacts(input.issuer, input.client_id, given_or_none(input.client_secret), input.verified_domains)
        provider = await set_identity_provider(info.context.staff, facts, info.context.services)
        return SetIdentityProviderSuccess(identity_provider=await _shown(info, provider))

    @mutation("Let nobody sign in at the provider any more; needs MANAGE_INTEGRATIONS and a fresh sign-in.")
    @answering
    async def remove_identity_provider(
        self, info: Info, input: RemoveIdentityProviderInput
    ) -> RemoveIdentityProviderResult:
        await remove_identity_provider(info.context.staff, info.context.services)
        return RemoveIdentityProviderSuccess(message="Staff sign in by address and password.")

    @mutation("Open a session after the sign-in at the practice's provider. Needs no token.")
    @answering
    async def complete_provider_sign_in(self, info: Info, input: CompleteProviderSignInInput) -> SignInResult:
        context = info.context
        signed_in = await complete_provider_sign_in(
            input.token, input.verifier, context.origin, context.services, invitation=input.invitation
        )
        return await opened_answer(info, signed_in.session)


async def _shown(info: Info, provider: models.IdentityProvider) -> IdentityProvider:
    organization = await organization_by_id(provider.organization_id)
    return IdentityProvider(
        issuer=provider.issuer,
        client_id=provider.client_id,
        callback_url=callback_address(organization.slug, info.context.services.addresses),
        verified_domains=list(provider.domains),
        changed_at=provider.changed_at,
    )
