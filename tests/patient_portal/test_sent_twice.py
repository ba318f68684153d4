"""Two clicks on one form are one: done once, and the second answer is the first one's."""

import asyncio
from datetime import timedelta

import pytest
from starlette.applications import Starlette

from clinic.mail.models import Letter, LetterKind
from clinic.portal_access.models import AccountToken, PortalAccount, TokenPurpose
from clinic.sessions.models import PatientSession
from clinic.upkeep.timed_work import run_timed_work
from clinic.work.answered_forms import ANSWERED_WITHIN, REMEMBERED_FOR, claim_form
from clinic.work.models import AnsweredForm, AuditEvent
from patient_portal.web.cookies import new_visitor
from tests.factories.contents import rows_of
from tests.patient_portal.people import NEW_PASSWORD, self_register, walk_in
from tests.patient_portal.practice import EMAIL, PASSWORD, Page, Practice, Visitor, register

BIRTHDAY = "1956-04-12"
SESSION = "session-willow-creek"
MOMENT = timedelta(seconds=1)


async def twice(visitor: Visitor, form: Page, **typed: str) -> Page:
    """Send the form twice at once, and once more; all answers must be the same, and the last is returned."""
    answers = [
        *await asyncio.gather(visitor.send(form, **typed), visitor.send(form, **typed)),
        await visitor.send(form, **typed),
    ]
    [(status, _)] = {(one.status, one.goes_to) for one in answers}
    assert status == 303, answers[-1].text
    assert len({one.response.headers.get("set-cookie") for one in answers}) == 1
    assert visitor.http.cookies.get(SESSION)
    return answers[-1]


async def count(action: str) -> int:
    return await AuditEvent.filter(action=action).count()


async def test_register_by_invitation(practice: Practice, visitor: Visitor) -> None:
    form = await visitor.follow(await practice.invite())
    answer = await twice(visitor, form, date_of_birth=BIRTHDAY, password=PASSWORD)
    assert answer.goes_to == "/willow-creek/documents?welcome=1"
    assert "Your account is ready" in (await visitor.get(answer.goes_to)).text
    assert await PatientSession.all().count() == await count("portal_account.registered") == 1


async def test_change_the_password(practice: Practice, nora: Visitor) -> None:
    form = await nora.get("/willow-creek/account/password")
    answer = await twice(nora, form, current=PASSWORD, password=NEW_PASSWORD)
    assert "Your password was changed" in (await nora.get(answer.goes_to)).text
    assert await count("portal_account.password_changed") == 1
    assert await Letter.filter(kind=LetterKind.PASSWORD_CHANGED).count() == 1


async def test_set_a_new_password(practice: Practice, nora: Visitor) -> None:
    # Still signed in: the first request ends that session, and the second one comes with its cookie.
    await nora.fill("/willow-creek/forgot", email=EMAIL)
    form = await nora.follow(await practice.next_link())
    answer = await twice(nora, form, password=NEW_PASSWORD)
    assert answer.goes_to == "/willow-creek/documents?changed=1"
    assert (await nora.get(answer.goes_to)).status == 200
    assert await count("portal_account.password_reset") == await PatientSession.filter(ended_at=None).count() == 1


async def test_confirm_the_address(practice: Practice, visitor: Visitor) -> None:
    await self_register(visitor)
    form = await visitor.follow(await practice.next_link())
    answer = await twice(visitor, form)
    assert answer.goes_to == "/willow-creek/documents?welcome=1"
    assert (await visitor.get(answer.goes_to)).status == 200
    assert await count("portal_account.email_verified") == await PatientSession.all().count() == 1


