"""Each error a person can act on is one class of the core, one member and one code of the schema."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import pytest
import strawberry

from api.requests.refusal_words import refusal_words
from api.schema import make_schema
from api.types.user_errors import (
    NotFound,
    NotPermitted,
    UserError,
    UserErrorCode,
    answering,
    as_member,
)
from clinic.charts import errors as charts
from clinic.documents import errors as documents
from clinic.factors import errors as factors
from clinic.portal_access import errors as portal
from clinic.records.errors import ChangedMeanwhile, ChangeMade, ExternalIdTaken, PossibleTwin, RegisteredAddress
from clinic.single_sign_on.errors import ProviderSignInRefused, WhyNot
from clinic.staff import errors as staff
from clinic.values import errors as core
from clinic.values import ports
from clinic.values.factors import FactorKind
from clinic.values.pdf_check import PdfProblem
from clinic.values.problems import Problem, Weakness

ONE_OF_EACH: list[core.ClinicError] = [
    core.NotPermitted("WEB_PORTAL"),
    core.NotFound("contactId"),
    core.InvalidInput.one("emails.0", Problem.NO_EMAIL_ADDRESS),
    core.TooManyAttempts(timedelta(seconds=90)),
    core.WeakPassword([Weakness.TOO_SHORT]),
    core.WrongCredentials(),
    core.EmailTaken(),
    ExternalIdTaken("externalIds.0", "Contact", UUID(int=1)),
    PossibleTwin(UUID(int=1)),
    RegisteredAddress(),
    staff.LastManager(),
    staff.LastPassword(),
    ChangedMeanwhile(
        "Appointment", UUID(int=1), 3, [ChangeMade(datetime(2026, 3, 2, tzinfo=UTC), "Ida", ("ends_at",))]
    ),
    core.FreshSignInNeeded(),
    factors.SecondFactorNeeded("token", (FactorKind.TOTP,), None),
    factors.FactorRefused(),
    ProviderSignInRefused(WhyNot.NOT_KNOWN),
    staff.PasswordSignInOff("willow-creek"),
    factors.ChallengeNotUsable(),
    factors.LastFactor(),
    factors.LongerPasswordNeeded(),
    portal.ContactHasNoEmail(),
    portal.PortalAccountExists(UUID(int=1)),
    portal.EmailConflict(),
    portal.InvitationNotUsable("USED"),
    portal.IdentityNotConfirmed(),
    portal.LinkNotUsable("EXPIRED"),
    portal.NotLinked(),
    portal.AlreadyLinked(),
    portal.NoMatchingAccount(),
    portal.SeveralAccounts((UUID(int=1), UUID(int=2))),
    portal.ChooseNewPassword(),
    portal.PasswordNeeded(),
    portal.NoConflict(),
    portal.ConflictChanged(),
    portal.SecondPersonNeeded(portal.WhyNotSecond.REQUESTED_IT),
    portal.NotYourRequest(),
    portal.AlreadyDecided(),
    documents.NotShared(),
    documents.NotASigner(),
    documents.NotYourTurn(),
    documents.AlreadySigned(),
    documents.DocumentChanged(),
    documents.DocumentClosed("WITHDRAWN"),
    ports.FileStoreUnavailable("the disk is full"),
    charts.MergeBlocked(charts.MergeObstacle.BOTH_LINKED),
    charts.MustBeKept(charts.KeptFor.LIVE_LINK),
]


@pytest.mark.parametrize("refusal", ONE_OF_EACH, ids=lambda refusal: type(refusal).__name__)
def test_each_refusal_becomes_the_member_of_its_name_and_code(refusal: core.ClinicError) -> None:
    member = as_member(refusal)
    assert member is not None
    assert type(member).__name__ == type(refusal).__name__
    assert (member.code.name, member.message) == (refusal.code, refusal_words(refusal))


def test_every_code_and_every_member_is_that_of_a_refusal() -> None:
    assert {code.name for code in UserErrorCode} == {refusal.code for refusal in ONE_OF_EACH}
    assert {member.__name__ for member in UserError.__subclasses__()} == {type(r).__name__ for r in ONE_OF_EACH}
    assert {code.name for code in UserErrorCode} == set(
        make_schema(introspection=True)._schema.type_map["UserErrorCode"].values  # type: ignore[attr-defined]
    )


def told(refusal: core.ClinicError) -> dict[str, object]:
    member = as_member(refusal)
    assert member is not None
    return vars(member)


def test_values_are_told_as_the_schema_names_them() -> None:
    assert told(core.NotFound("contactId"))["path"] == "contactId"
    assert told(core.NotPermitted("WEB_PORTAL"))["permission"] == "WEB_PORTAL"
    assert told(core.TooManyAttempts(timedelta(seconds=90)))["retry_after_seconds"] == 90
    assert told(core.TooManyAttempts(timedelta(0)))["retry_after_seconds"] == 1
    assert told(portal.InvitationNotUsable("USED"))["reason"] == "USED"
    assert told(portal.PortalAccountExists(UUID(int=1)))["account_id"] == UUID(int=1)


@pytest.mark.parametrize("reason", list(portal.WhyNotSecond))
def test_why_somebody_is_no_second_person_is_told_in_words_of_its_own(reason: portal.WhyNotSecond) -> None:
    member = told(portal.SecondPersonNeeded(reason))
    assert member["reason"] == reason.value
    assert member["message"] == refusal_words(portal.SecondPersonNeeded(reason))


def test_an_ended_session_is_told_as_wrong_credentials() -> None:
    member = as_member(core.SessionEnded())
    assert member is not None
    assert (type(member).__name__, member.code) == ("WrongCredentials", UserErrorCode.WRONG_CREDENTIALS)
    assert member.message == "Your session has ended. Sign in again."


@pytest.mark.parametrize("refusal", [core.ClinicError(), documents.UploadRefused(PdfProblem.BROKEN)])
def test_any_other_refusal_belongs_to_the_top_level(refusal: core.ClinicError) -> None:
    assert as_member(refusal) is None


class Success:
    pass


Result = Annotated[Success | NotPermitted | NotFound, strawberry.union("Result")]


async def test_a_resolver_answers_the_members_of_its_return_type_and_no_other() -> None:
    raised: list[core.ClinicError] = [core.NotFound("contactId"), core.InvalidInput.one("name", Problem.NEEDED)]

    @answering
    async def resolve() -> Result:
        raise raised.pop(0)

    assert isinstance(await resolve(), NotFound)
    with pytest.raises(core.InvalidInput):
        await resolve()


def test_a_resolver_whose_union_has_no_such_member_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="no member that is a UserError"):

        @answering
        async def resolve() -> Success | None:
            return None


def test_a_closed_account_is_told_as_wrong_credentials_with_whom_to_call() -> None:
    member = as_member(core.AccountClosed("Willow Creek", "+1 208 555 0100"))
    assert member is not None
    assert (type(member).__name__, member.code) == ("WrongCredentials", UserErrorCode.WRONG_CREDENTIALS)
    assert member.message == "Your account at Willow Creek is closed. Call +1 208 555 0100 if you need it."
    assert told(core.AccountClosed("Willow Creek", ""))["message"] == (
        "Your account at Willow Creek is closed. Ask the practice if you need it."
    )
