"""Signing: who may, what is written down, and who hears of it."""

import asyncio
import json
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from clinic.documents.actions.consent import withdraw_consent
from clinic.documents.actions.sign import sign_document
from clinic.documents.consent import CONSENT_VERSION, consent_text
from clinic.documents.errors import (
    AlreadySigned,
    DocumentChanged,
    DocumentClosed,
    NotASigner,
    NotShared,
    NotYourTurn,
)
from clinic.documents.evidence import evidence_hash, from_json
from clinic.documents.files import document_key
from clinic.documents.models import (
    Completion,
    Document,
    DocumentSharing,
    Signature,
    SignatureEvidence,
    SignatureState,
    SigningConsent,
)
from clinic.mail.models import Letter, LetterKind
from clinic.portal_access.models import PortalAccount
from clinic.records.actions.relationships import update_relationship
from clinic.sessions.actions import end_session
from clinic.staff.models import StaffMember
from clinic.values.errors import InvalidInput, NotFound, SessionEnded, TooManyAttempts, WrongCredentials
from clinic.work.models import AuditEvent
from tests.clinic.documents.signing import PHONE, Person, form, opened_to, paper, person, sign
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice
from tests.factories.chains import verify_chain
from tests.factories.contents import nothing_changes


async def letters() -> list[tuple[LetterKind, str]]:
    """The document letters that were queued, in order."""
    found = await Letter.filter(document_id__not_isnull=True).order_by("created_at", "kind")
    return [(letter.kind, letter.to_address) for letter in found]


async def test_signature_is_written_with_evidence_consent_letter_and_audit(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)

    signed = await sign(practice, omar, document)

    assert (signed.id, signed.signature_state) == (document.id, SignatureState.WAITING)
    now = practice.services.clock.now()
    place = await Signature.get(document_id=document.id)
    assert (place.signed_at, place.remind_at) == (now, None)
    proof = await SignatureEvidence.get(signature_id=place.id)
    assert proof.hash == evidence_hash(proof.content)
    event = await AuditEvent.get(action="document.signed")
    assert (event.subject_kind, event.subject_id, event.actor_id) == ("Document", document.id, omar.caller.account_id)
    assert json.loads(event.details) == {
        "signature": str(place.id),
        "signer": str(omar.contact.id),
        "sha256": document.sha256,
        "evidence": proof.hash,
    }
    author = await StaffMember.get(id=document.created_by_id)
    assert await letters() == [(LetterKind.STAFF_DOCUMENT_SIGNED, author.email)]
    assert (await Completion.get(document_id=document.id)).due_at == now
    assert (await verify_chain(practice.organization.id)).broken_at is None


async def test_evidence_tells_who_what_when_how_and_to_which_words(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)

    await sign(practice, omar, document, typed_name=" Omar  Reyes ", language="es-MX")

    said = from_json((await SignatureEvidence.get()).content)
    assert (said.document_sha256, said.page_count, said.document_title) == (document.sha256, 2, "Consent")
    assert (said.client, said.signer, said.relationship, said.typed_name) == (
        "Omar Reyes",
        "Omar Reyes",
        "",
        "Omar  Reyes",
    )
    assert (said.organization, said.account_email) == ("Willow Creek Counseling", "omar@example.com")
    assert (said.account_id, said.signer_id) == (str(omar.caller.account_id), str(omar.contact.id))
    assert (said.signed_at, said.signed_at_local, said.time_zone) == (
        "2026-03-02T09:00:00.000000+00:00",
        "2026-03-02T02:00:00-07:00",
        "America/Boise",
    )
    assert (said.address, said.agent, said.language) == (PHONE.address, PHONE.agent, "es")
    assert (said.authentication, said.signed_in_at) == ("password", "2026-03-02T09:00:00.000000+00:00")
    assert said.consent.version == CONSENT_VERSION
    assert said.consent.text == consent_text("Willow Creek Counseling", "es")


async def test_agreement_is_asked_once_and_every_signature_names_it(practice: Practice, omar: Person) -> None:
    for title in ("first", "second"):
        await sign(practice, omar, await paper(practice, omar.contact, omar.contact, words=title))

    consent = await SigningConsent.get()
    assert (consent.version, consent.address) == (CONSENT_VERSION, PHONE.address)
    assert await AuditEvent.filter(action="signing_consent.given").count() == 1
    assert await SignatureEvidence.all().count() == 2


