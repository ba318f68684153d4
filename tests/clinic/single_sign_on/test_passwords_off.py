"""A practice turns passwords off: when it may, who is refused then, and the ways back in."""

from datetime import date, timedelta

import pytest

from clinic.factors.challenges import begin, open_challenge
from clinic.factors.errors import ChallengeNotUsable
from clinic.factors.models import ChallengePurpose
from clinic.factors.person import person_behind
from clinic.letters.delivery import deliver_due_letters
from clinic.mail.models import Letter
from clinic.organizations.actions import OrganizationChanges, update_organization
from clinic.organizations.models import Organization
from clinic.sessions.models import StaffSession
from clinic.single_sign_on.actions import complete_provider_sign_in, remove_identity_provider
from clinic.single_sign_on.errors import ProviderSignInRefused
from clinic.single_sign_on.queries import SignInWays, sign_in_ways
from clinic.staff.actions import (
    accept_staff_invitation,
    create_staff_member,
    disable_staff_member,
    print_password_link,
    reauthenticate_staff,
    recover_manager,
    request_staff_password_reset,
    reset_staff_password,
    set_staff_last_day,
    set_staff_permissions,
    sign_in_staff,
)
from clinic.staff.errors import LastPassword, PasswordSignInOff
from clinic.staff.models import StaffMember, StaffState, StaffTokenPurpose
from clinic.staff.tokens import print_token
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import FreshSignInNeeded, InvalidInput, InvitationNotUsable, NotFound, WrongCredentials
from clinic.values.passwords import hash_password
from clinic.work.fresh_sign_in import FRESH_FOR
from clinic.work.models import AuditEvent
from clinic.work.unit_of_work import unit_of_work
from tests.clock import FixedClock
from tests.factories import PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.factories.letters import text_of
from tests.factories.provider_sign_in import ANA, ORIGIN, VERIFIER, AtTheProvider

SLUG = "willow-creek"
GLASS = "glass@willow-creek.example"
FRAN = "fran@willow-creek.example"
NEW_PASSWORD = "eleven quiet lanterns drift"


async def with_password(there: AtTheProvider, email: str, *permissions: Permission) -> StaffMember:
    member = await there.member(email, *permissions)
    await StaffMember.filter(id=member.id).update(password_hash=await hash_password(PASSWORD))
    return await StaffMember.get(id=member.id)


async def turn_off(
    there: AtTheProvider, caller: StaffCaller | SystemCaller | None = None, glass: StaffMember | None = None
) -> None:
    changes = OrganizationChanges(password_sign_in=False, break_glass_staff_member_id=glass.id if glass else None)
    await update_organization(caller or there.practice.system, changes, there.services)


@pytest.fixture
async def glass(there: AtTheProvider) -> StaffMember:
    return await with_password(there, GLASS, Permission.MANAGE_STAFF)


@pytest.fixture
async def fran(there: AtTheProvider) -> StaffMember:
    return await with_password(there, FRAN)


@pytest.fixture
async def off(there: AtTheProvider, glass: StaffMember, fran: StaffMember) -> AtTheProvider:
    """Ana, who manages staff, has signed in at the provider, and passwords are turned off."""
    await there.member(ANA, Permission.MANAGE_STAFF)
    await signs_in_there(there)
    await turn_off(there, glass=glass)
    return there


async def signs_in_there(there: AtTheProvider, invitation: str | None = None) -> StaffMember:
    token = await there.token()
    done = await complete_provider_sign_in(token, VERIFIER, ORIGIN, there.services, invitation=invitation)
    return done.member


async def signs_in(there: AtTheProvider, email: str, password: str = PASSWORD, slug: str = SLUG) -> StaffMember:
    return (await sign_in_staff(slug, email, password, ORIGIN, there.services)).member


async def not_yet(there: AtTheProvider, glass: StaffMember | None = None) -> str:
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await turn_off(there, glass=glass)
    assert await sign_in_ways(SLUG) != SignInWays(password=False, provider=True)
    return str(refusal.value.problems[0])


async def test_passwords_stay_until_a_manager_came_by_the_provider_and_another_password_is_named(
    there: AtTheProvider, glass: StaffMember, fran: StaffMember, clock: FixedClock
) -> None:
    ana = await there.member()
    assert await not_yet(there, glass) == "passwordSignIn:NO_MANAGER_BY_PROVIDER"
    # She came, and manages nobody; then she would, and is disabled.
    await signs_in_there(there)
    assert await not_yet(there, glass) == "passwordSignIn:NO_MANAGER_BY_PROVIDER"
    await StaffMember.filter(id=ana.id).update(permissions="MANAGE_STAFF", disabled_at=clock.now())
    assert await not_yet(there, glass) == "passwordSignIn:NO_MANAGER_BY_PROVIDER"
    await StaffMember.filter(id=ana.id).update(disabled_at=None)
    assert await not_yet(there) == "breakGlassStaffMemberId:NO_BREAK_GLASS"
    # Ana has no password, and Fran manages nobody.
    for nobody in (ana, fran):
        assert await not_yet(there, nobody) == "breakGlassStaffMemberId:NO_BREAK_GLASS"
    await turn_off(there, glass=glass)
    assert await sign_in_ways(SLUG) == SignInWays(password=False, provider=True)
    event = await AuditEvent.filter(action="organization.password_sign_in_set").get()
    assert '"allowed": "False"' in event.details.replace('":"', '": "')


