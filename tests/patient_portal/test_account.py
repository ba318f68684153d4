"""One's own account: password, address, language, devices, and who had to do with the record."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from starlette.applications import Starlette

from clinic.portal_access.actions import print_instructions
from clinic.portal_access.models import PortalAccount
from clinic.sessions.models import PatientSession
from patient_portal.pages.record_history import WORDS
from tests.factories.contents import nothing_changes
from tests.patient_portal.papers import shared
from tests.patient_portal.people import NEW_PASSWORD, connect, staff_member, walk_in
from tests.patient_portal.practice import EMAIL, PASSWORD, Practice, Visitor, register

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEW_EMAIL = "nora.new@example.com"


async def test_password_is_changed_and_other_devices_are_signed_out(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    await walk_in(visitor, practice)
    other = Visitor(app)
    await other.fill("/willow-creek/", email=EMAIL, password=PASSWORD)
    answer = await visitor.fill("/willow-creek/account/password", current=PASSWORD, password=NEW_PASSWORD)
    assert answer.goes_to == "/willow-creek/account?done=password"
    assert "Your password was changed." in (await visitor.get(answer.goes_to)).text
    assert (await other.get("/willow-creek/account")).status == 303


async def test_wrong_or_weak_passwords_are_said_beside_their_fields(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    wrong = await visitor.fill(
        "/willow-creek/account/password", current="not the right password", password=NEW_PASSWORD
    )
    assert (wrong.status, 'id="current-error"' in wrong.response.text) == (422, True)
    weak = await visitor.fill("/willow-creek/account/password", current=PASSWORD, password="short")
    assert (weak.status, 'id="password-error"' in weak.response.text) == (422, True)
    assert (weak.fields["current"], weak.fields["password"]) == ("", "")


async def test_address_is_changed_by_the_button_in_the_browser_that_asked(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    answer = await visitor.fill("/willow-creek/account/email", email=NEW_EMAIL, password=PASSWORD)
    assert answer.goes_to == "/willow-creek/account?done=asked"
    assert EMAIL in (await visitor.get(answer.goes_to)).text
    links = await practice.next_links(2)
    page = await visitor.follow(links["verify"])
    assert "Use this address from now on?" in page.text
    assert "password" not in page.fields
    answer = await visitor.send(page)
    assert answer.goes_to == "/willow-creek/account?done=email"
    assert NEW_EMAIL in (await visitor.get(answer.goes_to)).text


async def test_pending_address_is_shown_the_same_whoever_has_it(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    await walk_in(Visitor(app), practice, "taken@example.com")
    await walk_in(visitor, practice)
    assert "Not confirmed yet" not in (await visitor.get("/willow-creek/account")).text
    for wanted in ("taken@example.com", NEW_EMAIL):
        await visitor.fill("/willow-creek/account/email", email=wanted, password=PASSWORD)
        page = await visitor.get("/willow-creek/account")
        assert f"Not confirmed yet: {wanted}. We wrote to it." in page.text
    practice.clock.advance(timedelta(hours=24, minutes=1))
    await visitor.fill("/willow-creek/", email=EMAIL, password=PASSWORD)
    assert "Not confirmed yet" not in (await visitor.get("/willow-creek/account")).text


async def test_address_is_confirmed_elsewhere_only_with_the_password(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    await walk_in(visitor, practice)
    await visitor.fill("/willow-creek/account/email", email=NEW_EMAIL, password=PASSWORD)
    link = (await practice.next_links(2))["verify"]
    stranger = Visitor(app)
    page = await stranger.follow(link)
    wrong = await stranger.send(page, password="a stranger's guess")
    assert (wrong.status, "This is not your password." in wrong.text) == (422, True)
    assert (await PortalAccount.get()).email == EMAIL
    assert (await stranger.send(page, password=PASSWORD)).goes_to == "/willow-creek/account?done=email"


async def test_old_address_objects_and_everyone_is_signed_out(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    await walk_in(visitor, practice)
    await visitor.fill("/willow-creek/account/email", email=NEW_EMAIL, password=PASSWORD)
    links = await practice.next_links(2)
    await visitor.fill(links["verify"])
    owner = Visitor(app)
    async with nothing_changes():
        page = await owner.follow(links["keep"])
    answer = await owner.send(page)
    assert answer.goes_to == "/willow-creek/keep/done"
    assert "Your address stays" in (await owner.get(answer.goes_to)).text
    assert (await PortalAccount.get()).email == EMAIL
    assert (await visitor.get("/willow-creek/account")).status == 303
    assert (await owner.follow(links["keep"])).status == 410


async def test_address_that_cannot_be_is_said_beside_the_field(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    for email, words in (("nora", "Enter an email address"), (EMAIL, "This is the address you sign in with already.")):
        page = await visitor.fill("/willow-creek/account/email", email=email, password=PASSWORD)
        assert (page.status, words in page.text) == (422, True)
    page = await visitor.fill("/willow-creek/account/email", email=NEW_EMAIL, password="not the right password")
    assert (page.status, 'id="password-error"' in page.response.text) == (422, True)


async def test_language_is_remembered_for_pages_here_and_elsewhere(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    await walk_in(visitor, practice)
    form = await visitor.get("/willow-creek/account")
    answer = await visitor.send(form, to="/willow-creek/account/language", language="es")
    assert "Desde ahora" in (await visitor.get(answer.goes_to)).text
    elsewhere = Visitor(app)
    await elsewhere.fill("/willow-creek/", email=EMAIL, password=PASSWORD)
    assert '<html lang="es">' in (await elsewhere.get("/willow-creek/account")).response.text
    async with nothing_changes():
        page = await visitor.send(form, to="/willow-creek/account/language", language="fr")
    assert page.status == 400


async def test_devices_are_listed_in_plain_words_and_ended_one_by_one(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    await walk_in(visitor, practice)
    other = Visitor(app, **{"user-agent": FIREFOX})
    await other.fill("/willow-creek/", email=EMAIL, password=PASSWORD)
    page = await visitor.get("/willow-creek/account")
    assert "Firefox, Windows" in page.text
    assert "Monday, March 2, 2026, 2:00 AM" in page.text
    assert "this device" in page.text
    answer = await visitor.send(page, to="/willow-creek/account/sessions")
    assert answer.goes_to == "/willow-creek/account?done=session"
    assert (await other.get("/willow-creek/account")).status == 303
    assert (await visitor.get("/willow-creek/account")).status == 200


async def test_another_persons_session_is_not_there(practice: Practice, visitor: Visitor, app: Starlette) -> None:
    await walk_in(visitor, practice)
    eve = Visitor(app)
    await walk_in(eve, practice, "eve@example.com")
    account = await PortalAccount.get(email=EMAIL)
    noras = await PatientSession.get(account_id=account.id)
    form = await eve.get("/willow-creek/account")
    async with nothing_changes():
        for session in (str(noras.id), str(uuid4()), "nonsense"):
            assert (await eve.send(form, to="/willow-creek/account/sessions", session=session)).status == 404


async def test_history_names_the_document(practice: Practice, visitor: Visitor) -> None:
    await register(visitor, await practice.invite())
    await shared(practice, "Consent <to> treatment")
    page = await visitor.get("/willow-creek/account/record")
    assert "Shared a document : Consent <to> treatment" in page.text
    assert "<bdi>Consent &lt;to&gt; treatment</bdi>" in page.response.text


async def test_history_tells_who_did_what_with_my_record(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    await connect(visitor, practice)
    desk = await staff_member(practice)
    for _ in range(20):
        await print_instructions(desk, practice.contact.id, practice.services)
    page = await visitor.get("/willow-creek/account/record")
    assert page.text.count("Printed your instructions with your PIN Fran Desk Monday, March 2, 2026, 2:00 AM") == 20
    older = page.response.text.partition("?after=")[2].partition('"')[0]
    page = await visitor.get(f"/willow-creek/account/record?after={older}")
    assert "Put your record into the system Willow Creek Counseling" in page.text
    for nonsense in ("-1", "x", "9" * 30, "9" * 19):
        assert (await visitor.get(f"/willow-creek/account/record?after={nonsense}")).status == 200


async def test_addresses_for_forms_lead_back_to_the_account(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    for room in ("language", "sessions"):
        assert (await visitor.get(f"/willow-creek/account/{room}")).goes_to == "/willow-creek/account"


async def test_forms_without_their_token_change_nothing(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    async with nothing_changes():
        for room in ("account/password", "account/email", "account/language", "account/sessions", "connect"):
            answer = await visitor.post(f"/willow-creek/{room}", {"password": PASSWORD, "email": NEW_EMAIL})
            assert answer.status == 403, room


async def test_help_is_for_everybody_and_has_the_phone(practice: Practice, visitor: Visitor) -> None:
    page = await visitor.get("/willow-creek/help")
    assert (page.status, "+1 (208) 555-0134" in page.text) == (200, True)
    await walk_in(visitor, practice)
    assert 'href="/willow-creek/help"' in (await visitor.get("/willow-creek/documents")).response.text


def test_history_has_words_for_everything_that_happens_to_a_document() -> None:
    code = "".join(path.read_text() for path in Path("clinic").rglob("*.py"))
    happens = set(re.findall(r'"(document\.[a-z]+)"', code))
    assert "document.timestamped" in happens
    # A history is that of documents that are there.
    assert happens - {"document.erased"} <= set(WORDS)
