"""Registering by invitation: what opens the door, and what doesn't."""

from datetime import timedelta

import pytest
from starlette.applications import Starlette

from clinic.mail.models import Letter
from clinic.portal_access.models import Invitation, PortalAccount
from clinic.records.actions.contacts import ContactFacts
from clinic.sessions.models import PatientSession
from tests.patient_portal.practice import BORN, EMAIL, PASSWORD, Practice, Visitor, register
from tests.words import predictable


async def test_right_date_and_a_good_password_open_the_door(practice: Practice, visitor: Visitor) -> None:
    link = await practice.invite()
    answer = await register(visitor, link)
    assert (answer.status, answer.goes_to) == (303, "/willow-creek/documents?welcome=1")
    page = await visitor.get(answer.goes_to)
    assert page.status == 200
    assert "Your account is ready" in page.text
    assert "Nothing has been shared with you yet" in page.text
    assert "+1 (208) 555-0134" in page.text
    account = await PortalAccount.get(email=EMAIL)
    assert account.registered_at == practice.clock.now()


async def test_opening_a_link_any_number_of_times_changes_nothing(practice: Practice, visitor: Visitor) -> None:
    link = await practice.invite()
    before = await _rows(practice)
    for _ in range(3):
        assert (await visitor.get(link)).goes_to == "/willow-creek/register/invitation"
        assert (await visitor.http.head(link)).status_code == 303
        assert (await visitor.follow(link)).status == 200
        assert (await visitor.http.head("/willow-creek/register/invitation")).status_code == 200
    assert await _rows(practice) == before
    assert (await register(visitor, link)).status == 303


async def test_token_leaves_the_address_and_never_comes_back_in_a_page_address(
    practice: Practice, visitor: Visitor
) -> None:
    link = await practice.invite()
    token = link.rpartition("/")[2]
    opened = await visitor.get(link)
    assert token not in opened.goes_to
    cookie = opened.response.headers["set-cookie"]
    assert f"invitation-willow-creek={token}; HttpOnly; Max-Age=3600; Path=/; SameSite=lax" == cookie
    form = await visitor.get(opened.goes_to)
    assert form.fields["token"] == token
    assert f'href="/willow-creek/register/{token}' not in form.response.text


def boxes(day: str, month: str, year: str) -> dict[str, str]:
    """What the three boxes of a date of birth send."""
    return {"date_of_birth-day": day, "date_of_birth-month": month, "date_of_birth-year": year}


async def test_two_open_letters_do_not_disturb_each_other(practice: Practice, visitor: Visitor) -> None:
    omar = await practice.add_contact(ContactFacts("Omar", "Reyes", date_of_birth=BORN, emails=["omar@example.com"]))
    for_nora = await visitor.follow(await practice.invite())
    for_omar = await visitor.follow(await practice.invite(omar))
    typed = {"date_of_birth": "1956-04-12", "password": PASSWORD}
    assert (await visitor.send(for_nora, **typed)).status == 303
    nora, omar_account = await PortalAccount.get(email=EMAIL), await PortalAccount.get(email="omar@example.com")
    assert (nora.registered_at is not None, omar_account.registered_at) == (True, None)
    assert (await visitor.send(for_omar, **typed)).status == 303


async def test_wrong_date_is_refused_and_says_how_it_was_read(practice: Practice, visitor: Visitor) -> None:
    link = await practice.invite()
    before = await _rows(practice)
    page = await visitor.fill(link, **boxes("12", "5", "1956"), password=PASSWORD)
    assert page.status == 422
    assert "This does not match what we have on record." in page.text
    assert "We read this as May 12, 1956." in page.text
    assert {**page.fields, **boxes("12", "5", "1956")} == page.fields
    assert page.fields["password"] == ""
    assert PASSWORD not in page.response.text
    assert await _rows(practice) == before


@pytest.mark.parametrize("month", ["4", "04", "April", "abr."])
async def test_the_month_may_be_a_number_or_a_name(practice: Practice, visitor: Visitor, month: str) -> None:
    page = await visitor.fill(await practice.invite(), **boxes("12", month, "1956"), password=PASSWORD)
    assert page.status == 303


@pytest.mark.parametrize("whole", ["April 12, 1956", "1956-04-12", "12 abril 1956"])
async def test_a_whole_date_may_be_put_into_one_box(practice: Practice, visitor: Visitor, whole: str) -> None:
    page = await visitor.fill(await practice.invite(), **boxes("", whole, ""), password=PASSWORD)
    assert page.status == 303


async def test_program_may_send_the_date_as_one_field(practice: Practice, visitor: Visitor) -> None:
    page = await visitor.fill(await practice.invite(), date_of_birth="1956-04-12", password=PASSWORD)
    assert page.status == 303


