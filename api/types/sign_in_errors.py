"""The errors of signing in where the practice has a provider of its own."""

import strawberry

from api.types.user_errors import UserError


@strawberry.type(description="Nobody is signed in at the practice's provider.")
class ProviderSignInRefused(UserError):
    reason: str = strawberry.field(
        description="NO_PROVIDER, PROVIDER_AWAY, PROVIDER_REFUSED, CANCELLED, START_AGAIN, NOT_KNOWN, INVITED or "
        "NOT_PROVEN; may gain values."
    )


@strawberry.type(description="The practice's staff sign in at its own provider, not by password.")
class PasswordSignInOff(UserError):
    organization: str = strawberry.field(
        description="The organization's slug: /oauth/{slug}/start leads to the provider."
    )


@strawberry.type(description="Passwords are off, and nobody would be left whose password works: name another first.")
class LastPassword(UserError):
    pass