async def test_without_a_provider_passwords_stay(there: AtTheProvider, glass: StaffMember) -> None:
    await remove_identity_provider(there.practice.system, there.services)
    assert await not_yet(there, glass) == "passwordSignIn:NO_PROVIDER"


async def test_member_of_another_practice_is_not_named(there: AtTheProvider, other_practice: Practice) -> None:
    stranger = await with_password(
        AtTheProvider(other_practice, there.provider, there.services), GLASS, Permission.MANAGE_STAFF
    )
    async with nothing_changes():
        with pytest.raises(NotFound, match="breakGlassStaffMemberId"):
            changes = OrganizationChanges(break_glass_staff_member_id=stranger.id)
            await update_organization(there.practice.system, changes, there.services)


async def test_rule_is_changed_after_a_fresh_sign_in_only(
    off: AtTheProvider, glass: StaffMember, clock: FixedClock
) -> None:
    caller = await off.practice.staff(Permission.MANAGE_ORGANIZATION)
    clock.advance(FRESH_FOR + timedelta(seconds=1))
    for changes in (
        OrganizationChanges(password_sign_in=True),
        OrganizationChanges(break_glass_staff_member_id=glass.id),
    ):
        async with nothing_changes():
            with pytest.raises(FreshSignInNeeded):
                await update_organization(caller, changes, off.services)


async def test_every_address_and_password_is_refused_with_one_answer(off: AtTheProvider) -> None:
    sessions = await StaffSession.all().count()
    for email, password in ((FRAN, PASSWORD), (FRAN, "wrong"), ("nobody@example.com", PASSWORD), (GLASS, "wrong")):
        with pytest.raises(PasswordSignInOff) as refusal:
            await signs_in(off, email, password)
        assert refusal.value.organization == SLUG
    assert await StaffSession.all().count() == sessions
    with pytest.raises(WrongCredentials) as nowhere:
        await signs_in(off, FRAN, slug="nowhere")
    assert type(nowhere.value) is WrongCredentials


async def test_named_members_password_goes_on_working_and_the_audit_has_it(
    off: AtTheProvider, glass: StaffMember
) -> None:
    assert (await signs_in(off, GLASS)).id == glass.id
    assert await AuditEvent.filter(action="staff_member.broke_glass", subject_id=glass.id).count() == 1


async def test_the_one_password_that_works_stays_until_another_is_named(
    off: AtTheProvider, glass: StaffMember, fran: StaffMember
) -> None:
    manager = await off.practice.staff(Permission.MANAGE_STAFF)
    services = off.services
    async with nothing_changes():
        for caller in (manager, off.practice.system):
            with pytest.raises(LastPassword):
                await disable_staff_member(caller, glass.id, "Left.", services)
            with pytest.raises(LastPassword):
                await set_staff_last_day(caller, glass.id, date(2031, 5, 29), services)
        with pytest.raises(LastPassword):
            await set_staff_permissions(manager, glass.id, [Permission.VIEW_CONTACTS], services)
    # Other permissions of the member may change, and another one's access may end.
    await set_staff_permissions(manager, glass.id, [Permission.MANAGE_STAFF], services)
    await disable_staff_member(manager, fran.id, "Left.", services)
    # Either remedy helps: another member, or passwords for all.
    other = await with_password(off, "other@willow-creek.example", Permission.MANAGE_STAFF)
    changes = OrganizationChanges(break_glass_staff_member_id=other.id)
    await update_organization(off.practice.system, changes, services)
    assert (await disable_staff_member(manager, glass.id, "Left.", services)).state is StaffState.DISABLED
    await update_organization(off.practice.system, OrganizationChanges(password_sign_in=True), services)
    await set_staff_last_day(manager, other.id, date(2031, 5, 29), services)


async def test_reset_letters_go_to_the_named_member_only_and_the_answer_is_one(off: AtTheProvider) -> None:
    for email, letters in ((FRAN, 0), ("nobody@example.com", 0), (GLASS, 1)):
        with pytest.raises(PasswordSignInOff):
            await request_staff_password_reset(SLUG, email, ORIGIN, off.services)
        assert await Letter.all().count() == letters


async def link(there: AtTheProvider, member: StaffMember, purpose: StaffTokenPurpose) -> str:
    async with unit_of_work(there.practice.system, there.services) as work:
        return (await print_token(member, purpose, work, there.services)).rpartition("/")[2]


