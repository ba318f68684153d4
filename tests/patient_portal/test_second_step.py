"""A patient's second step: codes from an app are added, asked for and removed, all without a script."""

import re
from datetime import timedelta

import pyotp
from starlette.applications import Starlette

from clinic.factors.models import Totp
from clinic.sessions.models import PatientSession
from clinic.work.fresh_sign_in import FRESH_FOR
from tests.patient_portal.people import NEW_PASSWORD, walk_in
from tests.patient_portal.practice import EMAIL, PASSWORD, Page, Practice, Visitor

ROOM = "/willow-creek/account/second-step"


async def form_to(visitor: Visitor, page: Page, action: str, **more: str) -> Page:
    """Press the button of the form that goes to this address."""
    form = re.search(rf'<form[^>]*action="{ROOM}/{action}".*?</form>', page.response.text, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" type="hidden" value="([^"]*)"', form[0]))
    fields |= dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
    return await visitor.post(f"{ROOM}/{action}", {**fields, **more})


async def add_codes(visitor: Visitor, practice: Practice) -> tuple[pyotp.TOTP, list[str]]:
    shown = await form_to(visitor, await visitor.get(ROOM), "codes")
    secret = re.search(r'translate="no">((?:[A-Z2-7]{4} ?){8})<', shown.response.text)
    assert secret is not None
    totp = pyotp.TOTP(secret[1].replace(" ", ""))
    wrong = await form_to(visitor, shown, "codes", code="12 34")
    assert (wrong.status, "This code is not right" in wrong.response.text) == (422, True)
    added = await form_to(visitor, wrong, "codes", code=totp.at(practice.clock.now()))
    practice.clock.advance(timedelta(seconds=30))
    codes = re.findall(r"(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}", added.response.text)
    assert len(codes) == 10
    return totp, codes


async def test_codes_are_added_asked_for_and_removed(practice: Practice, visitor: Visitor, app: Starlette) -> None:
    await walk_in(visitor, practice)
    totp, codes = await add_codes(visitor, practice)
    other = Visitor(app)
    step = await other.fill("/willow-creek/", email=EMAIL, password=PASSWORD)
    assert (step.status, "Second step" in step.response.text) == (200, True)
    before = await PatientSession.filter(ended_at=None).count()
    wrong = await other.post("/willow-creek/second-step", {**step.fields, "code": "000000"})
    assert (wrong.status, 'id="code-error"' in wrong.response.text) == (422, True)
    assert await PatientSession.filter(ended_at=None).count() == before
    entered = await other.post("/willow-creek/second-step", {**wrong.fields, "code": totp.at(practice.clock.now())})
    assert entered.goes_to == "/willow-creek/documents"
    third = Visitor(app)
    step = await third.fill("/willow-creek/", email=EMAIL, password=PASSWORD)
    assert (await third.post("/willow-creek/second-step", {**step.fields, "code": codes[0]})).status == 303
    spent = await third.post("/willow-creek/second-step", {**step.fields, "code": codes[1]})
    assert spent.goes_to == "/willow-creek/?again=1"
    removed = await form_to(visitor, await visitor.get(ROOM), "remove")
    assert removed.goes_to == f"{ROOM}?done=removed"
    assert not await Totp.exists()


async def test_a_borrowed_screen_changes_nothing_after_a_while(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    totp, _ = await add_codes(visitor, practice)
    page = await visitor.get(ROOM)
    practice.clock.advance(FRESH_FOR)
    assert (await form_to(visitor, page, "remove")).goes_to == ROOM
    assert await Totp.exists()
    asked = await visitor.get(ROOM)
    wrong = await visitor.post(f"{ROOM}/prove", {**asked.fields, "password": "not the right one"})
    assert (wrong.status, 'id="password-error"' in wrong.response.text) == (422, True)
    step = await visitor.post(f"{ROOM}/prove", {**wrong.fields, "password": PASSWORD})
    done = await visitor.post(f"{ROOM}/prove", {**step.fields, "code": totp.at(practice.clock.now())})
    assert done.goes_to == ROOM
    assert (await form_to(visitor, await visitor.get(ROOM), "remove")).goes_to == f"{ROOM}?done=removed"


async def test_mailed_link_sets_the_password_and_the_second_step_stays(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    await walk_in(visitor, practice)
    await add_codes(visitor, practice)
    thief = Visitor(app)
    await thief.fill("/willow-creek/forgot", email=EMAIL)
    page = await thief.follow(await practice.next_link())
    step = await thief.send(page, password=NEW_PASSWORD)
    assert (step.status, "Second step" in step.response.text) == (200, True)
    assert await PatientSession.filter(ended_at=None).count() == 0
    assert (await thief.get("/willow-creek/account")).status == 303
