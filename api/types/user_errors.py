"""The errors a person can act on: the union members that mutations answer, and how the core's refusals become them."""

from collections.abc import Awaitable, Callable
from dataclasses import fields
from enum import Enum
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar, cast, get_args, get_type_hints
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.requests.refusal_log import log_answered_refusal
from api.requests.refusal_words import problem_words, refusal_words, weakness_words
from api.server.fields import field
from api.types.graph import PortalAccount, portal_account
from clinic.portal_access.queries import accounts_with_contacts
from clinic.values import errors as core
from clinic.values.factors import FactorKind

P = ParamSpec("P")
R = TypeVar("R")


def _member(name: str, description: str) -> Any:
    return strawberry.enum_value(name, description=description)


@strawberry.enum(description="Which error it is; may gain values.")
class UserErrorCode(Enum):
    """The names of the errors in capitals."""

    NOT_PERMITTED = _member("NOT_PERMITTED", "A permission is missing.")
    NOT_FOUND = _member("NOT_FOUND", "No such record for this caller.")
    INVALID_INPUT = _member("INVALID_INPUT", "One or several inputs can't be used.")
    WRONG_CREDENTIALS = _member("WRONG_CREDENTIALS", "No such sign-in.")
    TOO_MANY_ATTEMPTS = _member("TOO_MANY_ATTEMPTS", "Wait before the next attempt.")
    CONTACT_HAS_NO_EMAIL = _member("CONTACT_HAS_NO_EMAIL", "There is no address to write to.")
    PORTAL_ACCOUNT_EXISTS = _member("PORTAL_ACCOUNT_EXISTS", "An account exists already.")
    CHANGED_MEANWHILE = _member("CHANGED_MEANWHILE", "Somebody changed the record after you saw it.")
    EXTERNAL_ID_TAKEN = _member("EXTERNAL_ID_TAKEN", "Another record has the external id.")
    POSSIBLE_TWIN = _member("POSSIBLE_TWIN", "The same person seems to be on record already.")
    REGISTERED_ADDRESS = _member("REGISTERED_ADDRESS", "A person signs in with the address.")
    EMAIL_TAKEN = _member("EMAIL_TAKEN", "Somebody else has the address.")
    LAST_MANAGER = _member("LAST_MANAGER", "Nobody who can sign in would be left to manage staff.")
    LAST_PASSWORD = _member("LAST_PASSWORD", "Passwords are off, and this is the one whose password works.")
    SECOND_FACTOR_NEEDED = _member("SECOND_FACTOR_NEEDED", "The password is right; a second factor is asked for.")
    PASSWORD_SIGN_IN_OFF = _member("PASSWORD_SIGN_IN_OFF", "Staff sign in at the practice's provider.")
    PROVIDER_SIGN_IN_REFUSED = _member("PROVIDER_SIGN_IN_REFUSED", "Nobody signed in at the practice's provider.")
    FRESH_SIGN_IN_NEEDED = _member("FRESH_SIGN_IN_NEEDED", "Prove yourself again, then do it again.")
    FACTOR_REFUSED = _member("FACTOR_REFUSED", "The code or passkey is not right, or was used before.")
    CHALLENGE_NOT_USABLE = _member("CHALLENGE_NOT_USABLE", "The step took too long or is done.")
    LAST_FACTOR = _member("LAST_FACTOR", "The practice asks for a second factor, and this is the only one.")
    LONGER_PASSWORD_NEEDED = _member("LONGER_PASSWORD_NEEDED", "The password does only with a second factor.")
    EMAIL_CONFLICT = _member("EMAIL_CONFLICT", "The account with the address belongs to another record.")
    INVITATION_NOT_USABLE = _member("INVITATION_NOT_USABLE", "The link opens nothing (any more).")
    IDENTITY_NOT_CONFIRMED = _member("IDENTITY_NOT_CONFIRMED", "What was typed does not fit the record.")
    WEAK_PASSWORD = _member("WEAK_PASSWORD", "The password may not be used.")
    LINK_NOT_USABLE = _member("LINK_NOT_USABLE", "A mailed link about an account opens nothing (any more).")
    CHOOSE_NEW_PASSWORD = _member("CHOOSE_NEW_PASSWORD", "A password must be chosen along with this.")
    PASSWORD_NEEDED = _member("PASSWORD_NEEDED", "The account's password must be given along with this.")
    NOT_LINKED = _member("NOT_LINKED", "There is no link to act on.")
    ALREADY_LINKED = _member("ALREADY_LINKED", "There is a link already.")
    NO_MATCHING_ACCOUNT = _member("NO_MATCHING_ACCOUNT", "No account with one of the addresses waits to be linked.")
    SEVERAL_ACCOUNTS = _member("SEVERAL_ACCOUNTS", "One of several accounts has to be chosen.")
    NO_CONFLICT = _member("NO_CONFLICT", "There is no conflict to settle (any more).")
    CONFLICT_CHANGED = _member("CONFLICT_CHANGED", "The account was linked again after the transfer was asked for.")
    SECOND_PERSON_NEEDED = _member("SECOND_PERSON_NEEDED", "You don't count as a second person.")
    NOT_YOUR_REQUEST = _member("NOT_YOUR_REQUEST", "Somebody else asked for it.")
    ALREADY_DECIDED = _member("ALREADY_DECIDED", "It was decided before.")
    NOT_SHARED = _member("NOT_SHARED", "The document is not shared with you (any more).")
    NOT_A_SIGNER = _member("NOT_A_SIGNER", "Somebody else, or nobody, is asked to sign.")
    NOT_YOUR_TURN = _member("NOT_YOUR_TURN", "Somebody else has to sign before you.")
    ALREADY_SIGNED = _member("ALREADY_SIGNED", "It has been signed already.")
    DOCUMENT_CHANGED = _member("DOCUMENT_CHANGED", "What was shown is not what would be signed.")
    FILE_STORE_UNAVAILABLE = _member("FILE_STORE_UNAVAILABLE", "Files can't be stored or read right now.")
    DOCUMENT_CLOSED = _member("DOCUMENT_CLOSED", "Nothing is to be signed or changed (any more).")
    MERGE_BLOCKED = _member("MERGE_BLOCKED", "The two records can't be merged (yet).")
    MUST_BE_KEPT = _member("MUST_BE_KEPT", "The record can't be erased (yet).")