async def test_signature_without_words_shown_rests_on_the_agreement_that_stands(
    practice: Practice, omar: Person
) -> None:
    first, second, third = [await paper(practice, omar.contact, omar.contact, words=str(n)) for n in range(3)]
    await sign(practice, omar, first)
    await sign(practice, omar, second, consent_version="")
    await withdraw_consent(omar.caller, practice.services)

    async with nothing_changes():
        with pytest.raises(InvalidInput) as refused:
            await sign(practice, omar, third, consent_version="")
    assert [problem.path for problem in refused.value.problems] == ["consentVersion"]
    assert await SigningConsent.all().count() == 1


async def test_relative_signs_for_the_client_as_what_they_are(practice: Practice, mailbox: Mailbox) -> None:
    rosa = await person(practice, mailbox, "Rosa")
    child = await practice.contact("Mia", emails=())
    await opened_to(practice, child, rosa.contact)
    document = await paper(practice, child, rosa.contact)

    await sign(practice, rosa, document)

    said = from_json((await SignatureEvidence.get()).content)
    assert (said.signer, said.client, said.relationship) == ("Rosa Reyes", "Mia Reyes", "mother")


async def test_two_signers_in_any_order_complete_with_the_second(practice: Practice, mailbox: Mailbox) -> None:
    omar, rosa = await person(practice, mailbox), await person(practice, mailbox, "Rosa")
    await opened_to(practice, omar.contact, rosa.contact)
    document = await paper(practice, omar.contact, omar.contact, rosa.contact)

    await sign(practice, rosa, document)
    assert not await Completion.exists()
    await sign(practice, omar, document)

    assert await Completion.filter(document_id=document.id).count() == 1
    assert [kind for kind, _ in await letters()] == [LetterKind.STAFF_DOCUMENT_SIGNED] * 2


async def test_in_sequence_the_second_waits_and_hears_when_it_is_their_turn(
    practice: Practice, mailbox: Mailbox
) -> None:
    omar, rosa = await person(practice, mailbox), await person(practice, mailbox, "Rosa")
    await opened_to(practice, omar.contact, rosa.contact)
    document = await paper(practice, omar.contact, omar.contact, rosa.contact, in_sequence=True)

    with pytest.raises(NotYourTurn):
        await sign(practice, rosa, document)
    await sign(practice, omar, document)

    awaited = await Signature.get(signer_id=rosa.contact.id)
    assert awaited.remind_at == practice.services.clock.now() + timedelta(days=3)
    assert (LetterKind.DOCUMENT_AWAITS, rosa.email) in await letters()
    await sign(practice, rosa, document)
    assert await Completion.filter(document_id=document.id).count() == 1


async def test_second_submission_says_that_it_is_signed(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)
    await sign(practice, omar, document)

    async with nothing_changes():
        with pytest.raises(AlreadySigned):
            await sign(practice, omar, document)


async def test_thirty_two_submissions_at_once_make_one_signature(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)

    results = await asyncio.gather(*[sign(practice, omar, document) for _ in range(32)], return_exceptions=True)

    # Who comes while ten passwords are being judged is told to wait, as at sign-in.
    kinds = [type(result) for result in results]
    assert kinds.count(Document) == 1
    assert set(kinds) <= {Document, AlreadySigned, TooManyAttempts}
    assert await Signature.filter(signed_at__not_isnull=True).count() == 1
    assert await SignatureEvidence.all().count() == 1
    assert await AuditEvent.filter(action="document.signed").count() == 1
    assert [kind for kind, _ in await letters()] == [LetterKind.STAFF_DOCUMENT_SIGNED]
    assert await Completion.all().count() == 1


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"typed_name": "  "}, "typedName"),
        ({"typed_name": "Omar\x00Reyes"}, "typedName"),
        ({"typed_name": "Omar \u202eseyeR"}, "typedName"),
        ({"typed_name": "x" * 201}, "typedName"),
        ({"consent_version": "2019-01"}, "consentVersion"),
        ({"consent_version": ""}, "consentVersion"),
    ],
)
async def test_bad_input_names_the_field(practice: Practice, omar: Person, changes: dict[str, str], path: str) -> None:
    document = await paper(practice, omar.contact, omar.contact)

    async with nothing_changes():
        with pytest.raises(InvalidInput) as refused:
            await sign(practice, omar, document, **changes)
    assert [problem.path for problem in refused.value.problems] == [path]


