"""What letters about documents say, and never say; and that none leaves which no longer holds."""

from datetime import timedelta
from urllib.parse import unquote
from uuid import uuid4

import pytest

from api.server.relay import encode_id
from clinic.documents.actions.share import share_document, unshare_document
from clinic.documents.actions.withdraw import withdraw_document
from clinic.documents.letters import notify_author
from clinic.documents.models import Document
from clinic.letters.document_letters import staff_address
from clinic.mail.models import Letter, LetterKind, LetterStatus
from clinic.mail.outbox import queue_document_letter
from clinic.portal_access.models import Invitation, LetterSender, PortalAccount, PortalLink
from clinic.records.actions.relationships import update_relationship
from clinic.staff.models import StaffMember
from tests.clinic.documents.family import (
    Family,
    deliver,
    document_about,
    letters,
    now_completed,
    now_signed,
    signed_in,
)
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice
from tests.factories.letters import html_of, text_of
from tests.factories.overtaking import overtaken
from tests.words import predictable

TITLE = "Bipolar disorder: plan of care"
PORTAL = "https://portal.vestibule.example/willow-creek/documents"


async def queue(family: Family, kind: LetterKind, document: Document | None) -> None:
    """A letter of this kind to Leo."""
    account = await PortalAccount.get(id=family.leo_signed_in.account_id)
    services = family.practice.services
    document_id = document.id if document else None
    await queue_document_letter(kind, account, document_id, services.clock.now(), services)


async def becomes(family: Family) -> LetterStatus:
    """What becomes of the one letter that waits."""
    [waiting] = await Letter.filter(status=LetterStatus.QUEUED)
    await deliver(family.practice)
    return (await Letter.get(id=waiting.id)).status


async def shared(family: Family, *, title: str = TITLE, signs: bool = True) -> Document:
    """A document shared with Leo, whose letter has left long ago."""
    document = await document_about(family, title=title, signers=[family.leo] if signs else [])
    await share_document(family.desk, document.id, [family.leo.id], family.practice.services)
    await deliver(family.practice)
    return await Document.get(id=document.id)


async def test_a_document_awaits_its_reader_and_the_letter_never_says_which(family: Family, mailbox: Mailbox) -> None:
    document = await shared(family)

    [letter] = mailbox.letters

    assert letter["To"] == "leo@example.com"
    assert letter["Subject"] == "Willow Creek Counseling: a document awaits you"
    assert letter["Reply-To"] == "help@willow-creek.example"
    assert letter["Content-Language"] == "en"
    assert text_of(letter).split("\n\n")[:6] == [
        "Willow Creek Counseling",
        "A document awaits you",
        "Hello Leo,",
        "Willow Creek Counseling has shared something new with you.",
        "Sign in to read it. If your signature is asked for, the page says so.",
        f"{PORTAL}/{document.id}",
    ]
    assert html_of(letter).count(f'href="{PORTAL}/{document.id}"') == 2
    for part in (text_of(letter), html_of(letter), str(letter)):
        for secret in ("Bipolar", "plan", "Mia", "Park"):
            assert secret not in predictable(part)


async def test_several_documents_make_one_letter_that_leads_to_the_list(family: Family, mailbox: Mailbox) -> None:
    for title in ("One", "Two", "Three"):
        document = await document_about(family, title=title)
        await share_document(family.desk, document.id, [family.leo.id], family.practice.services)
    await deliver(family.practice)
    [letter] = mailbox.letters
    assert f"{PORTAL}\n" in text_of(letter)
    assert f"{PORTAL}/" not in text_of(letter)


@pytest.mark.parametrize(
    ("kind", "subject", "words"),
    [
        (
            LetterKind.DOCUMENT_AWAITS,
            "Willow Creek Counseling: le espera un documento",
            "Entre en su cuenta para leerlo. Si se le pide su firma, la página lo dice.",
        ),
        (
            LetterKind.DOCUMENT_REMINDER,
            "Willow Creek Counseling: se espera su firma",
            "Willow Creek Counseling compartió algo con usted que espera su firma.",
        ),
    ],
)
async def test_letters_speak_the_accounts_language(
    family: Family, mailbox: Mailbox, kind: LetterKind, subject: str, words: str
) -> None:
    document = await shared(family)
    await PortalAccount.filter(id=family.leo_signed_in.account_id).update(language="es")
    await queue(family, kind, document)
    assert await becomes(family) is LetterStatus.SENT
    letter = mailbox.letters[-1]
    assert (letter["Subject"], letter["Content-Language"]) == (subject, "es")
    assert words in text_of(letter)
    for english in ("sign", "document awaits", "Questions", "account"):
        assert english not in text_of(letter).replace("documents/", "")


