"""Which provider signs a practice's staff in: who may say so, and what is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.single_sign_on.actions import complete_provider_sign_in, remove_identity_provider, set_identity_provider
from clinic.single_sign_on.models import IdentityProvider, StaffIdentity
from clinic.single_sign_on.queries import SignInWays, own_provider, sign_in_ways
from clinic.values.callers import Permission
from clinic.values.errors import FreshSignInNeeded, InvalidInput, NotFound, NotPermitted
from clinic.work.fresh_sign_in import FRESH_FOR
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, KEYRING, Practice
from tests.factories.contents import nothing_changes
from tests.factories.openid_provider import CLIENT_SECRET, ISSUER, Provider
from tests.factories.provider_sign_in import ORIGIN, REGISTERED, VERIFIER, AtTheProvider


async def wrong(there: AtTheProvider, **changes: object) -> list[str]:
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await there.register(replace(REGISTERED, **changes))  # type: ignore[arg-type]  # a test's own
    return [str(problem) for problem in refusal.value.problems]


async def test_provider_is_set_after_its_document_and_keys_were_read(there: AtTheProvider) -> None:
    caller = await there.practice.staff(Permission.MANAGE_INTEGRATIONS)
    await set_identity_provider(
        caller, replace(REGISTERED, verified_domains=(" Willow-Creek.example ",)), there.services
    )
    stored = await own_provider(caller)
    assert stored is not None
    assert (stored.issuer, stored.client_id, stored.domains) == (ISSUER, "vestibule", ("willow-creek.example",))
    assert CLIENT_SECRET not in str(vars(stored))
    assert KEYRING.decrypt(stored.client_secret_encrypted) == CLIENT_SECRET
    assert there.provider.asked[-2:] == ["/.well-known/openid-configuration", "/keys"]


async def test_secret_stays_while_issuer_and_client_stay(there: AtTheProvider, provider: Provider) -> None:
    before = await IdentityProvider.get()
    await there.register(replace(REGISTERED, client_secret=None, verified_domains=("a.example",)))
    after = await IdentityProvider.get()
    assert (after.id, after.client_secret_encrypted) == (before.id, before.client_secret_encrypted)
    assert await wrong(there, client_secret=None, client_id="another") == ["clientSecret:NEEDED"]


async def test_another_client_forgets_whom_the_provider_knew(there: AtTheProvider) -> None:
    await there.member()
    await complete_provider_sign_in(await there.token(), VERIFIER, ORIGIN, there.services)
    await there.register(replace(REGISTERED, client_id="another"))
    assert not await StaffIdentity.exists()
    assert await IdentityProvider.all().count() == 1


@pytest.mark.parametrize(("changes", "problems"), [
    ({"issuer": "https://login.microsoftonline.com/common/v2.0"}, ["issuer:SHARED_ISSUER"]),
    ({"issuer": "https://id.elsewhere.example"}, ["issuer:PROVIDER_AWAY"]),
    ({"issuer": "http://id.willow-creek.example"}, ["issuer:PROVIDER_NOT_USABLE"]),
    ({"issuer": "https://169.254.169.254"}, ["issuer:PROVIDER_NOT_USABLE"]),
    ({"issuer": " "}, ["issuer:NEEDED"]), ({"client_id": ""}, ["clientId:NEEDED"]),
    ({"client_secret": ""}, ["clientSecret:NEEDED"]), ({"client_secret": "x" * 501}, ["clientSecret:TOO_LONG"]),
    ({"verified_domains": ("a.example", "no domain")}, ["verifiedDomains.1:NO_DOMAIN"]),
    ({"verified_domains": ("example",)}, ["verifiedDomains.0:NO_DOMAIN"]),
    ({"verified_domains": ("@a.example",)}, ["verifiedDomains.0:NO_DOMAIN"]),
    ({"verified_domains": [f"a{n}.example" for n in range(21)]}, ["verifiedDomains:TOO_MANY_DOMAINS"]),
])  # fmt: skip
async def test_what_can_not_be_used_is_named(
    there: AtTheProvider, changes: dict[str, object], problems: list[str]
) -> None:
    assert await wrong(there, **changes) == problems


async def test_who_may_not_manage_integrations_changes_and_reads_nothing(there: AtTheProvider) -> None:
    caller = await there.practice.staff(*EVERY_PERMISSION - {Permission.MANAGE_INTEGRATIONS})
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await set_identity_provider(caller, REGISTERED, there.services)
        with pytest.raises(NotPermitted):
            await remove_identity_provider(caller, there.services)
        with pytest.raises(NotPermitted):
            await own_provider(caller)


async def test_provider_is_set_and_removed_after_a_fresh_sign_in_only(there: AtTheProvider, clock: FixedClock) -> None:
    caller = await there.practice.staff(Permission.MANAGE_INTEGRATIONS)
    clock.advance(FRESH_FOR + timedelta(seconds=1))
    asked = len(there.provider.asked)
    async with nothing_changes():
        with pytest.raises(FreshSignInNeeded):
            await set_identity_provider(caller, REGISTERED, there.services)
        with pytest.raises(FreshSignInNeeded):
            await remove_identity_provider(caller, there.services)
    assert len(there.provider.asked) == asked


async def test_removed_provider_signs_nobody_in(there: AtTheProvider, other_practice: Practice) -> None:
    assert await sign_in_ways("willow-creek") == SignInWays(password=True, provider=True)
    await remove_identity_provider(there.practice.system, there.services)
    for slug in ("willow-creek", "harbor-house", "nowhere", "No Slug"):
        assert await sign_in_ways(slug) == SignInWays(password=True, provider=False)
    with pytest.raises(NotFound):
        await remove_identity_provider(there.practice.system, there.services)
