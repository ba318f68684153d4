"""Nobody learns from outside who has an account: not by words, headers, letters or time."""

import re
import statistics
import time

import pytest

from clinic.mail.models import Letter
from clinic.portal_access.models import PortalAccount
from clinic.records.models import Contact
from clinic.staff.actions import create_staff_member
from tests.api.client import Client
from tests.factories import PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.patient_portal.practice import Visitor
from tests.security.people import EMAIL, invited, registered
from tests.words import predictable

STAFF_EMAIL = "front.desk@willow-creek.example"
HOME = "/willow-creek/"
# Whose right password gets an answer of its own: the person gets in, or reads that the account is closed.
KNOWN_PASSWORD = ("registered", "disabled")
# A request's own number, and a form's own token, differ at every visit.
_OWN = re.compile(r"[0-9a-f]{32,64}")


async def people_of_every_kind(practice: Practice, mailbox: Mailbox) -> dict[str, str]:
    """Addresses by what is behind them."""
    await registered(practice, mailbox)
    contact = await practice.contact("Ana", "Santos", emails=("ana.santos@example.com",))
    await invited(practice, mailbox, contact)
    await practice.contact("Nora", "Gray", emails=("nora.gray@example.com",))
    now = practice.services.clock.now()
    for email, disabled in (("unverified@example.com", None), ("disabled@example.com", now)):
        await PortalAccount.create(
            organization_id=practice.organization.id,
            email=email,
            email_normal=email,
            password_hash=(await PortalAccount.get(email=EMAIL)).password_hash,
            created_at=now,
            registered_at=now,
            email_verified_at=now if disabled else None,
            disabled_at=disabled,
        )
    return {
        "registered": EMAIL,
        "invited": "ana.santos@example.com",
        "on record only": "nora.gray@example.com",
        "unverified": "unverified@example.com",
        "disabled": "disabled@example.com",
        "unknown": "nobody.here@example.com",
        "twin in capitals": "NOBODY.HERE@EXAMPLE.COM",
    }


async def test_portal_says_the_same_to_everybody_who_does_not_get_in(
    practice: Practice, mailbox: Mailbox, visitor: Visitor
) -> None:
    answers = set()
    for kind, email in (await people_of_every_kind(practice, mailbox)).items():
        password = "wrong password altogether" if kind in KNOWN_PASSWORD else PASSWORD
        form = await visitor.get(HOME)
        letters = await Letter.all().count()
        async with nothing_changes():
            page = await visitor.send(form, email=email, password=password)
        assert await Letter.all().count() == letters
        headers = sorted((name, _OWN.sub("", value)) for name, value in page.response.headers.items())
        body = _OWN.sub("", page.response.text).replace(email, "").replace(email.lower(), "")
        answers.add((page.status, body, str([pair for pair in headers if pair[0] != "content-length"])))
    assert len(answers) == 1


async def test_api_says_the_same_to_everybody_who_does_not_get_in(
    practice: Practice, mailbox: Mailbox, stranger: Client
) -> None:
    answers = set()
    for kind, email in (await people_of_every_kind(practice, mailbox)).items():
        password = "wrong password altogether" if kind in KNOWN_PASSWORD else PASSWORD
        for organization in ("willow-creek", "no-such-practice", "Willow-Creek", "'", ""):
            given = {"organization": organization, "email": email, "password": password}
            if kind == "registered" and organization == "Willow-Creek":
                given["password"] = PASSWORD
            async with nothing_changes():
                answers.add(str(await stranger.mutate("signInPatient", given)))
                answers.add(str(await stranger.mutate("signInStaff", given)))
    assert len(answers) == 1


async def seconds_of_work(client: Client, mutation: str, given: dict[str, str]) -> float:
    """What an attempt costs the processor; waiting for other programs on the machine is not counted."""
    spent = []
    for _ in range(5):
        began = time.process_time()
        await client.mutate(mutation, given)
        spent.append(time.process_time() - began)
    return statistics.median(spent)


@pytest.mark.usefixtures("real_hashes")
@pytest.mark.parametrize("mutation", ["signInStaff", "signInPatient"])
async def test_a_miss_costs_the_same_work_whoever_is_asked_for(
    practice: Practice, mailbox: Mailbox, stranger: Client, mutation: str
) -> None:
    """The hash is nearly all of the work: an answer that skipped it would take a tenth of the time."""
    await registered(practice, mailbox)
    await create_staff_member(
        practice.system, name="Fran", email=STAFF_EMAIL, password=PASSWORD, services=practice.services
    )
    known = STAFF_EMAIL if mutation == "signInStaff" else EMAIL
    times = {}
    for name, organization, email in (
        ("warm-up", "willow-creek", "warm@example.com"),
        ("known", "willow-creek", known),
        ("unknown address", "willow-creek", "nobody@example.com"),
        ("no address", "willow-creek", "nobody"),
        ("unknown practice", "no-such-practice", known),
    ):
        given = {"organization": organization, "email": email, "password": "wrong"}
        times[name] = await seconds_of_work(stranger, mutation, given)
    del times["warm-up"]
    assert max(times.values()) < 2 * min(times.values()), times


async def test_fresh_link_answers_the_same_for_every_token(
    practice: Practice, mailbox: Mailbox, visitor: Visitor
) -> None:
    token = await invited(practice, mailbox)
    form = await visitor.follow(f"/willow-creek/register/{token}")
    answers = []
    for asked in (token, "x" * 43, "no token"):
        page = await visitor.post(
            "/willow-creek/register/fresh", {"csrf_token": form.fields["csrf_token"], "token": asked}
        )
        answers.append((page.status, page.goes_to, page.response.text))
    assert answers == [(303, "/willow-creek/register/sent", "")] * 3


async def test_invitations_page_tells_no_name_no_address_and_no_date(
    practice: Practice, mailbox: Mailbox, visitor: Visitor
) -> None:
    token = await invited(practice, mailbox)
    contact = await Contact.get()
    page = await visitor.follow(f"/willow-creek/register/{token}")
    assert page.status == 200
    for private in (contact.given_name, contact.family_name, EMAIL, "1980"):
        assert private not in predictable(page.response.text)
    assert "o•••@example.com" in page.text
