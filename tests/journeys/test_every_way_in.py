"""Every way in and every way back, as a person walks it, without JavaScript.

English on a wide screen meets the product on SQLite, Spanish at 320 px on PostgreSQL; each of the two is started once.
In the suite one half of the ways is walked in the one, the other half in the other.
Most other looks are judged where the portal is tested by itself (docs/testing.md says which are not).
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.campaign import SOAK
from tests.journeys.front_desk import BORN, FrontDesk, Record, desk_on_each_database
from tests.journeys.person import NARROW, WIDE, Judge, Look, Person, link_in, person_at
from tests.run import Clones, sqlite_copy

# With VESTIBULE_SOAK=1 axe judges the English pages, too.
pytestmark = pytest.mark.campaign
PASSWORD = "seven purple kettles sing"
OTHER_PASSWORD = "nine quiet otters by the sea"
NOT_BORN = "1980-05-05"


@pytest.fixture(scope="module")
async def desks(
    clones: Clones, migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[Look, FrontDesk]]:
    """A practice for each way of looking."""
    sqlite = sqlite_copy(migrated_sqlite_file, tmp_path_factory.mktemp("every_way_in") / "vestibule.sqlite3")
    postgres = await clones.postgres()
    async with desk_on_each_database(sqlite, postgres, tmp_path_factory) as (on_sqlite, on_postgres):
        yield {WIDE: on_sqlite, NARROW: on_postgres}
    await clones.drop(postgres)


@pytest.fixture(scope="module")
async def judge(browser: Browser) -> AsyncIterator[Judge]:
    page = await browser.new_page()
    yield Judge(page)
    await page.close()


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def look(request: pytest.FixtureRequest) -> Look:
    found: Look = request.param
    return found


# Each way is walked in one of the two looks; in `make soak` in both.
if SOAK:
    in_english = in_spanish = pytest.mark.parametrize("look", [WIDE, NARROW], indirect=True, ids=["wide", "narrow"])
else:
    in_english = pytest.mark.parametrize("look", [WIDE], indirect=True, ids=["wide"])
    in_spanish = pytest.mark.parametrize("look", [NARROW], indirect=True, ids=["narrow"])


@pytest.fixture
async def omar(desks: dict[Look, FrontDesk], browser: Browser, look: Look, judge: Judge) -> AsyncIterator[Person]:
    async with person_at(desks[look].product, browser, look, judge) as person:
        yield person


@pytest.fixture
async def record(desks: dict[Look, FrontDesk], look: Look) -> Record:
    return await desks[look].new_record(look.language)


@in_spanish
async def test_self_registered_person_verifies_and_connects(omar: Person, record: Record) -> None:
    await registers_alone(omar, record)
    assert await record.state() == "ACCOUNT_NOT_LINKED"
    await omar.opens("connect")
    await omar.sees("Connect your records", room="connect")
    await omar.sends(pin="2222-2222", date_of_birth=BORN)
    await omar.sees("Connect your records", room="connect", problem=True)
    assert await record.state() == "ACCOUNT_NOT_LINKED"
    await omar.sends(pin=(await record.pin()).lower(), date_of_birth=BORN)
    await omar.sees("Your documents", room="documents")
    assert await record.state() == "LINKED"


@in_english
async def test_invited_person_registers(omar: Person, record: Record) -> None:
    await record.invite()
    await omar.follows(await omar.product.letter_to(record.email), "register")
    await omar.sees("Create your account", room="register/invitation")
    assert await record.state() == "INVITED"
    await omar.sends(date_of_birth=NOT_BORN, password=PASSWORD)
    await omar.sees("Create your account", room="register/invitation", problem=True)
    assert await record.state() == "INVITED"
    await omar.sends(date_of_birth=BORN, password=PASSWORD)
    await omar.sees("Your documents", room="documents")
    assert await record.state() == "LINKED"


@in_spanish
async def test_person_linked_by_staff_is_asked_once_at_the_first_visit(omar: Person, record: Record) -> None:
    await registers_alone(omar, record)
    await omar.signs_out()
    await omar.sees("Sign in", room="")
    await record.link()

    await omar.sends(email=record.email, password=PASSWORD)
    await omar.sees("Show us that it is you", room="confirm")
    await omar.opens("account/record")
    await omar.sees("Show us that it is you", room="confirm")
    await omar.sends(date_of_birth=NOT_BORN)
    await omar.sees("Show us that it is you", room="confirm", problem=True)
    await omar.sends(date_of_birth=BORN)
    await omar.sees("Who looked at my records", room="account/record")
    await omar.opens("documents")
    await omar.sees("Your documents", room="documents")
    assert await record.state() == "LINKED"


@in_english
async def test_forgotten_password_is_chosen_anew_and_other_devices_are_out(omar: Person, record: Record) -> None:
    await is_invited_and_registers(omar, record)
    async with omar.elsewhere() as elsewhere:
        await elsewhere.opens("forgot")
        await elsewhere.sees("Choose a new password", room="forgot")
        await elsewhere.sends(email=record.email)
        await elsewhere.sees("Check your email", room="forgot/sent")
        await elsewhere.follows(await omar.product.letter_to(record.email, number=2), "reset")
        await elsewhere.sees("Choose a new password", room="reset")
        await elsewhere.sends(password="too short")
        await elsewhere.sees("Choose a new password", room="reset", problem=True)
        await elsewhere.sends(password=OTHER_PASSWORD)
        await elsewhere.sees("Your documents", room="documents")

    await omar.opens("documents")
    await omar.sees("Sign in", room="")
    await omar.sends(email=record.email, password=PASSWORD)
    await omar.sees("Sign in", room="", problem=True)
    await omar.sends(email=record.email, password=OTHER_PASSWORD)
    await omar.sees("Your documents", room="documents")
    assert await record.state() == "LINKED"


@in_spanish
async def test_address_is_changed_at_the_new_one_and_the_old_one_is_told(omar: Person, record: Record) -> None:
    new_email = record.email.replace("example.com", "example.net")
    await is_invited_and_registers(omar, record)
    await omar.opens("account/email")
    await omar.sees("Change the address", room="account/email")
    await omar.sends(email=new_email, password=OTHER_PASSWORD)
    await omar.sees("Change the address", room="account/email", problem=True)
    await omar.sends(email=new_email, password=PASSWORD)
    await omar.sees("My account", room="account")
    assert (await record.shown())["portalStatus"]["account"] == {"email": record.email}

    told = await omar.product.letter_to(record.email, number=2)
    assert told["Content-Language"] == omar.look.language
    assert link_in(told, "keep").startswith(omar.product.portal_url)
    await omar.follows(await omar.product.letter_to(new_email), "verify")
    await omar.sees("Use this address from now on?", room="verify")
    await omar.sends()
    await omar.sees("My account", room="account")
    await omar.reads(new_email)

    shown = await record.shown()
    assert shown["email"] == record.email
    assert shown["portalStatus"] == {"state": "LINKED", "account": {"email": new_email}}
    await omar.signs_out()
    await omar.sends(email=record.email, password=PASSWORD)
    await omar.sees("Sign in", room="", problem=True)
    await omar.sends(email=new_email, password=PASSWORD)
    await omar.sees("Your documents", room="documents")


@in_english
async def test_unlinked_person_is_refused_at_once_and_linked_again(omar: Person, record: Record) -> None:
    await is_invited_and_registers(omar, record)
    await omar.opens("account/record")
    await omar.sees("Who looked at my records", room="account/record")
    pin = await record.pin()

    await record.unlink("moved away")
    await omar.opens("account/record")
    await omar.sees("Sign in", room="")
    assert await record.pin() != pin
    await omar.sends(email=record.email, password=PASSWORD)
    await omar.sees("Who looked at my records", room="account/record")
    await expect(omar.page.locator(".rows")).to_have_count(0)
    assert await record.state() == "ACCOUNT_NOT_LINKED"

    await record.link()
    await omar.opens("account/record")
    await omar.sees("Show us that it is you", room="confirm")
    await omar.sends(date_of_birth=BORN)
    await omar.sees("Who looked at my records", room="account/record")
    await expect(omar.page.locator(".rows li").first).to_be_visible()
    assert await record.state() == "LINKED"


async def registers_alone(omar: Person, record: Record) -> None:
    """From the organization's web link to signed in, with nothing to see; opening the letter's link changes nothing."""
    await omar.opens("register")
    await omar.sees("Create an account", room="register")
    await omar.sends(email=record.email, password=PASSWORD)
    await omar.sees("Check your email", room="register/received")
    letter = await omar.product.letter_to(record.email)
    for _ in range(2):
        await omar.follows(letter, "verify")
    await omar.sees("Confirm your address", room="verify")
    assert await record.state() == "NO_ACCOUNT"
    await omar.sends()
    await omar.sees("Your documents", room="documents")


async def is_invited_and_registers(omar: Person, record: Record) -> None:
    """The short way to an account that is linked; its pages are judged by the journey of the invited person."""
    await record.invite()
    await omar.follows(await omar.product.letter_to(record.email), "register")
    await omar.sends(date_of_birth=BORN, password=PASSWORD)
    assert omar.room == "documents"