@strawberry.interface(description="An error a person can act on. Clients need a default branch: members may be added.")
class UserError:
    """Every member of a result union that is not a success."""

    code: UserErrorCode = strawberry.field(description="Which error it is, for programs.")
    message: str = strawberry.field(description="What is wrong and what would help, in plain English.")


@strawberry.type(description="The caller lacks a permission.")
class NotPermitted(UserError):
    permission: str = strawberry.field(description="The permission that is missing.")


@strawberry.type(description="There is no such record, or it belongs to another organization: nobody can tell which.")
class NotFound(UserError):
    path: str = strawberry.field(description="The input that named it.")


@strawberry.type(description="What is wrong with one input.")
class InputProblem:
    path: str = strawberry.field(description="The input, such as emails.0.")
    message: str = strawberry.field(description="What would be right, in English or Spanish as Accept-Language asks.")


@strawberry.type(description="One or several inputs can't be used; nothing was changed.")
class InvalidInput(UserError):
    fields: list[InputProblem] = strawberry.field(description="Each input that is wrong.")


@strawberry.type(description="A closed account, and whom to ask about it.")
class ClosedAccount:
    organization: str = strawberry.field(description="The practice that closed it.")
    phone: str | None = strawberry.field(description="The practice's phone number, if it has given one.")


@strawberry.type(description="The address or the password is not right; never says which.")
class WrongCredentials(UserError):
    closed_account: ClosedAccount | None = strawberry.field(
        description="Given where the password is right and the account is closed."
    )


@strawberry.type(description="Too many attempts; the door opens again by itself.")
class TooManyAttempts(UserError):
    retry_after_seconds: int = strawberry.field(description="How long to wait.")


@strawberry.type(description="The contact has no email address.")
class ContactHasNoEmail(UserError):
    pass


@strawberry.type(description="The contact's person has an account already, or an account waits to be linked.")
class PortalAccountExists(UserError):
    account_id: strawberry.Private[UUID]

    # Non-null as in the success: a client can select `account` of both without an alias.
    @field("The account that exists.")
    async def account(self, info: Info) -> PortalAccount:
        found = await portal_account(info, self.account_id)
        if found is None:  # registered accounts are never withdrawn
            raise LookupError(self.account_id)
        return found


