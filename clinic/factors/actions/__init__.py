"""What people do about their own second factors."""

from clinic.factors.actions.add import (
    Added,
    PasskeyBegun,
    TotpBegun,
    finish_passkey,
    finish_totp,
    start_passkey,
    start_totp,
    totp_begun,
)
from clinic.factors.actions.remove import remove_factor, renew_recovery_codes

__all__ = [
    "Added",
    "PasskeyBegun",
    "TotpBegun",
    "finish_passkey",
    "finish_totp",
    "remove_factor",
    "renew_recovery_codes",
    "start_passkey",
    "start_totp",
    "totp_begun",
]