async def test_who_was_invited_under_the_neutral_name_keeps_it(
    family: Family, mailbox: Mailbox, practice: Practice
) -> None:
    contact = await practice.contact("Ada", emails=("ada@example.com",))
    caller = await signed_in(practice, contact)
    now = practice.services.clock.now()
    await Invitation.create(
        organization_id=practice.organization.id,
        account_id=caller.account_id,
        contact_id=contact.id,
        sender=LetterSender.DISCREET,
        sender_name="Your care portal",
        language="en",
        created_at=now,
        expires_at=now,
        closed_at=now,
        closed_why="USED",
    )
    document = await document_about(family, contact)
    await share_document(family.desk, document.id, None, practice.services)
    await deliver(practice)
    [letter] = mailbox.letters
    assert letter["Subject"] == "Your care portal: a document awaits you"
    assert letter["Reply-To"] is None
    everything = f"{letter['From']}{text_of(letter)}{html_of(letter)}".replace("willow-creek/documents", "")
    for telling in ("Willow", "willow", "Mill Lane", "counsel"):
        assert telling not in everything


async def test_completed_letter_leads_to_the_document(family: Family, mailbox: Mailbox) -> None:
    document = await shared(family)
    await now_signed(document, family.leo)
    await now_completed(document)
    await queue(family, LetterKind.DOCUMENT_COMPLETED, document)
    assert await becomes(family) is LetterStatus.SENT
    letter = mailbox.letters[-1]
    assert letter["Subject"] == "Willow Creek Counseling: everybody has signed"
    assert f"{PORTAL}/{document.id}" in text_of(letter)
    assert "Bipolar" not in text_of(letter)


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        (LetterKind.STAFF_DOCUMENT_SIGNED, "A document was signed"),
        (LetterKind.STAFF_DOCUMENT_DECLINED, "A document was declined"),
    ],
)
async def test_staff_letters_name_nobody_and_lead_to_the_record(
    family: Family, mailbox: Mailbox, kind: LetterKind, heading: str
) -> None:
    document = await shared(family)
    services = family.practice.services
    await notify_author(kind, document, services.clock.now(), services)
    assert await becomes(family) is LetterStatus.SENT
    letter = mailbox.letters[-1]
    author = await StaffMember.get(id=document.created_by_id)
    assert letter["To"] == author.email
    text = text_of(letter)
    assert heading in text
    assert f"{staff_address('https://api.vestibule.example', family.mia.id)}\n" in text
    for secret in ("Bipolar", "Mia", "Leo", "Park"):
        assert secret not in predictable(text)
    assert "Questions?" not in text


async def test_whoever_left_the_practice_gets_no_staff_letter(family: Family, mailbox: Mailbox) -> None:
    document = await shared(family)
    services = family.practice.services
    await notify_author(LetterKind.STAFF_DOCUMENT_SIGNED, document, services.clock.now(), services)
    await StaffMember.filter(id=document.created_by_id).update(disabled_at=services.clock.now())
    assert await becomes(family) is LetterStatus.CANCELLED
    await notify_author(LetterKind.STAFF_DOCUMENT_SIGNED, document, services.clock.now(), services)
    assert await Letter.filter(kind=LetterKind.STAFF_DOCUMENT_SIGNED).count() == 1


async def unshare(family: Family, document: Document) -> None:
    await unshare_document(family.desk, document.id, family.practice.services)


async def narrow(family: Family, document: Document) -> None:
    await share_document(family.desk, document.id, [family.mia.id], family.practice.services)
    await Letter.filter(to_address="mia@example.com").delete()


async def withdraw(family: Family, document: Document) -> None:
    await withdraw_document(family.desk, document.id, "A mistake", family.practice.services)


async def replace(family: Family, document: Document) -> None:
    await document_about(family, title="Corrected", supersedes=document)


async def untick(family: Family, document: Document) -> None:
    await update_relationship(family.practice.system, family.leos_tie.id, family.practice.services, portal_access=False)


async def end(family: Family, document: Document) -> None:
    yesterday = family.practice.services.clock.now().date() - timedelta(days=1)
    await update_relationship(family.practice.system, family.leos_tie.id, family.practice.services, ends_on=yesterday)


