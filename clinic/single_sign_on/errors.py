"""What can stand in the way of a sign-in at the practice's provider."""

from enum import StrEnum

from clinic.values.errors import WrongCredentials


class WhyNot(StrEnum):
    """Why nobody is signed in. None of them tells a stranger whether somebody works at the practice."""

    # Nobody signs in this way at the practice, or there is no such practice.
    NO_PROVIDER = "NO_PROVIDER"
    PROVIDER_AWAY = "PROVIDER_AWAY"
    # The provider's answer proves nothing, or it refuses us.
    PROVIDER_REFUSED = "PROVIDER_REFUSED"
    # The person turned back at the provider.
    CANCELLED = "CANCELLED"
    # Begun in another browser or too long ago, or done already.
    START_AGAIN = "START_AGAIN"
    # The provider vouches for somebody whom the practice has not added, or whose address it does not vouch for.
    NOT_KNOWN = "NOT_KNOWN"
    # The member has not accepted their invitation.
    INVITED = "INVITED"
    # Proving oneself again: another person came back, or the provider did not ask.
    NOT_PROVEN = "NOT_PROVEN"


class ProviderSignInRefused(WrongCredentials):
    """Nobody is signed in at the practice's provider, for this reason."""

    def __init__(self, reason: WhyNot) -> None:
        self.reason = reason.value