@strawberry.type(description="Another staff member signs in with this address.")
class EmailTaken(UserError):
    pass


@strawberry.type(description="Nobody who is active would be left to manage staff.")
class LastManager(UserError):
    pass


@strawberry.type(description="The password is right: go on with `completeSignIn`, or with `reauthenticate`.")
class SecondFactorNeeded(UserError):
    challenge: str = strawberry.field(description="Names the second step, which may be finished once, in ten minutes.")
    kinds: list[FactorKind] = strawberry.field(
        description="The factors you have; a recovery code does too. None: a manager of staff handed you a code."
    )
    passkey_options: str | None = strawberry.field(
        description="WebAuthn request options, as JSON; null for a person without a passkey."
    )


@strawberry.type(description="The act asks for a sign-in of the last minutes: `reauthenticate`, then do it again.")
class FreshSignInNeeded(UserError):
    pass


@strawberry.type(description="The code or the passkey is not right, or was used before; never says which.")
class FactorRefused(UserError):
    pass


@strawberry.type(description="The step was begun too long ago or is done: start again.")
class ChallengeNotUsable(UserError):
    pass


@strawberry.type(description="The practice asks its staff for a second factor, and this is your only one.")
class LastFactor(UserError):
    pass


@strawberry.type(description="Your password is so short that it does only together with a second factor.")
class LongerPasswordNeeded(UserError):
    pass


@strawberry.type(description="The account with the contact's address belongs to another record.")
class EmailConflict(UserError):
    pass


@strawberry.type(description="The invitation's link, a patient's or a staff member's, opens nothing (any more).")
class InvitationNotUsable(UserError):
    reason: str = strawberry.field(description="UNKNOWN, USED, REPLACED, REVOKED or EXPIRED.")


@strawberry.type(description="What was typed does not fit the record; the same for every miss.")
class IdentityNotConfirmed(UserError):
    pass


@strawberry.type(description="The password may not be used.")
class WeakPassword(UserError):
    reasons: list[str] = strawberry.field(
        description="Why, in plain sentences, in English or Spanish as Accept-Language asks."
    )


@strawberry.type(description="A mailed link about an account opens nothing (any more).")
class LinkNotUsable(UserError):
    reason: str = strawberry.field(description="UNKNOWN, USED, REPLACED, WITHDRAWN or EXPIRED.")


@strawberry.type(description="The address is confirmed from elsewhere than it was registered: choose a password.")
class ChooseNewPassword(UserError):
    pass


@strawberry.type(description="The new address is confirmed from elsewhere than it was asked for: give the password.")
class PasswordNeeded(UserError):
    pass


@strawberry.type(description="There is no live link, or invitation, to act on.")
class NotLinked(UserError):
    pass


@strawberry.type(description="The contact, or the account, has a live link.")
class AlreadyLinked(UserError):
    pass


@strawberry.type(description="No account with one of the contact's addresses waits to be linked.")
class NoMatchingAccount(UserError):
    pass


@strawberry.type(description="Several accounts bear the contact's addresses; name one as `accountId`.")
class SeveralAccounts(UserError):
    account_ids: strawberry.Private[tuple[UUID, ...]]

    @field("The accounts to choose from, the one with the primary address first.")
    async def accounts(self, info: Info) -> list[PortalAccount]:
        found = await accounts_with_contacts(info.context.person.organization_id, self.account_ids)
        return [PortalAccount.from_model(*found[key]) for key in self.account_ids if key in found]


@strawberry.type(description="No other record stands in the contact's way.")
class NoConflict(UserError):
    pass


@strawberry.type(description="The account was linked again after the transfer was asked for; ask for a new one.")
class ConflictChanged(UserError):
    pass


@strawberry.type(description="You don't count as a second person beside the one who asked.")
class SecondPersonNeeded(UserError):
    reason: str = strawberry.field(
        description="REQUESTED_IT, ACCOUNT_TOO_NEW, CREATED_BY_REQUESTER, PERMISSION_FROM_REQUESTER, "
        "NO_SECOND_FACTOR, IS_PROGRAM or REQUESTED_BY_PROGRAM; may gain values."
    )


@strawberry.type(description="Somebody else asked for it, and only they can withdraw it.")
class NotYourRequest(UserError):
    pass


@strawberry.type(description="It was approved, declined or withdrawn before.")
class AlreadyDecided(UserError):
    pass