async def unlink(family: Family, document: Document) -> None:
    now = family.practice.services.clock.now()
    await PortalLink.filter(account_id=family.leo_signed_in.account_id).update(unlinked_at=now)


async def disable(family: Family, document: Document) -> None:
    now = family.practice.services.clock.now()
    await PortalAccount.filter(id=family.leo_signed_in.account_id).update(disabled_at=now)


async def sign(family: Family, document: Document) -> None:
    await now_signed(document, family.leo)


LOSSES = [unshare, narrow, withdraw, replace, untick, end, unlink, disable, sign]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
@pytest.mark.parametrize("kind", [LetterKind.DOCUMENT_AWAITS, LetterKind.DOCUMENT_REMINDER])
@pytest.mark.parametrize("several", [False, True], ids=["about one", "about several"])
async def test_letter_about_what_is_no_longer_theirs_never_leaves(
    family: Family, mailbox: Mailbox, loss: object, kind: LetterKind, several: bool
) -> None:
    document = await shared(family)
    sent = len(mailbox.letters)
    await queue(family, kind, None if several else document)
    assert callable(loss)
    await loss(family, document)
    assert await becomes(family) is LetterStatus.CANCELLED
    assert len(mailbox.letters) == sent


@pytest.mark.parametrize("loss", [unshare, narrow, untick, end, unlink, disable], ids=lambda loss: loss.__name__)
async def test_completed_letter_to_who_sees_it_no_more_never_leaves(family: Family, loss: object) -> None:
    document = await shared(family)
    await now_signed(document, family.leo)
    await now_completed(document)
    await queue(family, LetterKind.DOCUMENT_COMPLETED, document)
    assert callable(loss)
    await loss(family, document)
    assert await becomes(family) is LetterStatus.CANCELLED


async def test_letter_about_several_leaves_while_one_of_them_is_there(family: Family, mailbox: Mailbox) -> None:
    old = await shared(family, title="Read long ago", signs=False)
    family.practice.services.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]  # a test's clock
    one, two = await document_about(family, title="One"), await document_about(family, title="Two")
    for document in (one, two):
        await share_document(family.desk, document.id, [family.leo.id], family.practice.services)
    await unshare(family, one)
    [waiting] = await Letter.filter(status=LetterStatus.QUEUED)
    assert waiting.document_id is None
    assert await becomes(family) is LetterStatus.SENT
    # What was read long ago is no news.
    for document in (one, two):
        await share_document(family.desk, document.id, [family.leo.id], family.practice.services)
    for document in (one, two):
        await unshare(family, document)
    assert old.sharing.value == "CHOSEN_RECIPIENTS"
    assert await becomes(family) is LetterStatus.CANCELLED


async def test_document_shared_while_another_letter_is_leaving_has_a_letter_of_its_own(
    family: Family, clock: FixedClock
) -> None:
    services = family.practice.services
    first, second = await document_about(family, title="One"), await document_about(family, title="Two")
    await share_document(family.desk, first.id, [family.leo.id], services)

    async def claim() -> None:
        await Letter.filter(status=LetterStatus.QUEUED).update(claimed_until=clock.now() + timedelta(minutes=2))

    await overtaken(claim, share_document(family.desk, second.id, [family.leo.id], services))

    assert {document_id for _, document_id in await letters()} == {first.id, second.id}


async def test_sharing_again_before_the_letter_left_leads_to_that_document_still(family: Family) -> None:
    document = await document_about(family)
    for _ in range(2):
        await share_document(family.desk, document.id, [family.leo.id], family.practice.services)
        await unshare(family, document)
    await share_document(family.desk, document.id, None, family.practice.services)
    assert await letters() == [("leo@example.com", document.id), ("mia@example.com", document.id)]


def test_record_is_named_in_a_staff_letter_as_the_staff_screen_names_it() -> None:
    key = uuid4()
    link = staff_address("https://api.example", key)
    assert unquote(link.rpartition("/")[2]) == encode_id("Contact", key)
    assert link.startswith("https://api.example/staff/#/contact/")


async def test_reader_who_need_not_sign_hears_of_it_all_the_same(family: Family) -> None:
    document = await document_about(family, signers=[family.leo])
    await share_document(family.desk, document.id, [family.mia.id], family.practice.services)
    assert await letters() == [("mia@example.com", document.id)]
    assert await becomes(family) is LetterStatus.SENT
