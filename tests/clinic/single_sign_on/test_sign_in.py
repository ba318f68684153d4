"""Staff sign in at their practice's provider: who gets a session, and who doesn't."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.secrets import KeyringSecrets, new_key
from clinic.factors.errors import SecondFactorNeeded
from clinic.sessions.models import StaffSession
from clinic.sessions.queries import caller_by_access_token
from clinic.single_sign_on.actions import begin_at_provider, complete_provider_sign_in, finish_at_provider
from clinic.single_sign_on.actions.come_back import CameBack, remove_ended_provider_sign_ins
from clinic.single_sign_on.actions.complete import reauthenticate_by_provider
from clinic.single_sign_on.errors import ProviderSignInRefused
from clinic.single_sign_on.models import IdentityProvider, ProviderSignIn, StaffIdentity
from clinic.staff.models import StaffMember
from clinic.throttling.models import AttemptWindow
from clinic.throttling.throttle import PROVIDER_PER_ADDRESS, key_of, network_of
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import AccountClosed, FreshSignInNeeded, TooManyAttempts
from clinic.work.fresh_sign_in import FRESH_FOR, require_fresh
from clinic.work.models import AuditEvent
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import nothing_changes
from tests.factories.openid_provider import Provider
from tests.factories.provider_sign_in import ANA, ORIGIN, REGISTERED, VERIFIER, AtTheProvider, challenge_of, follow

SLUG = "willow-creek"


async def signed_in(there: AtTheProvider) -> StaffCaller:
    done = await complete_provider_sign_in(await there.token(), VERIFIER, ORIGIN, there.services)
    caller = await caller_by_access_token(done.session.access_token, ORIGIN, there.services.clock.now())
    assert isinstance(caller, StaffCaller)
    return caller


async def refused(there: AtTheProvider, token: str | None = None, verifier: str = VERIFIER) -> str:
    """Why nobody is signed in; no session and no identity is left behind."""
    token = token or await there.token()
    before = await StaffSession.all().count(), await StaffIdentity.all().count()
    with pytest.raises(ProviderSignInRefused) as refusal:
        await complete_provider_sign_in(token, verifier, ORIGIN, there.services)
    assert (await StaffSession.all().count(), await StaffIdentity.all().count()) == before
    return refusal.value.reason


async def test_member_with_the_verified_address_signs_in_with_the_permissions_they_have_here(
    there: AtTheProvider, clock: FixedClock
) -> None:
    member = await there.member(ANA, Permission.WEB_PORTAL)
    caller = await signed_in(there)
    assert caller.staff_member_id == member.id
    assert caller.permissions == {Permission.WEB_PORTAL, Permission.VIEW_CONTACTS}
    assert (await StaffMember.get(id=member.id)).last_signed_in_at == clock.now()
    events = await AuditEvent.filter(subject_id=member.id).order_by("sequence")
    assert [event.action for event in events][-2:] == ["staff_member.known_at_provider", "staff_member.signed_in"]


async def test_subject_counts_from_then_on_whatever_the_address_is(there: AtTheProvider) -> None:
    member = await there.member()
    await signed_in(there)
    there.provider.person = {"sub": "person-1", "email": "new.name@elsewhere.example", "email_verified": False}
    assert (await signed_in(there)).staff_member_id == member.id
    assert await StaffIdentity.all().count() == 1


async def test_address_that_went_to_another_person_is_not_their_predecessor(there: AtTheProvider) -> None:
    await there.member()
    await signed_in(there)
    there.provider.person = {**there.provider.person, "sub": "person-2"}
    assert await refused(there) == "NOT_KNOWN"


@pytest.mark.parametrize(("claims", "domains", "known"), [
    ({"email_verified": True}, (), True),
    ({"email_verified": False}, (), False),
    ({"email_verified": None}, (), False),
    ({"email_verified": None}, ("willow-creek.example",), True),
    ({"email_verified": None}, ("elsewhere.example",), False),
    ({"email_verified": None, "email": "ana.admin@sub.willow-creek.example"}, ("willow-creek.example",), False),
    # What the provider calls unverified stays so, whatever the practice says.
    ({"email_verified": False}, ("willow-creek.example",), False),
    ({"email_verified": "false"}, ("willow-creek.example",), False),
    ({"email": None}, ("willow-creek.example",), False),
])  # fmt: skip
async def test_address_counts_where_the_provider_or_the_practice_vouches_for_it(
    there: AtTheProvider, claims: dict[str, object], domains: tuple[str, ...], known: bool
) -> None:
    await there.register(replace(REGISTERED, verified_domains=domains))
    await there.member()
    there.provider.changed_claims = claims
    if known:
        await signed_in(there)
    else:
        assert await refused(there) == "NOT_KNOWN"


async def test_address_in_other_letters_is_the_same_member(there: AtTheProvider) -> None:
    member = await there.member()
    there.provider.changed_claims = {"email": "Ana.Admin@Willow-Creek.Example"}
    assert (await signed_in(there)).staff_member_id == member.id


async def test_stranger_whom_the_provider_knows_is_nobody_here(there: AtTheProvider, other_practice: Practice) -> None:
    theirs = await other_practice.staff()
    await StaffMember.filter(id=theirs.staff_member_id).update(email=ANA, email_normal=ANA)
    assert await refused(there) == "NOT_KNOWN"


async def test_disabled_member_stays_out_by_subject_and_by_address(there: AtTheProvider, clock: FixedClock) -> None:
    member = await there.member()
    await StaffMember.filter(id=member.id).update(disabled_at=clock.now())
    for _ in ("by address", "by subject"):
        with pytest.raises(AccountClosed) as refusal:
            await complete_provider_sign_in(await there.token(), VERIFIER, ORIGIN, there.services)
        assert refusal.value.phone == "+1 (208) 555-0134"
        assert not await StaffSession.exists(staff_member_id=member.id)
        await StaffMember.filter(id=member.id).update(disabled_at=None)
        await signed_in(there)
        await StaffSession.filter(staff_member_id=member.id).delete()
        await StaffMember.filter(id=member.id).update(disabled_at=clock.now())


async def test_invited_member_accepts_the_invitation_first(there: AtTheProvider) -> None:
    member = await there.member()
    await StaffMember.filter(id=member.id).update(password_hash="")
    assert await refused(there) == "INVITED"


async def test_second_factor_kept_here_is_still_asked_for(there: AtTheProvider) -> None:
    member = await there.member()
    await StaffMember.filter(id=member.id).update(must_add_factor=True)
    token = await there.token()
    with pytest.raises(SecondFactorNeeded):
        await complete_provider_sign_in(token, VERIFIER, ORIGIN, there.services)
    assert not await StaffSession.exists(staff_member_id=member.id)
    # The step was begun with this token, which opens nothing else.
    assert await refused(there, token) == "START_AGAIN"


async def test_sensitive_acts_count_from_when_the_person_proved_themselves_at_the_provider(
    there: AtTheProvider, clock: FixedClock
) -> None:
    await there.member()
    long_ago = clock.now() - FRESH_FOR - timedelta(seconds=1)
    there.provider.changed_claims = {"auth_time": int(long_ago.timestamp())}
    caller = await signed_in(there)
    with pytest.raises(FreshSignInNeeded):
        await require_fresh(caller, clock.now())
    there.provider.changed_claims = {}
    until = await reauthenticate_by_provider(caller, await there.token(again=True), VERIFIER, there.services)
    assert there.provider.authorizations[-1]["prompt"] == "login"
    assert until == clock.now() + FRESH_FOR
    await require_fresh(caller, clock.now())


async def test_provider_that_does_not_say_when_counts_from_now(there: AtTheProvider, clock: FixedClock) -> None:
    await there.member()
    there.provider.changed_claims = {"auth_time": None}
    await require_fresh(await signed_in(there), clock.now())
    # Nobody proves themselves in the future.
    there.provider.changed_claims = {"auth_time": int(clock.now().timestamp()) + 9_999}
    caller = await signed_in(there)
    await require_fresh(caller, clock.now())
    clock.advance(FRESH_FOR)
    with pytest.raises(FreshSignInNeeded):
        await require_fresh(caller, clock.now())


async def test_only_the_same_person_asked_anew_proves_anything(there: AtTheProvider, clock: FixedClock) -> None:
    await there.member()
    caller = await signed_in(there)
    there.provider.changed_claims = {"auth_time": int((clock.now() - FRESH_FOR).timestamp())}
    for person in (there.provider.person, {**there.provider.person, "sub": "person-2"}):
        there.provider.person = person
        with pytest.raises(ProviderSignInRefused) as refusal:
            await reauthenticate_by_provider(caller, await there.token(again=True), VERIFIER, there.services)
        assert refusal.value.reason == "NOT_PROVEN"
        there.provider.changed_claims = {}


async def test_token_works_once_in_time_and_for_the_screen_that_began(there: AtTheProvider, clock: FixedClock) -> None:
    await there.member()
    token = await there.token()
    assert await refused(there, token, "what another screen knows") == "START_AGAIN"
    assert await refused(there, "made up") == "START_AGAIN"
    await complete_provider_sign_in(token, VERIFIER, ORIGIN, there.services)
    assert await refused(there, token) == "START_AGAIN"
    used = await ProviderSignIn.get(used_at__isnull=False)
    assert (used.subject, used.email_normal) == ("", "")
    late = await there.token()
    clock.advance(timedelta(minutes=2))
    assert await refused(there, late) == "START_AGAIN"


async def test_two_requests_with_one_token_open_one_session(there: AtTheProvider) -> None:
    member = await there.member()
    token = await there.token()
    tried = [complete_provider_sign_in(token, VERIFIER, ORIGIN, there.services) for _ in range(2)]
    results = await asyncio.gather(*tried, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["ProviderSignInRefused", "StaffSignedIn"]
    assert await StaffSession.filter(staff_member_id=member.id).count() == 1


async def came_back_wrong(there: AtTheProvider, kept: str, came_back: CameBack, slug: str = SLUG) -> str:
    async with nothing_changes():
        with pytest.raises(ProviderSignInRefused) as refusal:
            await finish_at_provider(slug, kept, came_back, ORIGIN, there.services)
    return refusal.value.reason


async def test_answer_counts_only_in_the_browser_that_began_and_in_time(
    there: AtTheProvider, clock: FixedClock
) -> None:
    begun = await begin_at_provider(SLUG, challenge_of(VERIFIER), ORIGIN, there.services)
    other = await begin_at_provider(SLUG, challenge_of(VERIFIER), ORIGIN, there.services)
    came_back = await follow(there.provider, begun.address)
    assert await came_back_wrong(there, "", came_back) == "START_AGAIN"
    assert await came_back_wrong(there, other.kept, came_back) == "START_AGAIN"
    assert await came_back_wrong(there, begun.kept, replace(came_back, state="é\udc80")) == "START_AGAIN"
    assert await came_back_wrong(there, begun.kept, replace(came_back, code="", error="access_denied")) == "CANCELLED"
    assert await came_back_wrong(there, begun.kept, replace(came_back, error="server_error")) == "PROVIDER_REFUSED"
    assert await came_back_wrong(there, begun.kept, replace(came_back, code="made-up")) == "PROVIDER_REFUSED"
    clock.advance(timedelta(minutes=10))
    assert await came_back_wrong(there, begun.kept, came_back) == "START_AGAIN"


async def test_id_token_counts_once_even_where_the_provider_redeems_a_code_twice(there: AtTheProvider) -> None:
    there.provider.keeps_codes = True
    begun = await begin_at_provider(SLUG, challenge_of(VERIFIER), ORIGIN, there.services)
    came_back = await follow(there.provider, begun.address)
    await finish_at_provider(SLUG, begun.kept, came_back, ORIGIN, there.services)
    assert await came_back_wrong(there, begun.kept, came_back) == "START_AGAIN"


async def test_answer_for_one_practice_is_worth_nothing_at_another(
    there: AtTheProvider, other_practice: Practice
) -> None:
    assert await came_back_wrong(there, "", CameBack("s", "c"), "harbor-house") == "NO_PROVIDER"
    await AtTheProvider(other_practice, there.provider, there.services).register()
    begun = await begin_at_provider(SLUG, challenge_of(VERIFIER), ORIGIN, there.services)
    came_back = await follow(there.provider, begun.address)
    assert await came_back_wrong(there, begun.kept, came_back, "harbor-house") == "START_AGAIN"


async def test_provider_that_is_away_is_told_of_on_both_ways(there: AtTheProvider) -> None:
    begun = await begin_at_provider(SLUG, challenge_of(VERIFIER), ORIGIN, there.services)
    came_back = await follow(there.provider, begun.address)
    there.provider.away = True
    assert await came_back_wrong(there, begun.kept, came_back) == "PROVIDER_AWAY"


@pytest.mark.parametrize("slug", ["harbor-house", "nowhere", "No Slug", "x" * 999, "\udc80"])
async def test_practice_without_a_provider_and_no_practice_are_one(
    there: AtTheProvider, other_practice: Practice, slug: str
) -> None:
    with pytest.raises(ProviderSignInRefused) as refusal:
        await begin_at_provider(slug, challenge_of(VERIFIER), ORIGIN, there.services)
    assert refusal.value.reason == "NO_PROVIDER"


async def test_starts_and_returns_from_one_network_are_bounded(there: AtTheProvider, clock: FixedClock) -> None:
    begun = await begin_at_provider(SLUG, challenge_of(VERIFIER), ORIGIN, there.services)
    key = key_of(PROVIDER_PER_ADDRESS, network_of(ORIGIN.address))
    assert await AttemptWindow.filter(key=key).update(attempts=PROVIDER_PER_ADDRESS.limit - 1) == 1
    await begin_at_provider(SLUG, challenge_of(VERIFIER), ORIGIN, there.services)
    with pytest.raises(TooManyAttempts):
        await begin_at_provider(SLUG, challenge_of(VERIFIER), ORIGIN, there.services)
    asked = len(there.provider.asked)
    with pytest.raises(TooManyAttempts):
        await finish_at_provider(SLUG, begun.kept, CameBack("state", "code"), ORIGIN, there.services)
    assert len(there.provider.asked) == asked
    clock.advance(PROVIDER_PER_ADDRESS.window)
    await begin_at_provider(SLUG, challenge_of(VERIFIER), ORIGIN, there.services)


async def test_what_came_back_long_ago_is_deleted(there: AtTheProvider, clock: FixedClock) -> None:
    await there.token()
    clock.advance(timedelta(minutes=59))
    assert await remove_ended_provider_sign_ins(there.services) == 0
    clock.advance(timedelta(minutes=2))
    assert await remove_ended_provider_sign_ins(there.services) == 1
    assert not await ProviderSignIn.exists()


async def test_nothing_secret_is_stored_as_it_is(there: AtTheProvider, provider: Provider) -> None:
    token = await there.token()
    row = await ProviderSignIn.get()
    assert token not in str(vars(row))
    assert provider.authorizations[-1]["nonce"] not in str(vars(row))


async def test_a_lost_key_sends_nobody_to_the_provider(there: AtTheProvider) -> None:
    lost = KeyringSecrets([new_key()])
    await IdentityProvider.all().update(client_secret_encrypted=lost.encrypt("a secret"))
    with pytest.raises(ProviderSignInRefused, match="PROVIDER_AWAY"):
        await begin_at_provider(SLUG, challenge_of(VERIFIER), ORIGIN, there.services)
