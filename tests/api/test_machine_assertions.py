"""A program signs in by its key, and acts for a staff member; what is forged, stale or foreign gets nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from api.server.relay import encode_id
from clinic.factors.models import Totp
from clinic.records.models import ExternalId, ExternalIdKind
from clinic.service_accounts.access import Account
from clinic.service_accounts.actions import (
    AccountChanges,
    NewAccount,
    create_service_account,
    disable_service_account,
    update_service_account,
)
from clinic.service_accounts.cleanup import remove_used_assertions
from clinic.service_accounts.models import UsedAssertion
from clinic.service_accounts.signing_in import sign_in_by_assertion
from clinic.sessions.models import StaffSession
from clinic.staff.models import StaffMember
from clinic.values.callers import Origin, Permission, StaffCaller
from clinic.values.program_keys import AssertionProblem, AssertionRefused, NoProgramKeys
from clinic.work.models import AuditEvent
from tests.adapters.test_program_keys import jwks_of
from tests.api.client import Client
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Practice
from tests.factories.contents import nothing_changes

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY = ECKey.generate_key("P-256", {"kid": "one"})
READS = frozenset({Permission.VIEW_CONTACTS, Permission.WEB_PORTAL, Permission.VIEW_AUDIT})


class Ehr:
    """A program with a key, and what it sends."""

    def __init__(self, practice: Practice, stranger: Client, account: Account, clock: FixedClock) -> None:
        self.practice, self.client, self.account, self.clock = practice, stranger, account, clock
        self.issuer = practice.services.addresses.api_url
        self._signed = 0

    def signed(self, sub: str | None = None, key: ECKey = KEY, kid: str = "one", **changes: Any) -> str:
        """An assertion of 30 seconds; None among the changes leaves a claim out."""
        self._signed += 1
        client_id = self.account.row.client_id
        claims: dict[str, Any] = {"iss": client_id, "sub": sub or client_id, "aud": self.issuer}
        claims |= {"exp": self.at(30), "jti": f"{self._signed}", **changes}
        return jwt.encode({"alg": "ES256", "kid": kid}, {k: v for k, v in claims.items() if v is not None}, key)

    def at(self, seconds: int) -> int:
        return int((self.clock.now() + timedelta(seconds=seconds)).timestamp())

    async def signs_in(self, assertion: str) -> httpx2.Response:
        form = {"grant_type": "client_credentials", "client_assertion_type": BEARER, "client_assertion": assertion}
        return await self.client.http.post("/oauth/token", data=form)

    async def exchanges(self, subject_token: str, more: dict[str, str] | None = None) -> httpx2.Response:
        form = {"grant_type": EXCHANGE, "subject_token_type": JWT, "subject_token": subject_token} | (more or {})
        return await self.client.http.post("/oauth/token", data=form)

    def holding(self, answer: httpx2.Response) -> Client:
        assert answer.status_code == 200, answer.text
        return self.client.holding(answer.json()["access_token"])


@pytest.fixture
async def ehr(practice: Practice, stranger: Client, clock: FixedClock) -> Ehr:
    new = NewAccount("EHR", READS, may_act_for_staff=True, jwks=jwks_of(KEY))
    made = await create_service_account(practice.system, new, practice.services)
    assert made.secret is None
    return Ehr(practice, stranger, made.account, clock)


@pytest.fixture
async def person(practice: Practice) -> StaffCaller:
    return await practice.staff(*EVERY_PERMISSION)


async def address_of(person: StaffCaller) -> str:
    return f"email:{(await StaffMember.get(id=person.staff_member_id)).email}"


def told(answer: httpx2.Response) -> tuple[int, str, str]:
    body = answer.json()
    assert "access_token" not in body
    return answer.status_code, body["error"], body["error_description"]


async def test_a_signed_assertion_is_a_sign_in_once(ehr: Ehr) -> None:
    for audience in (ehr.issuer, [f"{ehr.issuer}/oauth/token"]):
        assertion = ehr.signed(aud=audience, iat=ehr.at(5))
        answer = await ehr.signs_in(assertion)
        assert (answer.status_code, answer.json()["expires_in"]) == (200, 900)
        assert (await ehr.holding(answer).post("{ contacts { totalCount } }")).status_code == 200

        # Somebody who saw it on its way gets nothing for it.
        assert told(await ehr.signs_in(assertion))[:2] == (401, "invalid_client")
        assert "used before" in told(await ehr.signs_in(assertion))[2]
    assert await StaffSession.filter(program_id=ehr.account.member.id).count() == 2


async def test_an_assertion_is_forgotten_after_no_clock_takes_it(ehr: Ehr, clock: FixedClock) -> None:
    assertion = ehr.signed()
    await ehr.signs_in(assertion)
    clock.advance(timedelta(seconds=35))
    await remove_used_assertions(clock.now())
    assert "used before" in told(await ehr.signs_in(assertion))[2]
    clock.advance(timedelta(seconds=6))
    assert await remove_used_assertions(clock.now()) == 1
    assert not await UsedAssertion.all().exists()
    assert "ended 11 seconds ago" in told(await ehr.signs_in(assertion))[2]


async def test_what_is_wrong_with_a_signed_assertion_is_told(ehr: Ehr, other_practice: Practice) -> None:
    assertions = {
        ehr.signed(aud="https://another.example"): "aud has to be one value",
        ehr.signed(aud=[ehr.issuer, "https://another.example"]): "aud has to be one value",
        ehr.signed(aud=None): "aud has to be one value",
        ehr.signed(exp=ehr.at(-93)): "ended 93 seconds ago",
        ehr.signed(iat=ehr.at(93), exp=ehr.at(120)): "Your clock is 93 seconds ahead",
        ehr.signed(nbf=ehr.at(93), exp=ehr.at(120)): "Your clock is 93 seconds ahead",
        ehr.signed(exp=ehr.at(71)): "may last 60 seconds",
        ehr.signed(exp=float("inf")): "Say in exp",
        ehr.signed(exp=1e300): "Say in exp",
        ehr.signed(exp=None): "Say in exp",
        ehr.signed(jti=None): "a jti of its own",
        ehr.signed(jti=""): "a jti of its own",
        ehr.signed(jti="x" * 301): "a jti of its own",
        ehr.signed("email:somebody@practice.example"): "sub has to be the client id",
    }
    async with nothing_changes():
        for assertion, words in assertions.items():
            status, error, description = told(await ehr.signs_in(assertion))
            assert (status, error) == (401, "invalid_client")
            assert words in description


async def test_foreign_keys_clients_and_ended_accounts_look_alike(ehr: Ehr, other_practice: Practice) -> None:
    another = ECKey.generate_key("P-256", {"kid": "one"})
    new = NewAccount("Foreign", jwks=jwks_of(another))
    foreign = (await create_service_account(other_practice.system, new, other_practice.services)).account
    by_secret = await create_service_account(other_practice.system, NewAccount("Secret"), other_practice.services)
    gone = (await create_service_account(other_practice.system, new, other_practice.services)).account
    ended = ehr.signed(sub=gone.row.client_id, iss=gone.row.client_id, key=another)
    await disable_service_account(other_practice.system, gone.row.id, other_practice.services)
    answers = [
        await ehr.signs_in(each)
        for each in (
            ehr.signed(key=another),
            ehr.signed(kid="two"),
            ehr.signed(iss=foreign.row.client_id, sub=foreign.row.client_id),
            ehr.signed(iss=by_secret.account.row.client_id, sub=by_secret.account.row.client_id),
            ehr.signed(iss=f"sa_{'1' * 32}", sub=f"sa_{'1' * 32}"),
            ended,
        )
    ]
    assert {told(answer) for answer in answers} == {told(answers[0])}
    assert answers[0].status_code == 401


async def test_other_keys_end_the_old_ones_at_once(ehr: Ehr) -> None:
    new = ECKey.generate_key("P-256", {"kid": "two"})
    out = ehr.holding(await ehr.signs_in(ehr.signed()))
    changes = AccountChanges(jwks=jwks_of(new), end_old_now=True)
    await update_service_account(ehr.practice.system, ehr.account.row.id, changes, ehr.practice.services)

    assert told(await ehr.signs_in(ehr.signed()))[1] == "invalid_client"
    assert (await out.post("{ contacts { totalCount } }")).status_code == 401
    ehr.holding(await ehr.signs_in(ehr.signed(key=new, kid="two")))


async def test_keys_that_are_replaced_while_an_assertion_is_checked_open_nothing(ehr: Ehr) -> None:
    class Replaced(NoProgramKeys):
        """Checks by the old keys, and replaces them meanwhile."""

        def issuer_of(self, assertion: str) -> str:
            return ehr.practice.services.program_keys.issuer_of(assertion)

        async def claims(self, assertion: str, jwks: str, jwks_url: str) -> Mapping[str, object]:
            checked = await ehr.practice.services.program_keys.claims(assertion, jwks, jwks_url)
            new = jwks_of(ECKey.generate_key("P-256", {"kid": "two"}))
            changes = AccountChanges(jwks=new, end_old_now=True)
            await update_service_account(ehr.practice.system, ehr.account.row.id, changes, ehr.practice.services)
            return checked

    services = replace(ehr.practice.services, program_keys=Replaced())
    with pytest.raises(AssertionRefused) as refusal:
        await sign_in_by_assertion(ehr.signed(), Origin(), services)
    assert refusal.value.problem is AssertionProblem.UNKNOWN
    assert not await StaffSession.filter(program_id=ehr.account.member.id).exists()


async def test_a_program_acts_for_somebody_with_what_both_may_do(
    ehr: Ehr, person: StaffCaller, clock: FixedClock
) -> None:
    contact = await ehr.practice.contact()
    by_id = f"id:{encode_id('StaffMember', person.staff_member_id)}"
    acting = ehr.client
    await ExternalId.create(
        organization_id=ehr.practice.organization.id,
        kind=ExternalIdKind.STAFF_MEMBER,
        system="urn:ehr",
        value="7",
        staff_member_id=person.staff_member_id,
    )
    for subject in (by_id, "external:urn:ehr|7", await address_of(person)):
        answer = await ehr.exchanges(ehr.signed(subject, exp=ehr.at(300)))
        acting, body = ehr.holding(answer), answer.json()
        assert {**body, "access_token": ""} == {
            "access_token": "",
            "token_type": "Bearer",
            "expires_in": 300,
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        }
    viewer = await acting.run("{ viewer { ... on StaffMember { id permissions } } }")
    assert viewer == {"viewer": {"id": encode_id("StaffMember", person.staff_member_id), "permissions": sorted(READS)}}
    refused = await acting.mutate("updateOrganization", {"phone": "+1 208 555 0100"})
    assert (refused["__typename"], refused["permission"]) == ("NotPermitted", "MANAGE_ORGANIZATION")
    await acting.run("query($id: ID!) { contact(id: $id) { id } }", id=encode_id("Contact", contact.id))
    [view] = await AuditEvent.filter(action="contact.viewed")
    assert view.actor_id == person.staff_member_id
    assert view.details == f'{{"via": "{ehr.account.member.id}"}}'

    [event] = (await acting.run("{ auditEvents(first: 1) { nodes { action actor via } } }"))["auditEvents"]["nodes"]
    assert event == {"action": "contact.viewed", "actor": "Fran Desk", "via": "EHR"}

    clock.advance(timedelta(minutes=5))
    assert (await acting.post("{ viewer { __typename } }")).status_code == 401


async def test_a_token_for_somebody_is_never_made_into_another(ehr: Ehr, person: StaffCaller) -> None:
    subject_token = ehr.signed(await address_of(person), exp=ehr.at(300))
    answer = await ehr.exchanges(subject_token)
    acting = ehr.holding(answer)
    assert "refresh_token" not in answer.json()

    assert "used before" in told(await ehr.exchanges(subject_token))[2]
    assert told(await ehr.exchanges(acting.token or ""))[1] == "invalid_request"
    # Neither token stands for the other.
    assert "sub has to be" in told(await ehr.signs_in(ehr.signed(await address_of(person))))[2]
    assert "names no active staff member" in told(await ehr.exchanges(ehr.signed()))[2]
    assert "may last 300 seconds" in told(await ehr.exchanges(ehr.signed(await address_of(person), exp=ehr.at(311))))[2]


async def test_nobody_else_is_acted_for(ehr: Ehr, other_practice: Practice, clock: FixedClock) -> None:
    abroad = await other_practice.staff(*EVERY_PERMISSION)
    disabled, invited, left = [await ehr.practice.staff() for _ in range(3)]
    await StaffMember.filter(id=left.staff_member_id).update(access_ends_at=clock.now())
    await StaffMember.filter(id=disabled.staff_member_id).update(disabled_at=clock.now())
    await StaffMember.filter(id=invited.staff_member_id).update(password_hash="")
    subjects = [
        await address_of(abroad),
        f"id:{encode_id('StaffMember', abroad.staff_member_id)}",
        await address_of(disabled),
        await address_of(invited),
        await address_of(left),
        f"id:{encode_id('StaffMember', ehr.account.member.id)}",
        f"id:{encode_id('Contact', disabled.staff_member_id)}",
        f"email:{ehr.account.member.email_normal}",
        "email:",
        "id:\x00",
        "external:urn:x|7",
        "external:urn:x|\x00",
        "external:",
        "somebody",
    ]
    async with nothing_changes():
        answers = [told(await ehr.exchanges(ehr.signed(subject))) for subject in subjects]
    assert set(answers) == {answers[0]}
    assert answers[0][:2] == (400, "invalid_request")


async def test_only_a_program_that_may_acts_for_staff_and_it_ends_with_that(ehr: Ehr, person: StaffCaller) -> None:
    acting = ehr.holding(await ehr.exchanges(ehr.signed(await address_of(person))))
    changes = AccountChanges(may_act_for_staff=False)
    await update_service_account(ehr.practice.system, ehr.account.row.id, changes, ehr.practice.services)

    assert (await acting.post("{ viewer { __typename } }")).status_code == 401
    assert told(await ehr.exchanges(ehr.signed(await address_of(person))))[1] == "unauthorized_client"


async def test_a_program_does_not_see_how_the_person_signs_in(ehr: Ehr, person: StaffCaller, clock: FixedClock) -> None:
    now = clock.now()
    await StaffMember.filter(id=person.staff_member_id).update(last_signed_in_at=now)
    await Totp.create(
        organization_id=person.organization_id,
        staff_member_id=person.staff_member_id,
        secret_encrypted="",
        last_step=0,
        created_at=now,
    )
    acting = ehr.holding(await ehr.exchanges(ehr.signed(await address_of(person))))

    seen = await acting.run("{ viewer { ... on StaffMember { lastSignedInAt factors { id } } } }")
    assert seen == {"viewer": {"lastSignedInAt": None, "factors": []}}


@pytest.mark.parametrize("ended", ["program", "person"])
async def test_a_token_ends_at_once_with_the_program_or_the_person(
    ehr: Ehr, person: StaffCaller, clock: FixedClock, ended: str
) -> None:
    acting = ehr.holding(await ehr.exchanges(ehr.signed(await address_of(person))))
    if ended == "program":
        await disable_service_account(ehr.practice.system, ehr.account.row.id, ehr.practice.services)
    else:
        await StaffMember.filter(id=person.staff_member_id).update(disabled_at=clock.now())
    assert (await acting.post("{ viewer { __typename } }")).status_code == 401


@pytest.mark.parametrize(
    "more",
    [
        {"subject_token_type": "urn:ietf:params:oauth:token-type:access_token"},
        {"subject_token": ""},
        {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"actor_token": "x"},
        {"client_assertion": "x"},
        {"scope": "everything"},
    ],
)
async def test_a_mistaken_exchange_is_named(ehr: Ehr, person: StaffCaller, more: dict[str, str]) -> None:
    status, error, _ = told(await ehr.exchanges(ehr.signed(await address_of(person)), more))
    assert (status, error) == (400, "invalid_scope" if "scope" in more else "invalid_request")


async def test_a_client_assertion_beside_it_has_to_be_of_the_same_program(ehr: Ehr, person: StaffCaller) -> None:
    subject = await address_of(person)
    beside = {"client_assertion_type": BEARER}
    ehr.holding(await ehr.exchanges(ehr.signed(subject), {**beside, "client_assertion": ehr.signed()}))
    new = NewAccount("Another", jwks=jwks_of(KEY))
    another = (await create_service_account(ehr.practice.system, new, ehr.practice.services)).account.row.client_id
    foreign = ehr.signed(another, iss=another)
    assert (
        told(await ehr.exchanges(ehr.signed(subject), {**beside, "client_assertion": foreign}))[1] == "invalid_request"
    )
