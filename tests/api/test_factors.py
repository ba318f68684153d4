"""Second factors over the API, of staff and of patients: from adding one to the fresh sign-in."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest

from api.server.relay import encode_id
from clinic.factors.models import Totp
from clinic.organizations.models import Organization
from clinic.portal_access.models import PortalAccount
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission
from clinic.values.passwords import hash_password
from clinic.work.fresh_sign_in import FRESH_FOR
from clinic.work.models import AuditEvent
from tests.api.client import Client
from tests.clock import FixedClock
from tests.factories import PASSWORD, Practice
from tests.factories.authenticator import Authenticator

OWN = "factors { id kind name }"
FACTORS = f"recoveryCodes viewer {{ ... on StaffMember {{ {OWN} }} ... on PortalAccount {{ {OWN} }} }}"
IDA = "ida@practice.example"


@pytest.fixture
async def ida(practice: Practice) -> StaffMember:
    return await StaffMember.create(
        organization_id=practice.organization.id,
        name="Ida Desk",
        email=IDA,
        email_normal=IDA,
        password_hash=await hash_password(PASSWORD),
        permissions="MANAGE_STAFF MANAGE_ORGANIZATION VIEW_CONTACTS",
        created_at=practice.services.clock.now(),
    )


async def signs_in(stranger: Client, mutation: str = "signInStaff", email: str = IDA) -> dict[str, Any]:
    text = f"""mutation Do($input: {mutation[0].upper()}{mutation[1:]}Input!) {{ answer: {mutation}(input: $input) {{
      __typename ... on SignInSuccess {{ accessToken }}
      ... on SecondFactorNeeded {{ challenge kinds passkeyOptions message }} }} }}"""
    given = {"organization": "willow-creek", "email": email, "password": PASSWORD}
    return dict((await stranger.run(text, input=given))["answer"])


async def adds_codes(client: Client, clock: FixedClock) -> tuple[pyotp.TOTP, dict[str, Any]]:
    begun = await client.mutate("startTotp", {}, "challenge uri secret qrCode { size path }")
    assert begun["uri"].startswith("otpauth://totp/")
    assert begun["qrCode"]["path"].startswith("M4 4h1v1h-1z")
    totp = pyotp.TOTP(begun["secret"])
    wrong = await client.mutate("finishTotp", {"challenge": begun["challenge"], "code": "12 34"})
    assert wrong["__typename"] == "FactorRefused"
    given = {"challenge": begun["challenge"], "code": totp.at(clock.now())}
    added = await client.mutate("finishTotp", given, FACTORS)
    assert added["__typename"] == "FinishTotpSuccess"
    clock.advance(timedelta(seconds=30))
    return totp, added


async def test_staff_add_use_and_remove_factors(
    practice: Practice, stranger: Client, ida: StaffMember, clock: FixedClock
) -> None:
    first = stranger.holding((await signs_in(stranger))["accessToken"])
    _, added = await adds_codes(first, clock)
    assert len(added["recoveryCodes"]) == 10
    assert [factor["kind"] for factor in added["viewer"]["factors"]] == ["TOTP"]
    begun = await first.mutate("startPasskey", {}, "challenge options")
    authenticator = Authenticator()
    made = {"challenge": begun["challenge"], "response": authenticator.make(begun["options"]), "name": "Laptop"}
    both = await first.mutate("finishPasskey", made, FACTORS)
    assert (both["recoveryCodes"], [each["name"] for each in both["viewer"]["factors"]]) == ([], ["", "Laptop"])

    needed = await signs_in(stranger)
    assert (needed["__typename"], needed["kinds"]) == ("SecondFactorNeeded", ["PASSKEY", "TOTP"])
    wrong = await stranger.mutate("completeSignIn", {"challenge": needed["challenge"], "code": "000000"})
    assert (wrong["__typename"], wrong["code"]) == ("FactorRefused", "FACTOR_REFUSED")
    answer = {"challenge": needed["challenge"], "passkey": authenticator.answer(needed["passkeyOptions"])}
    done = await stranger.mutate("completeSignIn", answer, "accessToken viewer { ... on StaffMember { name } }")
    assert done["viewer"] == {"name": "Ida Desk"}
    assert (await stranger.mutate("completeSignIn", answer))["__typename"] == "ChallengeNotUsable"

    here = stranger.holding(done["accessToken"])
    clock.advance(FRESH_FOR - timedelta(seconds=1))
    # The access token lives as long as the sign-in is fresh; a minute of listening is no proof.
    refusal = await here.mutate("removeFactor", {"factorId": both["viewer"]["factors"][0]["id"]})
    assert refusal["__typename"] == "RemoveFactorSuccess"


async def test_fresh_sign_in_is_asked_for_and_given(
    practice: Practice, stranger: Client, ida: StaffMember, clock: FixedClock
) -> None:
    signed_in = await stranger.mutate(
        "signInStaff", {"organization": "willow-creek", "email": IDA, "password": PASSWORD}, "accessToken refreshToken"
    )
    totp, _ = await adds_codes(stranger.holding(signed_in["accessToken"]), clock)
    clock.advance(FRESH_FOR / 2)
    await stranger.holding(signed_in["accessToken"]).run("{ viewer { __typename } }")
    clock.advance(FRESH_FOR / 2)
    tokens = await stranger.mutate("refreshSession", {"refreshToken": signed_in["refreshToken"]}, "accessToken")
    here = stranger.holding(tokens["accessToken"])
    colleague = await practice.staff(Permission.WEB_PORTAL)
    named = encode_id("StaffMember", colleague.staff_member_id)
    leave = {"staffMemberId": named, "reason": "Left."}
    before = await AuditEvent.all().count()
    for name, given in (
        ("disableStaffMember", leave),
        ("enableStaffMember", {"staffMemberId": named}),
        ("setStaffPermissions", {"staffMemberId": named, "permissions": []}),
        ("resetStaffFactors", {"staffMemberId": named}),
        ("updateOrganization", {"requireStaffSecondFactor": True}),
        ("startTotp", {}),
        ("startPasskey", {}),
        ("renewRecoveryCodes", {}),
    ):
        assert (await here.mutate(name, given))["__typename"] == "FreshSignInNeeded", name
    assert await AuditEvent.all().count() == before
    text = """mutation Do($input: ReauthenticateInput!) { answer: reauthenticate(input: $input) {
      __typename ... on SecondFactorNeeded { challenge } } }"""
    first = (await here.run(text, input={"password": PASSWORD}))["answer"]
    both = {"password": PASSWORD, "challenge": first["challenge"], "code": totp.at(clock.now())}
    assert (await here.run(text, input=both))["answer"]["__typename"] == "InvalidInput"
    second = {"challenge": first["challenge"], "code": totp.at(clock.now())}
    assert (await here.run(text, input=second))["answer"]["__typename"] == "ReauthenticateSuccess"
    assert (await here.mutate("disableStaffMember", leave))["__typename"] == "DisableStaffMemberSuccess"


async def test_required_factor_leaves_nothing_else_open(
    practice: Practice, stranger: Client, ida: StaffMember, clock: FixedClock
) -> None:
    await Organization.filter(id=practice.organization.id).update(require_staff_second_factor=True)
    client = stranger.holding((await signs_in(stranger))["accessToken"])
    who = await client.run("{ viewer { ... on StaffMember { mustAddFactor factors { id } } } organization { name } }")
    assert who["viewer"] == {"mustAddFactor": True, "factors": []}
    for text in (
        "{ staffMembers { totalCount } }",
        "{ mySessions { id } }",
        "{ contacts { totalCount } }",
        'mutation { createFacility(input: {name: "Hilltop"}) { __typename } }',
    ):
        [error] = (await client.post(text)).json()["errors"]
        assert error["extensions"] == {"code": "FORBIDDEN", "remedy": "ADD_SECOND_FACTOR"}
        assert "Add a passkey or codes from an app" in error["message"]
    _, added = await adds_codes(client, clock)
    assert (await client.run("{ staffMembers { totalCount } }"))["staffMembers"]["totalCount"] == 1
    last = await client.mutate("removeFactor", {"factorId": added["viewer"]["factors"][0]["id"]})
    assert last["__typename"] == "LastFactor"


async def test_patient_who_added_codes_is_asked_for_one(
    practice: Practice, stranger: Client, clock: FixedClock
) -> None:
    now = clock.now()
    await PortalAccount.create(
        organization_id=practice.organization.id,
        email="omar@example.com",
        email_normal="omar@example.com",
        password_hash=await hash_password(PASSWORD),
        created_at=now,
        registered_at=now,
        email_verified_at=now,
    )
    entered = await signs_in(stranger, "signInPatient", "omar@example.com")
    totp, _ = await adds_codes(stranger.holding(entered["accessToken"]), clock)
    needed = await signs_in(stranger, "signInPatient", "omar@example.com")
    assert (needed["__typename"], needed["kinds"]) == ("SecondFactorNeeded", ["TOTP"])
    given = {"challenge": needed["challenge"], "code": totp.at(clock.now())}
    done = await stranger.mutate("completeSignIn", given, "accessToken viewer { __typename }")
    assert done["viewer"] == {"__typename": "PortalAccount"}


async def test_who_sees_whose_factors(
    practice: Practice, stranger: Client, ida: StaffMember, clock: FixedClock
) -> None:
    await Totp.create(
        organization_id=practice.organization.id,
        staff_member_id=ida.id,
        secret_encrypted=practice.services.secrets.encrypt("A" * 32),
        last_step=0,
        created_at=clock.now(),
    )
    text = "{ staffMembers { nodes { email factors { kind } mustAddFactor } } }"
    seen = []
    for permissions in ((Permission.MANAGE_STAFF,), (Permission.WEB_PORTAL,)):
        _, opened = await practice.signed_in(*permissions)
        rows = (await stranger.holding(opened.access_token).run(text))["staffMembers"]["nodes"]
        [row] = [each for each in rows if each["email"] == IDA]
        assert row["mustAddFactor"] is None
        seen.append(row["factors"])
    assert seen == [[{"kind": "TOTP"}], []]