async def test_boxes_stand_in_the_order_of_the_language(practice: Practice, visitor: Visitor) -> None:
    link = await practice.invite()
    for language, order in (("en", ["month", "day", "year"]), ("es", ["day", "month", "year"])):
        page = await visitor.follow(f"{link}?lang={language}")
        assert [name.partition("-")[2] for name in page.fields if name.startswith("date_of_birth")] == order


@pytest.mark.parametrize(
    ("typed", "language", "words"),
    [
        (("1", "1", "1880"), "en", "Check the year: 1880 is too long ago for a date of birth."),
        (("1", "1", "1880"), "es", "Revise el año: 1880 queda demasiado lejos para una fecha de nacimiento."),
        (("1", "1", "2099"), "en", "Check the year: this day is still to come."),
        (("1", "1", "2099"), "es", "Revise el año: ese día aún no ha llegado."),
        (("30", "febrero", "1956"), "es", "febrero de 1956 tiene solo 29 días. Revise el día y el mes."),
        (("30", "2", "1957"), "en", "February 1957 has only 28 days. Check the day and the month."),
        (("12", "4", "56"), "en", "Enter all four digits of the year, for example 1956 and not 56."),
        (("12", "4", "56"), "es", "Escriba las cuatro cifras del año; por ejemplo, 1956 y no 56."),
        (("30", "February", "1956"), "en", "February 1956 has only 29 days. Check the day and the month."),
        (("", "", ""), "en", "Enter your date of birth."),
        # In the order of the United States, in Spanish: not taken for another day, and the remedy is said.
        (("", "04/12/1956", ""), "es", "Escriba el día, el mes y el año, cada uno en su casilla."),
        (("4", "25", "1956"), "es", "Escriba el mes con su nombre o con un número del 1 al 12."),
        (("4", "12", "1956"), "es", "Hemos entendido: 4 de diciembre de 1956."),
        (("", "4/12/1956", ""), "en", "Enter the day, the month and the year in a box each."),
        (("x", "4", ""), "en", "Enter the day as a number from 1 to 31. Error: Enter the year with four digits"),
    ],
)
async def test_date_that_cannot_be_is_refused_in_true_words(
    practice: Practice, visitor: Visitor, typed: tuple[str, str, str], language: str, words: str
) -> None:
    link = f"{await practice.invite()}?lang={language}"
    page = await visitor.fill(link, **boxes(*typed), password=PASSWORD)
    assert page.status == 422
    assert words in page.text


async def test_dates_that_cannot_be_are_not_counted_as_tries(practice: Practice, visitor: Visitor) -> None:
    link = await practice.invite()
    for impossible in ("", "soon", "31/31/1956", "2099-01-01", "12/4/56") * 3:
        page = await visitor.fill(link, date_of_birth=impossible, password=PASSWORD)
        assert page.status == 422
        assert 'aria-invalid="true"' in page.response.text
    assert (await register(visitor, link)).status == 303


async def test_after_too_many_wrong_dates_even_the_right_one_waits(practice: Practice, visitor: Visitor) -> None:
    link = await practice.invite()
    for _ in range(5):
        assert (await visitor.fill(link, date_of_birth="1956-04-13", password=PASSWORD)).status == 422
    page = await register(visitor, link)
    assert page.status == 429
    assert page.response.headers["retry-after"] == "1800"
    assert "Try again in 30 minutes." in page.text
    practice.clock.advance(timedelta(minutes=31))
    assert (await register(visitor, link)).status == 303


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "Choose a password."),
        ("short", "Use at least 15 characters."),
        ("aaaaaaaaaaaaaaaaaaaa", "This password is easy to guess."),
        ("nora gray willow creek", "Leave out your name"),
    ],
)
async def test_weak_password_is_refused_in_plain_words(
    practice: Practice, visitor: Visitor, password: str, words: str
) -> None:
    link = await practice.invite()
    page = await register(visitor, link, password)
    assert page.status == 422
    assert words in page.text
    assert await PatientSession.all().count() == 0


async def test_record_without_a_date_of_birth_asks_for_the_pin(practice: Practice, visitor: Visitor) -> None:
    ines = await practice.add_contact(ContactFacts("Ines", "Novak", emails=["ines@example.com"]))
    link = await practice.invite(ines)
    wrong = await visitor.fill(link, pin="2222-2222", password=PASSWORD)
    assert "date_of_birth" not in wrong.fields
    assert (wrong.status, wrong.fields["pin"]) == (422, "2222-2222")
    right = await visitor.fill(link, pin=practice.pin(ines).lower(), password=PASSWORD)
    assert right.status == 303


async def test_used_link_leads_to_sign_in(practice: Practice, app: Starlette, visitor: Visitor) -> None:
    link = await practice.invite()
    await register(visitor, link)
    page = await Visitor(app).follow(link)
    assert page.status == 410
    assert "You have already registered" in page.text
    assert "token" not in page.fields


