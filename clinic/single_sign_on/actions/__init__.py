"""What is done about sign-in at a practice's own provider: one module for each journey."""

from clinic.single_sign_on.actions.come_back import finish_at_provider
from clinic.single_sign_on.actions.complete import complete_provider_sign_in, reauthenticate_by_provider
from clinic.single_sign_on.actions.go_there import BegunAtProvider, begin_at_provider
from clinic.single_sign_on.actions.provider import (
    ProviderFacts,
    remove_identity_provider,
    set_identity_provider,
)

__all__ = [
    "BegunAtProvider",
    "ProviderFacts",
    "begin_at_provider",
    "complete_provider_sign_in",
    "finish_at_provider",
    "reauthenticate_by_provider",
    "remove_identity_provider",
    "set_identity_provider",
]