async def test_change_the_address_and_object_to_it(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    form = await visitor.get("/willow-creek/account/email")
    await twice(visitor, form, email="nora.new@example.com", password=PASSWORD)
    assert await AccountToken.filter(purpose=TokenPurpose.KEEP_EMAIL).count() == 1
    links = await practice.next_links(2)
    assert (await visitor.fill(links["verify"])).goes_to == "/willow-creek/account?done=email"

    form = await visitor.follow(links["keep"])
    answers = [await visitor.send(form) for _ in range(2)]
    assert {answer.goes_to for answer in answers} == {"/willow-creek/keep/done"}
    assert await count("portal_account.email_kept") == 1


async def test_another_browser_with_the_same_form_is_not_signed_in(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    form = await visitor.follow(await practice.invite())
    typed = {"date_of_birth": BIRTHDAY, "password": PASSWORD}
    assert (await visitor.send(form, **typed)).status == 303
    for name in (None, new_visitor()):
        other = Visitor(app)
        if name:
            other.http.cookies.set("visitor", name)
        page = await other.send(form, **typed)
        assert page.status == 410
        assert "set-cookie" not in page.response.headers or SESSION not in page.response.headers["set-cookie"]
    assert await PatientSession.all().count() == 1


@pytest.mark.parametrize("changed", [{"password": NEW_PASSWORD}, {"date_of_birth": "4/12/1956"}])
async def test_another_content_of_the_form_is_no_second_click(
    practice: Practice, visitor: Visitor, changed: dict[str, str]
) -> None:
    form = await visitor.follow(await practice.invite())
    typed = {"date_of_birth": BIRTHDAY, "password": PASSWORD}
    assert (await visitor.send(form, **typed)).status == 303
    assert (await visitor.send(form, **{**typed, **changed})).status == 410


async def test_refused_form_is_judged_again(practice: Practice, visitor: Visitor) -> None:
    form = await visitor.follow(await practice.invite())
    wrong = {"date_of_birth": "1956-04-13", "password": PASSWORD}
    answers = await asyncio.gather(*[visitor.send(form, **wrong) for _ in range(2)])
    assert [answer.status for answer in answers] == [422, 422]
    assert await AnsweredForm.all().count() == 0
    assert (await visitor.send(form, date_of_birth=BIRTHDAY, password=PASSWORD)).status == 303


async def test_answer_is_forgotten_after_two_minutes(practice: Practice, visitor: Visitor) -> None:
    form = await visitor.follow(await practice.invite())
    typed = {"date_of_birth": BIRTHDAY, "password": PASSWORD}
    assert (await visitor.send(form, **typed)).status == 303
    practice.clock.advance(REMEMBERED_FOR)
    assert (await visitor.send(form, **typed)).status == 303
    practice.clock.advance(MOMENT)
    assert (await visitor.send(form, **typed)).status == 410
    await visitor.fill("/willow-creek/forgot", email=EMAIL)
    await run_timed_work(practice.services)
    assert await AnsweredForm.all().count() == 1
    practice.clock.advance(REMEMBERED_FOR + MOMENT)
    await run_timed_work(practice.services)
    assert await AnsweredForm.all().count() == 0


async def test_answer_of_a_session_that_has_ended_opens_nothing(practice: Practice, visitor: Visitor) -> None:
    form = await visitor.follow(await practice.invite())
    typed = {"date_of_birth": BIRTHDAY, "password": PASSWORD}
    page = await visitor.get((await visitor.send(form, **typed)).goes_to)
    token = page.response.text.split('id="sign-out-token" name="csrf_token" type="hidden" value="')[1].split('"')[0]
    await visitor.post("/willow-creek/sign-out", {"csrf_token": token})
    again = await visitor.send(form, **typed)
    assert (await visitor.get(again.goes_to)).goes_to.startswith("/willow-creek/?next=")
    assert await PatientSession.filter(ended_at=None).count() == 0


async def test_stored_answer_tells_no_secret(practice: Practice, visitor: Visitor) -> None:
    form = await visitor.follow(await practice.invite())
    await visitor.send(form, date_of_birth=BIRTHDAY, password=PASSWORD)
    stored = str(await rows_of("answered_form"))
    assert len(stored) > 100
    for secret in (visitor.http.cookies[SESSION], visitor.http.cookies["visitor"], PASSWORD, form.fields["csrf_token"]):
        assert secret not in stored


async def test_claim_of_a_process_that_was_cut_off_is_taken_over_once(practice: Practice) -> None:
    key = "a" * 64
    await claim_form(key, practice.services)
    practice.clock.advance(ANSWERED_WITHIN + MOMENT)
    waiting = [asyncio.create_task(claim_form(key, practice.services)) for _ in range(8)]
    done, others = await asyncio.wait(waiting, timeout=1)
    for one in others:
        one.cancel()
    assert (len(done), len(others)) == (1, 7)


async def test_form_without_the_two_minutes_memory_still_counts_once(practice: Practice, visitor: Visitor) -> None:
    """What guards the invitation is the action's own update; forgetting an answer only changes the words."""
    form = await visitor.follow(await practice.invite())
    typed = {"date_of_birth": BIRTHDAY, "password": PASSWORD}
    await visitor.send(form, **typed)
    await AnsweredForm.all().delete()
    assert (await visitor.send(form, **typed)).status == 410
    assert await PortalAccount.all().count() == 1


async def test_sign_in_twice_is_one_session(practice: Practice, visitor: Visitor, app: Starlette) -> None:
    await register(Visitor(app), await practice.invite())
    form = await visitor.get("/willow-creek/")
    await twice(visitor, form, email=EMAIL, password=PASSWORD)
    assert await count("portal_account.signed_in") == 1
    assert (await visitor.get("/willow-creek/documents")).status == 200