async def test_wrong_password_signs_nothing(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)

    async with nothing_changes():
        with pytest.raises(WrongCredentials):
            await sign(practice, omar, document, password="somebody else's guess")


async def test_other_bytes_than_were_shown_are_not_signed(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)
    other = await paper(practice, omar.contact, omar.contact, words="Another")

    async with nothing_changes():
        for sha256 in (other.sha256, "", document.sha256.upper(), document.sha256[:-1]):
            with pytest.raises(DocumentChanged):
                await sign(practice, omar, document, sha256=sha256)


async def test_bytes_that_changed_in_the_store_are_not_signed(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)
    key = document_key(practice.organization.id, document.sha256)

    class Altered:
        async def get(self, asked: str) -> bytes:
            return await practice.services.files.get(asked) + (b"!" if asked == key else b"")

    services = replace(practice.services, files=Altered())  # type: ignore[arg-type]  # only read from
    async with nothing_changes():
        with pytest.raises(DocumentChanged):
            await sign_document(omar.caller, form(document), services)


async def test_who_is_not_asked_signs_nothing(practice: Practice, mailbox: Mailbox) -> None:
    omar, rosa = await person(practice, mailbox), await person(practice, mailbox, "Rosa")
    await opened_to(practice, omar.contact, rosa.contact)
    to_sign, to_read = await paper(practice, omar.contact, omar.contact), await paper(practice, omar.contact)

    async with nothing_changes():
        with pytest.raises(NotASigner):
            await sign(practice, rosa, to_sign)
        with pytest.raises(NotASigner):
            await sign(practice, omar, to_read)


async def test_what_was_never_theirs_does_not_exist(
    practice: Practice, mailbox: Mailbox, other_practice: Practice, omar: Person
) -> None:
    stranger = await person(practice, mailbox, "Stella")
    elsewhere = await person(other_practice, mailbox, "Ola")
    document = await paper(practice, omar.contact, omar.contact)

    async with nothing_changes():
        for who in (stranger, elsewhere):
            with pytest.raises(NotFound):
                await sign(practice, who, document)
        for missing in (None, uuid4()):
            with pytest.raises(NotFound):
                await sign(practice, omar, document, document_id=missing)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"sharing": DocumentSharing.NOT_SHARED}, NotShared),
        ({"sharing": DocumentSharing.CHOSEN_RECIPIENTS}, NotShared),
        ({"withdrawn_at": "now"}, NotShared),
        ({"signature_state": SignatureState.DECLINED}, DocumentClosed),
    ],
)
async def test_what_was_taken_back_is_not_signed(
    practice: Practice, omar: Person, change: dict[str, object], refusal: type[Exception]
) -> None:
    document = await paper(practice, omar.contact, omar.contact)
    now = practice.services.clock.now()
    await Document.filter(id=document.id).update(
        **{name: now if value == "now" else value for name, value in change.items()}
    )

    async with nothing_changes():
        with pytest.raises(refusal):
            await sign(practice, omar, document)


async def test_what_was_replaced_is_not_signed(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)
    newer = await paper(practice, omar.contact, omar.contact, words="Corrected")
    await Document.filter(id=document.id).update(superseded_by_id=newer.id)

    async with nothing_changes():
        with pytest.raises(DocumentClosed) as refused:
            await sign(practice, omar, document)
    assert refused.value.reason == "SUPERSEDED"


async def test_relative_whose_access_has_ended_signs_nothing(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    rosa = await person(practice, mailbox, "Rosa")
    child = await practice.contact("Mia", emails=())
    tie = await opened_to(practice, child, rosa.contact, ends_on=date(2026, 3, 2))
    first, second = [await paper(practice, child, rosa.contact, words=words) for words in ("first", "second")]
    # The last day in the practice's zone is still open.
    clock.advance(timedelta(hours=11))
    await sign(practice, rosa, first)
    await update_relationship(practice.system, tie.id, practice.services, portal_access=False)

    async with nothing_changes():
        with pytest.raises(NotShared):
            await sign(practice, rosa, second)


async def test_session_that_ended_signs_nothing(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)
    await end_session(omar.caller, practice.services)

    async with nothing_changes():
        with pytest.raises(SessionEnded):
            await sign(practice, omar, document)


async def test_disabled_account_signs_nothing(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)
    await PortalAccount.filter(id=omar.caller.account_id).update(disabled_at=practice.services.clock.now())

    async with nothing_changes():
        with pytest.raises(SessionEnded):
            await sign(practice, omar, document)
