"""Second factors of whoever is signed in, staff or patient: added, removed, used at the sign-in and for a fresh one."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import decode_id_or_none
from api.requests.signed_in import staff_in
from api.server.fields import mutation
from api.staff.mutations import SignInResult, opened_answer
from api.staff.queries import Viewer, current_viewer
from api.types.factors import QrCode
from api.types.sign_in_errors import PasswordSignInOff, ProviderSignInRefused
from api.types.staff import StaffMember
from api.types.user_errors import (
    ChallengeNotUsable,
    FactorRefused,
    FreshSignInNeeded,
    InvalidInput,
    LastFactor,
    LongerPasswordNeeded,
    NotFound,
    NotPermitted,
    SecondFactorNeeded,
    TooManyAttempts,
    WrongCredentials,
    answering,
)
from clinic.factors.actions import (
    finish_passkey,
    finish_totp,
    remove_factor,
    renew_recovery_codes,
    start_passkey,
    start_totp,
)
from clinic.factors.actions.reauthenticate import reauthenticate_by_factor
from clinic.factors.challenges import open_challenge
from clinic.factors.models import ChallengePurpose
from clinic.factors.proving import Proof
from clinic.portal_access.actions.second_step import (
    complete_patient_sign_in,
    reauthenticate_patient,
)
from clinic.single_sign_on.actions import reauthenticate_by_provider
from clinic.staff.actions import (
    complete_staff_sign_in,
    reauthenticate_staff,
    reset_staff_factors,
)
from clinic.values.errors import InvalidInput as InputRefused
from clinic.values.errors import SessionEnded
from clinic.values.limits import LONGEST_FACTOR_NAME
from clinic.values.problems import Problem

_STEP = "The challenge of the step that was begun."
_CODE = "Six digits from the app."
_RECOVERY = "One of the recovery codes, or the code that a manager of staff handed over."
_PASSKEY = "The browser's answer to the passkey options, as JSON."
_ONCE = "Ten recovery codes, shown this once, with the first factor; else none."


@strawberry.input(description="Nothing is needed; fields may come.")
class StartPasskeyInput:
    # GraphQL has no empty inputs.
    client_mutation_id: str | None = strawberry.field(default=None, description="Anything; it is not looked at.")


@strawberry.input(description="Nothing is needed; fields may come.")
class StartTotpInput:
    client_mutation_id: str | None = strawberry.field(default=None, description="Anything; it is not looked at.")


@strawberry.input(description="Nothing is needed; fields may come.")
class RenewRecoveryCodesInput:
    client_mutation_id: str | None = strawberry.field(default=None, description="Anything; it is not looked at.")


@strawberry.input(description="The passkey that the browser made.")
class FinishPasskeyInput:
    challenge: str = strawberry.field(description=_STEP)
    response: str = strawberry.field(description="The browser's answer to the creation options, as JSON.")
    name: str = strawberry.field(
        description=f"What you call it, such as the device; up to {LONGEST_FACTOR_NAME} characters."
    )
    may_stand_alone: bool = strawberry.field(
        default=False, description="Whether it may sign in without a password. Never on a log-on that others share."
    )


@strawberry.input(description="The first code that the app shows.")
class FinishTotpInput:
    challenge: str = strawberry.field(description=_STEP)
    code: str = strawberry.field(description=_CODE)


@strawberry.input(description="What came back from the practice's provider, where you proved yourself again.")
class ProviderProofInput:
    token: str = strawberry.field(description="From the address of the screen; works once, for two minutes.")
    verifier: str = strawberry.field(description="The text whose SHA-256 was the `challenge` of the start.")


@strawberry.input(description="Which factor to remove.")
class RemoveFactorInput:
    factor_id: strawberry.ID = strawberry.field(description="Which, from your factors.")


@strawberry.input(description="The second step of a sign-in: give one of code, recoveryCode and passkey.")
class CompleteSignInInput:
    challenge: str = strawberry.field(description="From SecondFactorNeeded.")
    code: str | None = strawberry.field(default=None, description=_CODE)
    recovery_code: str | None = strawberry.field(default=None, description=_RECOVERY)
    passkey: str | None = strawberry.field(default=None, description=_PASSKEY)


@strawberry.input(
    description="Your password, or what came back from the provider; then, where SecondFactorNeeded is answered, its "
    "challenge with one of the other three."
)
class ReauthenticateInput:
    password: str | None = strawberry.field(default=None, description="Your password; the first step.")
    provider: ProviderProofInput | None = strawberry.field(
        default=None,
        description="In place of the password, for staff: a sign-in at the practice's provider with again=1.",
    )
    challenge: str | None = strawberry.field(default=None, description="From SecondFactorNeeded; the second step.")
    code: str | None = strawberry.field(default=None, description=_CODE)
    recovery_code: str | None = strawberry.field(default=None, description=_RECOVERY)
    passkey: str | None = strawberry.field(default=None, description=_PASSKEY)


@strawberry.input(description="Whose second factors are reset.")
class ResetStaffFactorsInput:
    staff_member_id: strawberry.ID = strawberry.field(description="Whose; never your own.")


@strawberry.type(description="What the browser needs to make a passkey.")
class StartPasskeySuccess:
    challenge: str = strawberry.field(description="Names this step to finishPasskey, for ten minutes.")
    options: str = strawberry.field(description="WebAuthn creation options, as JSON.")


@strawberry.type(description="What an authenticator app needs.")
class StartTotpSuccess:
    challenge: str = strawberry.field(description="Names this step to finishTotp, for ten minutes.")
    uri: str = strawberry.field(description="The otpauth address.")
    secret: str = strawberry.field(description="The secret in base32, for typing.")
    qr_code: QrCode = strawberry.field(description="The address as a QR code.")


@strawberry.type(description="The passkey is asked for from the next sign-in on.")
class FinishPasskeySuccess:
    viewer: Viewer = strawberry.field(description="You, with your factors.")
    recovery_codes: list[str] = strawberry.field(description=_ONCE)


@strawberry.type(description="A code is asked for from the next sign-in on.")
class FinishTotpSuccess:
    viewer: Viewer = strawberry.field(description="You, with your factors.")
    recovery_codes: list[str] = strawberry.field(description=_ONCE)


@strawberry.type(description="The earlier recovery codes work no more.")
class RenewRecoveryCodesSuccess:
    recovery_codes: list[str] = strawberry.field(description="Ten recovery codes, shown this once.")


@strawberry.type(description="The factor is gone.")
class RemoveFactorSuccess:
    viewer: Viewer = strawberry.field(description="You, with your factors.")


@strawberry.type(description="Sensitive acts are allowed for a while.")
class ReauthenticateSuccess:
    fresh_until: datetime = strawberry.field(description="Until when.")


@strawberry.type(description="They sign in once with password and code, and then add a factor.")
class ResetStaffFactorsSuccess:
    staff_member: StaffMember = strawberry.field(description="Who.")
    hand_over_code: str = strawberry.field(description="Hand it over: shown this once, works once, for 24 hours.")


StartPasskeyResult = Annotated[
    StartPasskeySuccess | FreshSignInNeeded | InvalidInput,
    union("StartPasskeyResult", description="What to go on with, or what stands in the way."),
]
StartTotpResult = Annotated[
    StartTotpSuccess | FreshSignInNeeded,
    union("StartTotpResult", description="What to go on with, or what stands in the way."),
]
FinishPasskeyResult = Annotated[
    FinishPasskeySuccess | FreshSignInNeeded | FactorRefused | ChallengeNotUsable | InvalidInput,
    union("FinishPasskeyResult", description="You and your recovery codes, or what stands in the way."),
]
FinishTotpResult = Annotated[
    FinishTotpSuccess | FreshSignInNeeded | FactorRefused | ChallengeNotUsable | TooManyAttempts,
    union("FinishTotpResult", description="You and your recovery codes, or what stands in the way."),
]
RenewRecoveryCodesResult = Annotated[
    RenewRecoveryCodesSuccess | FreshSignInNeeded | InvalidInput,
    union("RenewRecoveryCodesResult", description="New codes, or what stands in the way."),
]
RemoveFactorResult = Annotated[
    RemoveFactorSuccess | FreshSignInNeeded | NotFound | LastFactor | LongerPasswordNeeded,
    union("RemoveFactorResult", description="You without it, or what stands in the way."),
]
ReauthenticateResult = Annotated[
    ReauthenticateSuccess
    | WrongCredentials
    | ProviderSignInRefused
    | PasswordSignInOff
    | SecondFactorNeeded
    | FactorRefused
    | ChallengeNotUsable
    | TooManyAttempts
    | InvalidInput,
    union("ReauthenticateResult", description="Until when the session is fresh, or what stands in the way."),
]
ResetStaffFactorsResult = Annotated[
    ResetStaffFactorsSuccess | NotPermitted | NotFound | InvalidInput | FreshSignInNeeded,
    union("ResetStaffFactorsResult", description="The code to hand over, or what stands in the way."),
]


@strawberry.type
class FactorMutations:
    @mutation("Begin to add a passkey; needs a fresh sign-in.")
    @answering
    async def start_passkey(self, info: Info, input: StartPasskeyInput) -> StartPasskeyResult:
        begun = await start_passkey(info.context.adding_a_factor, info.context.services)
        return StartPasskeySuccess(challenge=begun.challenge, options=begun.options)

    @mutation("Add the passkey that the browser made. You are told by mail.")
    @answering
    async def finish_passkey(self, info: Info, input: FinishPasskeyInput) -> FinishPasskeyResult:
        context = info.context
        added = await finish_passkey(
            context.adding_a_factor,
            input.challenge,
            input.response,
            input.name,
            context.services,
            may_stand_alone=input.may_stand_alone,
        )
        return FinishPasskeySuccess(viewer=await _you(info), recovery_codes=list(added.recovery_codes))

    @mutation("Begin to add codes from an app, or to replace them; needs a fresh sign-in.")
    @answering
    async def start_totp(self, info: Info, input: StartTotpInput) -> StartTotpResult:
        begun = await start_totp(info.context.adding_a_factor, info.context.services)
        qr_code = QrCode(size=begun.qr_code.size, path=begun.qr_code.path)
        return StartTotpSuccess(challenge=begun.challenge, uri=begun.uri, secret=begun.secret, qr_code=qr_code)

    @mutation("Add the codes, by the first one that the app shows. You are told by mail.")
    @answering
    async def finish_totp(self, info: Info, input: FinishTotpInput) -> FinishTotpResult:
        context = info.context
        added = await finish_totp(context.adding_a_factor, input.challenge, input.code, context.services)
        return FinishTotpSuccess(viewer=await _you(info), recovery_codes=list(added.recovery_codes))

    @mutation("Replace your recovery codes by ten new ones; needs a fresh sign-in. You are told by mail.")
    @answering
    async def renew_recovery_codes(self, info: Info, input: RenewRecoveryCodesInput) -> RenewRecoveryCodesResult:
        codes = await renew_recovery_codes(info.context.person, info.context.services)
        return RenewRecoveryCodesSuccess(recovery_codes=list(codes))

    @mutation("Remove one of your factors; needs a fresh sign-in. You are told by mail.")
    @answering
    async def remove_factor(self, info: Info, input: RemoveFactorInput) -> RemoveFactorResult:
        key = decode_id_or_none(input.factor_id, "Factor")
        await remove_factor(info.context.person, key, info.context.services)
        return RemoveFactorSuccess(viewer=await _you(info))

    @mutation("The second step of a sign-in, by a code, a recovery code or a passkey. Needs no token.")
    @answering
    async def complete_sign_in(self, info: Info, input: CompleteSignInInput) -> SignInResult:
        context, proof = info.context, _proof(input)
        begun = await open_challenge(input.challenge, ChallengePurpose.SIGN_IN, context.services.clock.now())
        if begun.staff_member_id is not None:
            done = await complete_staff_sign_in(begun, input.challenge, proof, context.origin, context.services)
            return await opened_answer(info, done.session)
        entered = await complete_patient_sign_in(begun, input.challenge, proof, context.origin, context.services)
        return await opened_answer(info, entered.session)

    @mutation("Prove yourself again in this session, so that sensitive acts are allowed for a while.")
    @answering
    async def reauthenticate(self, info: Info, input: ReauthenticateInput) -> ReauthenticateResult:
        context = info.context
        patient = None if staff_in(context.caller) else context.patient
        if sum(each is not None for each in (input.password, input.provider, input.challenge)) != 1:
            raise InputRefused.one("password", Problem.PASSWORD_OR_CHALLENGE)
        if input.password is not None:
            if patient:
                until = await reauthenticate_patient(patient, input.password, context.services)
            else:
                until = await reauthenticate_staff(context.adding_staff, input.password, context.services)
            return ReauthenticateSuccess(fresh_until=until)
        if input.provider is not None:
            given, staff = input.provider, context.adding_staff
            until = await reauthenticate_by_provider(staff, given.token, given.verifier, context.services)
            return ReauthenticateSuccess(fresh_until=until)
        token, proof = input.challenge or "", _proof(input)
        until = await reauthenticate_by_factor(patient or context.adding_staff, token, proof, context.services)
        return ReauthenticateSuccess(fresh_until=until)

    @mutation("Reset a colleague's second factors and get a code to hand over; needs MANAGE_STAFF and a fresh sign-in.")
    @answering
    async def reset_staff_factors(self, info: Info, input: ResetStaffFactorsInput) -> ResetStaffFactorsResult:
        key = decode_id_or_none(input.staff_member_id, "StaffMember")
        reset = await reset_staff_factors(info.context.staff, key, info.context.services)
        return ResetStaffFactorsSuccess(staff_member=StaffMember.from_model(reset.member), hand_over_code=reset.code)


def _proof(given: CompleteSignInInput | ReauthenticateInput) -> Proof:
    return Proof(code=given.code, recovery_code=given.recovery_code, passkey=given.passkey)


async def _you(info: Info) -> Viewer:
    info.context.forget()
    viewer = await current_viewer(info)
    if viewer is None:
        raise SessionEnded
    return viewer
