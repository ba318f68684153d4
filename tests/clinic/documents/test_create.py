"""What a document is made from, who may be asked to sign it, and what takes whose place (product §4)."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.documents.actions.create import NewDocument, create_document
from clinic.documents.actions.share import share_document
from clinic.documents.actions.upload import UPLOAD_LIFETIME, receive_upload
from clinic.documents.actions.withdraw import withdraw_document
from clinic.documents.errors import DocumentClosed
from clinic.documents.models import Document, DocumentKind, DocumentSharing, Signature, SignatureState, Upload
from clinic.documents.rendered_pages import original_of, page_texts
from clinic.documents.written import as_json
from clinic.mail.models import Letter
from clinic.records.actions.relationships import update_relationship
from clinic.throttling.throttle import DOCUMENTS_PER_STAFF, count_attempt
from clinic.values.callers import Permission
from clinic.values.errors import ClinicError, InvalidInput, NotFound, NotPermitted, TooManyAttempts
from clinic.values.limits import MOST_SIGNERS
from clinic.values.problems import Problem
from clinic.values.written_document import Heading, Paragraph
from clinic.work.idempotency import IdempotencyKey
from clinic.work.models import AuditEvent
from tests.clinic.documents.family import Family, document_about, now_completed, now_signed
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import nothing_changes
from tests.factories.pdfs import sound_pdf


async def refused(family: Family, new: NewDocument) -> InvalidInput:
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await create_document(family.desk, new, family.practice.services)
    return refusal.value


async def test_upload_becomes_a_document_that_nobody_sees_yet(family: Family, clock: FixedClock) -> None:
    services, content = family.practice.services, sound_pdf(3)
    upload = (await receive_upload(family.desk, content, services)).upload
    new = NewDocument(family.mia.id, " Plan of care ", DocumentKind.PLAN, upload_id=upload.id)

    await create_document(family.desk, new, services)

    [document] = await Document.all()
    assert (document.contact_id, document.title, document.kind) == (family.mia.id, "Plan of care", DocumentKind.PLAN)
    assert (document.sha256, document.byte_count, document.page_count) == (upload.sha256, len(content), 3)
    assert (document.text, document.language, document.in_sequence) == ("", "en", False)
    assert (document.sharing, document.shared_at) == (DocumentSharing.NOT_SHARED, None)
    assert document.signature_state is SignatureState.NOT_REQUIRED
    assert (document.created_by_id, document.created_at) == (family.desk.staff_member_id, clock.now())
    assert await original_of(document, services) == content
    assert (await Upload.get(id=upload.id)).used_at == clock.now()
    event = await AuditEvent.get(action="document.created")
    assert (event.subject_kind, event.subject_id) == ("Document", document.id)
    assert "Plan" not in event.details
    assert await Letter.exists() is False


async def test_text_becomes_pages_and_is_kept_to_be_read(family: Family) -> None:
    services = family.practice.services
    new = NewDocument(family.mia.id, "Consent", DocumentKind.CONSENT, "es", text="# Usted acepta\r\nPuede parar.")

    document = await create_document(family.desk, new, services)

    assert document.text == as_json((Heading(1, "Usted acepta"), Paragraph("Puede parar.")))
    assert (document.page_count, document.language) == (1, "es")
    [words] = await page_texts(document, services)
    assert words.split("\n") == [
        "Willow Creek Counseling",
        "Consent",
        "Usted acepta",
        "Puede parar.",
        "Página 1 de 1",
    ]
    assert document.byte_count == len(await original_of(document, services))


async def test_signers_have_places_in_the_order_named(family: Family) -> None:
    document = await document_about(family, signers=[family.leo, family.mia, family.rosa], in_sequence=True)
    places = await Signature.filter(document_id=document.id).order_by("position")
    assert [(place.signer_id, place.position) for place in places] == [
        (family.leo.id, 1),
        (family.mia.id, 2),
        (family.rosa.id, 3),
    ]
    assert {(place.signed_at, place.declined_at, place.remind_at, place.reminders) for place in places} == {
        (None, None, None, 0)
    }
    assert (document.signature_state, document.in_sequence) == (SignatureState.WAITING, True)


async def test_one_signer_is_no_sequence(family: Family) -> None:
    document = await document_about(family, signers=[family.mia], in_sequence=True)
    assert document.in_sequence is False


@pytest.mark.parametrize("name", ["hugo", "stranger", "nobody", "abroad", "expired"])
async def test_only_the_client_and_relatives_with_access_may_be_asked_to_sign(
    family: Family, other_practice: Practice, clock: FixedClock, name: str
) -> None:
    services = family.practice.services
    signers = {
        "hugo": family.hugo.id,
        "stranger": (await family.practice.contact("Omar")).id,
        "nobody": uuid4(),
        "abroad": (await other_practice.contact("Ada")).id,
        "expired": family.leo.id,
    }
    yesterday = clock.now().date() - timedelta(days=2)
    await update_relationship(family.practice.system, family.leos_tie.id, services, ends_on=yesterday)
    new = NewDocument(family.mia.id, "Consent", text="Yes.", signer_ids=[family.mia.id, signers[name]])

    [problem] = (await refused(family, new)).problems

    assert (problem.path, problem.code) == ("signerIds", Problem.NO_PORTAL_ACCESS)


async def test_last_day_of_access_is_still_a_day_to_sign(family: Family, clock: FixedClock) -> None:
    # 9:00 UTC is 2:00 in Boise, of the same day.
    today = clock.now().date()
    await update_relationship(family.practice.system, family.leos_tie.id, family.practice.services, ends_on=today)
    document = await document_about(family, signers=[family.leo])
    assert await Signature.filter(document_id=document.id).count() == 1


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({}, ["uploadId"]),
        ({"text": "x", "upload_id": uuid4()}, ["text"]),
        ({"text": " \n"}, ["text"]),
        ({"text": "a\x00"}, ["text"]),
        ({"text": "x", "title": "  "}, ["title"]),
        ({"text": "x", "title": "x" * 201}, ["title"]),
        ({"text": "x", "title": "a\nb"}, ["title"]),
        ({"text": "x", "title": "\u202etxt.exe"}, ["title"]),
        ({"text": "x", "language": "english please"}, ["language"]),
        ({"text": "x", "language": "en-AAAAAAAAAA"}, ["language"]),
        ({"text": "x", "signer_ids": [uuid4()] * 2}, ["signerIds"]),
        ({"text": "x", "signer_ids": [uuid4() for _ in range(MOST_SIGNERS + 1)]}, ["signerIds"]),
        ({"title": "", "language": "?"}, ["title", "uploadId", "language"]),
    ],
)
async def test_bad_input_is_named_and_nothing_is_made(
    family: Family, changes: dict[str, object], paths: list[str]
) -> None:
    facts = {"contact_id": family.mia.id, "title": "Consent", **changes}
    refusal = await refused(family, NewDocument(**facts))  # type: ignore[arg-type]  # a test's own
    assert [problem.path for problem in refusal.problems] == paths


async def test_title_with_markup_and_right_to_left_marks_is_harmless_text(family: Family) -> None:
    title = ("<b>{{ 7*7 }}</b> & שלום\u200f %s " * 9)[:200].strip()
    new = NewDocument(family.mia.id, title, text="Read me.")
    document = await create_document(family.desk, new, family.practice.services)
    assert document.title == title
    [words] = await page_texts(document, family.practice.services)
    assert "<b>{{ 7*7 }}</b> &" in words


async def test_letters_that_no_font_has_are_named(family: Family) -> None:
    new = NewDocument(family.mia.id, "Consent ሰ", text="Selam ሰላም, Łucja")
    problems = (await refused(family, new)).problems
    assert [(problem.path, problem.code, problem.values) for problem in problems] == [
        ("title", Problem.LETTERS_NOT_PRINTABLE, {"letters": "ሰ"}),
        ("text", Problem.LETTERS_NOT_PRINTABLE, {"letters": "ሰላም"}),
    ]


@pytest.mark.parametrize("words", ["שרה לוי", "أحمد محمد", "สมชาย ใจดี", "प्रिया शर्मा", "Łucja Żółć"])
async def test_page_and_pdf_have_the_same_letters(family: Family, words: str) -> None:
    document = await create_document(
        family.desk, NewDocument(family.mia.id, words, text=f"# {words}"), family.practice.services
    )
    [shown] = await page_texts(document, family.practice.services)
    assert document.text == as_json([Heading(1, words)])
    assert shown.count(words) == 2


async def test_east_asian_text_is_printed_or_refused_with_its_letters(family: Family) -> None:
    new = NewDocument(family.mia.id, "Consent", text="# 同意書")
    if await family.practice.services.pdf.missing_letters("同意書"):  # no such font on this machine
        [problem] = (await refused(family, new)).problems
        assert (problem.path, problem.values) == ("text", {"letters": "同意書"})
    else:
        document = await create_document(family.desk, new, family.practice.services)
        [shown] = await page_texts(document, family.practice.services)
        assert "同意書" in shown


# The text is refused for what it is when drawn, which takes a second: one database says enough.
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_text_of_too_many_pages_is_refused(family: Family) -> None:
    new = NewDocument(family.mia.id, "Consent", text="\n\n".join("# x" for _ in range(19_000)))
    [problem] = (await refused(family, new)).problems
    assert (problem.path, problem.code) == ("text", Problem.TOO_MANY_PAGES)


async def test_upload_makes_one_document(family: Family) -> None:
    services = family.practice.services
    upload = (await receive_upload(family.desk, sound_pdf(), services)).upload
    new = NewDocument(family.mia.id, "Consent", upload_id=upload.id)
    await create_document(family.desk, new, services)
    [problem] = (await refused(family, new)).problems
    assert (problem.path, problem.code) == ("uploadId", Problem.UPLOAD_USED)


async def test_upload_of_yesterday_makes_none(family: Family, clock: FixedClock) -> None:
    services = family.practice.services
    upload = (await receive_upload(family.desk, sound_pdf(), services)).upload
    clock.advance(UPLOAD_LIFETIME)
    [problem] = (await refused(family, NewDocument(family.mia.id, "Consent", upload_id=upload.id))).problems
    assert (problem.path, problem.code) == ("uploadId", Problem.UPLOAD_EXPIRED)
    assert (await Upload.get(id=upload.id)).used_at is None


async def test_upload_of_another_practice_is_none(family: Family, other_practice: Practice) -> None:
    abroad = await other_practice.staff(Permission.WEB_PORTAL)
    upload = (await receive_upload(abroad, sound_pdf(), family.practice.services)).upload
    for upload_id in (upload.id, uuid4()):
        async with nothing_changes():
            with pytest.raises(NotFound) as refusal:
                new = NewDocument(family.mia.id, "Consent", upload_id=upload_id)
                await create_document(family.desk, new, family.practice.services)
        assert refusal.value.field == "uploadId"


async def test_document_about_another_practices_contact_is_none(family: Family, other_practice: Practice) -> None:
    stranger, services = await other_practice.contact(), family.practice.services
    upload = (await receive_upload(family.desk, sound_pdf(), services)).upload
    for contact_id in (stranger.id, uuid4(), None):
        for how in ({"text": "x"}, {"upload_id": upload.id}):
            async with nothing_changes():
                with pytest.raises(NotFound) as refusal:
                    await create_document(family.desk, NewDocument(contact_id, "Consent", **how), services)
            assert refusal.value.field == "contactId"


@pytest.mark.parametrize("permissions", [(), tuple(set(Permission) - {Permission.WEB_PORTAL})])
async def test_without_web_portal_nothing_is_made(family: Family, permissions: tuple[Permission, ...]) -> None:
    staff = await family.practice.staff(*permissions)
    async with nothing_changes():
        with pytest.raises(NotPermitted) as refusal:
            await create_document(staff, NewDocument(family.mia.id, "", text="x"), family.practice.services)
    assert refusal.value.permission == "WEB_PORTAL"


async def test_same_request_five_times_at_once_makes_one_document(family: Family) -> None:
    services = family.practice.services
    upload = (await receive_upload(family.desk, sound_pdf(), services)).upload
    for new in (
        NewDocument(family.mia.id, "Sent", upload_id=upload.id, signer_ids=[family.leo.id]),
        NewDocument(family.mia.id, "Written", text="Yes.", signer_ids=[family.leo.id]),
    ):
        request_key = IdempotencyKey("createDocument", new.title, "body")
        made = await asyncio.gather(
            *(create_document(family.desk, new, services, request_key=request_key) for _ in range(5))
        )
        assert len({document.id for document in made}) == 1
    assert await Document.all().count() == await Signature.all().count() == 2
    assert await AuditEvent.filter(action="document.created").count() == 2


async def test_one_upload_wanted_five_times_at_once_makes_one_document(family: Family) -> None:
    services = family.practice.services
    upload = (await receive_upload(family.desk, sound_pdf(), services)).upload
    wanted = [NewDocument(family.mia.id, f"Consent {number}", upload_id=upload.id) for number in range(5)]
    made = await asyncio.gather(
        *(create_document(family.desk, new, services) for new in wanted), return_exceptions=True
    )
    assert [type(one) for one in made if not isinstance(one, Document)] == [InvalidInput] * 4
    assert await Document.all().count() == 1


async def test_writing_without_end_is_paused(family: Family, clock: FixedClock) -> None:
    new, services = NewDocument(family.mia.id, "Consent", text="Yes."), family.practice.services
    for _ in range(3):
        await create_document(family.desk, new, services)

    for _ in range(DOCUMENTS_PER_STAFF.limit - 3):
        await count_attempt(DOCUMENTS_PER_STAFF, str(family.desk.staff_member_id), clock)
    async with nothing_changes():
        with pytest.raises(TooManyAttempts):
            await create_document(family.desk, new, services)


async def test_correction_takes_the_place_of_the_old(family: Family, clock: FixedClock) -> None:
    old = await document_about(family, title="Plan", signers=[family.leo])
    await share_document(family.desk, old.id, None, family.practice.services)
    assert (await Signature.get(document_id=old.id)).remind_at is not None

    new = await document_about(family, title="Plan, corrected", supersedes=old)

    replaced = await Document.get(id=old.id)
    assert (replaced.superseded_by_id, replaced.superseded_at) == (new.id, clock.now())
    assert replaced.sha256 == old.sha256
    assert (await Signature.get(document_id=old.id)).remind_at is None
    assert new.sharing is DocumentSharing.NOT_SHARED
    event = await AuditEvent.get(action="document.superseded")
    assert (event.subject_id, event.details) == (old.id, f'{{"by": "{new.id}"}}')


async def test_partly_signed_and_declined_documents_may_be_replaced(family: Family) -> None:
    partly = await document_about(family, title="Partly", signers=[family.leo, family.mia])
    await now_signed(partly, family.leo)
    declined = await document_about(family, title="Declined", signers=[family.leo])
    await Document.filter(id=declined.id).update(signature_state=SignatureState.DECLINED)
    for old in (partly, declined):
        new = await document_about(family, title=f"{old.title}, corrected", supersedes=old)
        assert (await Document.get(id=old.id)).superseded_by_id == new.id


@pytest.mark.parametrize(
    ("state", "reason"),
    [("withdrawn", "WITHDRAWN"), ("replaced", "SUPERSEDED"), ("all signed", "COMPLETED"), ("completed", "COMPLETED")],
)
async def test_what_is_over_is_never_replaced(family: Family, state: str, reason: str) -> None:
    old = await document_about(family, title="Plan", signers=[family.leo])
    match state:
        case "withdrawn":
            await withdraw_document(family.desk, old.id, "A mistake", family.practice.services)
        case "replaced":
            await document_about(family, title="Plan, corrected", supersedes=old)
        case "all signed":
            await now_signed(old, family.leo)
        case "completed":
            await now_signed(old, family.leo)
            await now_completed(old)
    new = NewDocument(family.mia.id, "Another", text="x", supersedes_id=old.id)
    async with nothing_changes():
        with pytest.raises(DocumentClosed) as refusal:
            await create_document(family.desk, new, family.practice.services)
    assert refusal.value.reason == reason


async def test_document_of_somebody_else_is_not_replaced(family: Family, other_practice: Practice) -> None:
    of_leo = await document_about(family, family.leo)
    for supersedes_id in (of_leo.id, uuid4()):
        new = NewDocument(family.mia.id, "Another", text="x", supersedes_id=supersedes_id)
        async with nothing_changes():
            with pytest.raises(NotFound) as refusal:
                await create_document(family.desk, new, family.practice.services)
        assert refusal.value.field == "supersedesId"


async def test_two_corrections_at_once_make_one_successor(family: Family) -> None:
    old = await document_about(family, title="Plan")

    async def correct(number: int) -> Document | ClinicError:
        new = NewDocument(family.mia.id, f"Plan {number}", text="x", supersedes_id=old.id)
        try:
            return await create_document(family.desk, new, family.practice.services)
        except DocumentClosed as closed:
            return closed

    made = await asyncio.gather(*(correct(number) for number in range(4)))
    [new] = [one for one in made if isinstance(one, Document)]
    assert [one.reason for one in made if isinstance(one, DocumentClosed)] == ["SUPERSEDED"] * 3
    assert (await Document.get(id=old.id)).superseded_by_id == new.id
    assert await Document.all().count() == 2