@strawberry.type(description="The document is not, or no longer, shared with you, or was taken back.")
class NotShared(UserError):
    pass


@strawberry.type(description="Somebody else, or nobody, is asked to sign the document.")
class NotASigner(UserError):
    pass


@strawberry.type(description="The signers sign one after another, and somebody before you has not signed yet.")
class NotYourTurn(UserError):
    pass


@strawberry.type(description="You have signed it already.")
class AlreadySigned(UserError):
    pass


@strawberry.type(description="Files can't be stored or read right now. Nothing was changed; send it again soon.")
class FileStoreUnavailable(UserError):
    pass


@strawberry.type(description="What you were shown is not what would be signed: show it again.")
class DocumentChanged(UserError):
    pass


@strawberry.type(description="Nothing is to be signed or changed (any more).")
class DocumentClosed(UserError):
    reason: str = strawberry.field(description="WITHDRAWN, SUPERSEDED, DECLINED, COMPLETED or SIGNED; may gain values.")


# Refusals that are told as another, with words of their own: all of them say that no session comes of it.
_TOLD_AS: dict[type[core.ClinicError], type[core.ClinicError]] = {
    core.SessionEnded: core.WrongCredentials,
    core.AccountClosed: core.WrongCredentials,
}
# What a member says under another name, or in another form, than the refusal. Members of other modules add theirs.
VALUES: dict[type[UserError], Callable[[Any], dict[str, object]]] = {
    NotFound: lambda refusal: {"path": refusal.field},
    WrongCredentials: lambda refusal: {
        "closed_account": ClosedAccount(organization=refusal.organization, phone=refusal.phone or None)
        if isinstance(refusal, core.AccountClosed)
        else None
    },
    TooManyAttempts: lambda refusal: {"retry_after_seconds": max(1, round(refusal.retry_after.total_seconds()))},
}
# What is read beside the field that it is about, and so in the language that the request asks for.
_IN_LANGUAGE: dict[type[UserError], Callable[[Any, str], dict[str, object]]] = {
    InvalidInput: lambda refusal, language: {
        "fields": [InputProblem(path=each.path, message=problem_words(each, language)) for each in refusal.problems]
    },
    WeakPassword: lambda refusal, language: {"reasons": weakness_words(refusal, language)},
}
_SHARED = {each.name for each in fields(cast(Any, UserError))}


@cache
def _members() -> dict[str, type[UserError]]:
    """The members by name: each tells of the refusal of the same name in the core."""
    return {member.__name__: member for member in UserError.__subclasses__()}


def as_member(refusal: core.ClinicError, language: str = "en") -> UserError | None:
    """The union member a refusal becomes; None for one that belongs to the top level."""
    kind = _TOLD_AS.get(type(refusal), type(refusal))
    member = _members().get(kind.__name__)
    if member is None:
        return None
    code = UserErrorCode[kind.code]
    if member in _IN_LANGUAGE:
        values = _IN_LANGUAGE[member](refusal, language)
    elif member in VALUES:
        values = VALUES[member](refusal)
    else:
        own = {each.name for each in fields(cast(Any, member)) if each.init} - _SHARED
        values = {name: getattr(refusal, name) for name in own}
    return member(code=code, message=refusal_words(refusal), **values)


def answering(resolver: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Answer the core's refusals as the members of the union that the resolver returns; others go on to the top."""
    members = _user_errors_in(get_type_hints(resolver)["return"])

    @wraps(resolver)
    async def answered(*args: P.args, **kwargs: P.kwargs) -> R:
        info = kwargs.get("info")
        if isinstance(info, strawberry.Info):
            # An earlier mutation of the same request may have changed what was read.
            info.context.forget()
        try:
            return await resolver(*args, **kwargs)
        except core.ClinicError as refusal:
            language = info.context.origin.language if isinstance(info, strawberry.Info) else "en"
            member = as_member(refusal, language)
            if not isinstance(member, members):
                raise
            if isinstance(info, strawberry.Info):
                await log_answered_refusal(info, refusal, kwargs.get("input"))
            return member  # type: ignore[return-value]  # R is the union that `members` are part of

    return answered


def _user_errors_in(union: Any) -> tuple[type[UserError], ...]:
    members = tuple(member for member in get_args(union) if issubclass(member, UserError))
    if not members:
        raise TypeError(f"{union} has no member that is a UserError")
    return members