async def test_link_used_in_another_tab_meanwhile_says_so(practice: Practice, visitor: Visitor) -> None:
    link = await practice.invite()
    form = await visitor.follow(link)
    await register(visitor, link)
    page = await visitor.send(form, date_of_birth="1956-04-12", password="another fine pass phrase")
    assert page.status == 410
    assert await PatientSession.all().count() == 1


async def test_expired_link_offers_a_new_one_to_the_same_address_only(practice: Practice, visitor: Visitor) -> None:
    link = await practice.invite()
    practice.clock.advance(timedelta(days=10, seconds=1))
    page = await visitor.follow(link)
    assert page.status == 410
    assert "This invitation has expired" in page.text
    assert "n•••@example.com" in page.text
    assert EMAIL not in page.response.text
    sent = await visitor.send(page, to="/willow-creek/register/fresh", email="thief@example.net")
    assert (sent.status, sent.goes_to) == (303, "/willow-creek/register/sent")
    assert "Check your email" in (await visitor.get(sent.goes_to)).text
    fresh = await practice.next_link()
    assert fresh != link
    assert [letter["To"] for letter in practice.mailbox.letters] == [EMAIL, EMAIL]
    assert (await register(visitor, fresh)).status == 303


async def test_page_after_asking_for_a_new_link_goes_on_in_the_letters_language(
    practice: Practice, visitor: Visitor
) -> None:
    facts = ContactFacts("Lucía", "Paz", date_of_birth=BORN, emails=["lucia@example.com"], language="es")
    link = await practice.invite(await practice.add_contact(facts))
    practice.clock.advance(timedelta(days=11))
    page = await visitor.follow(link)
    assert "Esta invitación ha vencido" in page.text
    sent = await visitor.send(page, to="/willow-creek/register/fresh")
    assert "Revise su correo" in (await visitor.get(sent.goes_to)).text


async def test_replaced_link_points_to_the_newest_letter(practice: Practice, visitor: Visitor) -> None:
    old = await practice.invite()
    practice.clock.advance(timedelta(days=11))
    await visitor.send(await visitor.follow(old), to="/willow-creek/register/fresh")
    await practice.next_link()
    page = await visitor.follow(old)
    assert (page.status, "There is a newer invitation" in page.text) == (410, True)


async def test_unknown_link_says_what_to_do_and_sends_nothing(practice: Practice, visitor: Visitor) -> None:
    page = await visitor.follow("/willow-creek/register/" + "x" * 43)
    assert (page.status, "We can’t find this invitation" in page.text) == (404, True)
    assert "token" not in page.fields
    form = await visitor.get("/willow-creek/")
    answer = await visitor.send(form, to="/willow-creek/register/fresh", token="x" * 43)
    assert answer.goes_to == "/willow-creek/register/sent"
    assert practice.mailbox.letters == []


async def test_link_of_another_practice_opens_nothing_here(
    practice: Practice, other_practice: Practice, visitor: Visitor
) -> None:
    token = (await practice.invite()).rpartition("/")[2]
    page = await visitor.follow(f"/harbor-house/register/{token}")
    assert page.status == 404
    assert "Nora" not in page.response.text


async def test_invitation_chooses_the_language_until_the_person_does(practice: Practice, visitor: Visitor) -> None:
    luz = await practice.add_contact(
        ContactFacts("Luz", "Vega", date_of_birth=BORN, language="es", emails=["luz@example.com"])
    )
    link = await practice.invite(luz)
    assert '<html lang="es">' in (await visitor.follow(link)).response.text
    assert '<html lang="en">' in (await visitor.get("/willow-creek/register/invitation?lang=en")).response.text
    assert '<html lang="en">' in (await visitor.follow(link)).response.text


async def test_visit_goes_on_in_the_language_of_the_invitation(practice: Practice, visitor: Visitor) -> None:
    luz = await practice.add_contact(
        ContactFacts("Luz", "Vega", date_of_birth=BORN, language="es", emails=["luz@example.com"])
    )
    await register(visitor, await practice.invite(luz))
    assert "Todavía no hay nada compartido con usted" in (await visitor.get("/willow-creek/documents")).text


async def test_page_shows_nothing_of_the_person(practice: Practice, visitor: Visitor) -> None:
    page = await visitor.follow(await practice.invite())
    for secret in ("Nora", "Gray", EMAIL, "1956"):
        assert secret not in predictable(page.response.text).replace("4/12/1956, or April 12, 1956", "")


async def _rows(practice: Practice) -> list[object]:
    invitation = await Invitation.get(contact_id=practice.contact.id)
    account = await PortalAccount.get(id=invitation.account_id)
    sessions = await PatientSession.all().count()
    letter = await Letter.get(invitation_id=invitation.id)
    return [invitation.closed_at, letter.token_hash, account.password_hash, account.registered_at, sessions]