async def test_links_of_before_choose_no_password_any_more(off: AtTheProvider, fran: StaffMember) -> None:
    reset = await link(off, fran, StaffTokenPurpose.RESET_PASSWORD)
    invited = await create_staff_member(off.practice.system, name="Ina", email="ina@x.example", services=off.services)
    welcome = await link(off, invited, StaffTokenPurpose.WELCOME)
    async with nothing_changes():
        with pytest.raises(PasswordSignInOff):
            await reset_staff_password(reset, NEW_PASSWORD, ORIGIN, off.services)
        with pytest.raises(PasswordSignInOff):
            await accept_staff_invitation(welcome, NEW_PASSWORD, ORIGIN, off.services)
        with pytest.raises(InvalidInput, match="password:PASSWORDS_OFF"):
            await create_staff_member(
                off.practice.system, name="Ina", email="b@x.example", password=NEW_PASSWORD, services=off.services
            )


async def test_invited_member_joins_by_letter_and_provider_without_a_password(off: AtTheProvider) -> None:
    ina = "ina@willow-creek.example"
    invited = await create_staff_member(off.practice.system, name="Ina", email=ina, services=off.services)
    welcome = await link(off, invited, StaffTokenPurpose.WELCOME)
    off.provider.person = {"sub": "person-9", "email": ina, "email_verified": True}
    with pytest.raises(ProviderSignInRefused, match="INVITED"):
        await signs_in_there(off)
    for wrong in ("made-up", await link(off, await StaffMember.get(email=FRAN), StaffTokenPurpose.WELCOME)):
        with pytest.raises(InvitationNotUsable):
            await signs_in_there(off, wrong)
    assert (await StaffMember.get(id=invited.id)).state is StaffState.INVITED
    assert (await signs_in_there(off, welcome)).id == invited.id
    joined = await StaffMember.get(id=invited.id)
    assert (joined.state, joined.has_password) == (StaffState.ACTIVE, False)
    assert await AuditEvent.filter(action="staff_member.joined", subject_id=invited.id).count() == 1
    # The letter's link was used up, and no password signs her in, whatever the practice's rule is.
    await update_organization(off.practice.system, OrganizationChanges(password_sign_in=True), off.services)
    for password in ("", "!"):
        with pytest.raises(WrongCredentials):
            await signs_in(off, ina, password)


async def test_step_that_a_password_began_ends_when_passwords_do(
    there: AtTheProvider, glass: StaffMember, fran: StaffMember, clock: FixedClock
) -> None:
    await there.member(ANA, Permission.MANAGE_STAFF)
    await signs_in_there(there)
    begun = await begin(person_behind(fran), ChallengePurpose.SIGN_IN, clock.now())
    await turn_off(there, glass=glass)
    with pytest.raises(ChallengeNotUsable):
        await open_challenge(begun.token, ChallengePurpose.SIGN_IN, clock.now())


async def test_open_sessions_go_on_and_a_password_proves_nothing_in_them(off: AtTheProvider, fran: StaffMember) -> None:
    caller = await off.practice.staff()
    assert await StaffSession.exists(id=caller.session_id, ended_at=None)
    with pytest.raises(PasswordSignInOff):
        await reauthenticate_staff(caller, PASSWORD, off.services)


async def test_provider_can_not_go_while_it_is_the_only_way(off: AtTheProvider) -> None:
    async with nothing_changes():
        with pytest.raises(InvalidInput, match="issuer:PASSWORDS_OFF"):
            await remove_identity_provider(off.practice.system, off.services)


async def test_operator_turns_passwords_on_again_or_recovers_a_manager(off: AtTheProvider, fran: StaffMember) -> None:
    with pytest.raises(InvalidInput, match="email:PASSWORDS_OFF"):
        await print_password_link(off.practice.system, FRAN, off.services)
    printed = await recover_manager(off.practice.system, FRAN, off.services)
    await reset_staff_password(printed.link.rpartition("/")[2], NEW_PASSWORD, ORIGIN, off.services)
    assert (await signs_in(off, FRAN, NEW_PASSWORD)).id == fran.id
    assert [named.email for named in await StaffMember.filter(break_glass=True)] == [FRAN]
    await update_organization(off.practice.system, OrganizationChanges(password_sign_in=True), off.services)
    assert (await Organization.get(id=off.practice.organization.id)).password_sign_in
    await signs_in(off, GLASS)


async def test_welcome_letter_speaks_of_the_provider_where_passwords_are_off(
    off: AtTheProvider, mailbox: Mailbox
) -> None:
    await create_staff_member(off.practice.system, name="Ina", email="ina@willow-creek.example", services=off.services)
    await deliver_due_letters(off.services, worker_name="w")
    said = text_of(mailbox.letters[-1])
    assert "sign in with your account at Willow Creek" in " ".join(said.split())
    assert "choose a password" not in said.lower()
    assert "/staff/#/welcome/" in said
