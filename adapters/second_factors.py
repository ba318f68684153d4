"""Passkeys by `webauthn`, one-time codes by `pyotp`, and their QR code by `segno`."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import cbor2
import pyotp
import segno
from cryptography.exceptions import UnsupportedAlgorithm
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from clinic.values.factors import NewPasskey, PasskeyOwner, PasskeyRefused, QrCode, Site
from clinic.values.limits import LONGEST_PASSKEY_ANSWER

# RFC 6238 §5.2 recommends one step for delays in transmission; the neighbours are for clocks that are off.
_STEP = timedelta(seconds=30)
_NEIGHBOURS = (0, -1, 1)
_QR_MARGIN = 4
# What the libraries raise for bytes that are no answer of an authenticator.
_MALFORMED = (
    WebAuthnException,
    cbor2.CBORError,
    struct.error,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
)


class SecondFactorLibraries:
    """Implements the port `FactorChecks`."""

    def creation_options(self, site: Site, owner: PasskeyOwner, challenge: str, known: list[str]) -> str:
        options = generate_registration_options(
            rp_id=site.relying_party,
            rp_name=site.name,
            user_name=owner.address,
            user_id=owner.handle,
            user_display_name=owner.name,
            challenge=base64url_to_bytes(challenge),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(known),
        )
        return options_to_json(options)

    def new_passkey(self, site: Site, challenge: str, response: str) -> NewPasskey:
        with _refusing(response):
            made = verify_registration_response(
                credential=response,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=site.relying_party,
                expected_origin=site.origin,
                require_user_verification=True,
            )
        return NewPasskey(bytes_to_base64url(made.credential_id), made.credential_public_key, made.sign_count)

    def request_options(self, site: Site, challenge: str, allowed: list[str]) -> str:
        options = generate_authentication_options(
            rp_id=site.relying_party,
            challenge=base64url_to_bytes(challenge),
            allow_credentials=_descriptors(allowed),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options)

    def credential_id(self, response: str) -> str:
        with _refusing(response):
            return bytes_to_base64url(parse_authentication_credential_json(response).raw_id)

    def check_passkey(self, site: Site, challenge: str, response: str, public_key: bytes, sign_count: int) -> int:
        with _refusing(response):
            checked = verify_authentication_response(
                credential=response,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=site.relying_party,
                expected_origin=site.origin,
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            )
        return checked.new_sign_count

    def new_totp_secret(self) -> str:
        return pyotp.random_base32()

    def totp_uri(self, secret: str, address: str, issuer: str) -> str:
        return pyotp.TOTP(secret).provisioning_uri(name=address, issuer_name=issuer)

    def totp_step(self, secret: str, code: str, at: datetime) -> int | None:
        typed = "".join(code[:40].split())
        if len(typed) != 6 or not (typed.isascii() and typed.isdigit()):
            return None
        totp = pyotp.TOTP(secret)
        for neighbour in _NEIGHBOURS:
            when = at + neighbour * _STEP
            if totp.verify(typed, for_time=when):
                return int(when.timestamp()) // int(_STEP.total_seconds())
        return None

    def qr_code(self, text: str) -> QrCode:
        rows = segno.make(text, error="m", micro=False).matrix
        dark = [
            f"M{column + _QR_MARGIN} {row + _QR_MARGIN}h1v1h-1z"
            for row, modules in enumerate(rows)
            for column, module in enumerate(modules)
            if module
        ]
        return QrCode(len(rows) + 2 * _QR_MARGIN, "".join(dark))


def _descriptors(ids: list[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in ids]


@contextmanager
def _refusing(response: str) -> Iterator[None]:
    if len(response) > LONGEST_PASSKEY_ANSWER:
        raise PasskeyRefused
    try:
        yield
    except _MALFORMED as problem:
        raise PasskeyRefused(type(problem).__name__) from problem
