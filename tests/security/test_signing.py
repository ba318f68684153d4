"""A signature is forged or lost: one of the worst three. What a thief of a session, a screen or a database can't do."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.errors import AlreadySigned
from clinic.documents.evidence import as_json, evidence_hash, from_json
from clinic.documents.models import Completion, Document, Signature, SignatureEvidence, SignatureState, SigningConsent
from clinic.documents.seal_problems import SealProblem
from clinic.mail.models import Letter
from clinic.portal_access.actions import change_password, sign_in_patient
from clinic.sessions.models import SessionKind
from clinic.values.errors import TooManyAttempts, WrongCredentials
from clinic.values.ports import Services
from tests.clinic.documents.signing import Person, paper, person, sign
from tests.clinic.portal_access.journey import somewhere
from tests.clock import FixedClock
from tests.factories import PASSWORD, Mailbox, Practice, make_services
from tests.factories.contents import nothing_changes
from tests.factories.sealing import WaxSealer

GUESS = "seven purple kettles sank"


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox) -> Services:
    return replace(make_services(clock, mailbox), sealer=WaxSealer())


@pytest.fixture
async def omar(practice: Practice, mailbox: Mailbox) -> Person:
    return await person(practice, mailbox)


async def test_guesses_at_signing_and_at_sign_in_are_counted_together(
    practice: Practice, omar: Person, clock: FixedClock
) -> None:
    document = await paper(practice, omar.contact, omar.contact)
    here = somewhere(practice, omar.caller.origin.address or "")
    for number in range(10):
        with pytest.raises(WrongCredentials):
            if number % 2:
                await sign(practice, omar, document, password=GUESS)
            else:
                await sign_in_patient(here, omar.email, GUESS, practice.services, kind=SessionKind.API)

    async with nothing_changes():
        with pytest.raises(TooManyAttempts):
            await sign(practice, omar, document)
        with pytest.raises(TooManyAttempts):
            await sign_in_patient(here, omar.email, PASSWORD, practice.services, kind=SessionKind.API)
    # Nobody is locked out for good.
    clock.advance(timedelta(minutes=15))
    await sign(practice, omar, document)
    assert await Signature.exists(signed_at__not_isnull=True)


async def test_thief_of_a_session_who_guesses_does_not_keep_the_owner_from_signing(
    practice: Practice, omar: Person
) -> None:
    document = await paper(practice, omar.contact, omar.contact)
    thief = replace(omar, caller=replace(omar.caller, origin=replace(omar.caller.origin, address="192.0.2.66")))
    for _ in range(12):
        with pytest.raises((WrongCredentials, TooManyAttempts)):
            await sign(practice, thief, document, password=GUESS)

    await sign(practice, omar, document)


async def test_right_password_at_signing_starts_the_count_afresh(practice: Practice, omar: Person) -> None:
    for number in range(3):
        document = await paper(practice, omar.contact, omar.contact, words=f"paper {number}")
        for _ in range(9):
            with pytest.raises(WrongCredentials):
                await sign(practice, omar, document, password=GUESS)
        await sign(practice, omar, document)


async def test_password_is_asked_for_at_every_signature(practice: Practice, omar: Person) -> None:
    await sign(practice, omar, await paper(practice, omar.contact, omar.contact, words="first"))
    second = await paper(practice, omar.contact, omar.contact, words="second")

    async with nothing_changes():
        with pytest.raises(WrongCredentials):
            await sign(practice, omar, second, password="")


async def test_stale_page_costs_no_attempt(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)
    await sign(practice, omar, document)
    for _ in range(12):
        with pytest.raises(AlreadySigned):
            await sign(practice, omar, document, password=GUESS)

    await sign(practice, omar, await paper(practice, omar.contact, omar.contact, words="next"))


async def test_new_password_alters_no_past_signature_and_signs_from_now_on(practice: Practice, omar: Person) -> None:
    first = await paper(practice, omar.contact, omar.contact, words="first")
    await sign(practice, omar, first)
    before = await SignatureEvidence.all().values()

    await change_password(omar.caller, PASSWORD, "four brown ponies trot", practice.services)

    assert await SignatureEvidence.all().values() == before
    second = await paper(practice, omar.contact, omar.contact, words="second")
    with pytest.raises(WrongCredentials):
        await sign(practice, omar, second)
    await sign(practice, omar, second, password="four brown ponies trot")


async def test_password_is_written_nowhere(practice: Practice, omar: Person) -> None:
    await sign(practice, omar, await paper(practice, omar.contact, omar.contact))

    written = [str(row) for model in (SignatureEvidence, SigningConsent, Letter) for row in await model.all().values()]
    assert not [row for row in written if PASSWORD in row]


async def test_evidence_and_times_of_signatures_are_written_once(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)
    await sign(practice, omar, document)

    refused: list[Any] = [
        SignatureEvidence.all().update(hash="0" * 64),
        SignatureEvidence.all().delete(),
        Signature.all().update(signed_at=None),
        Signature.all().update(signer_id=(await practice.contact("Rosa", emails=())).id),
        Document.filter(id=document.id).update(sha256="0" * 64),
    ]
    for write in refused:
        async with nothing_changes():
            with pytest.raises((IntegrityError, OperationalError)):
                await write


async def test_signature_is_neither_signed_nor_declined_twice(practice: Practice, omar: Person) -> None:
    await sign(practice, omar, await paper(practice, omar.contact, omar.contact))

    async with nothing_changes():
        with pytest.raises((IntegrityError, OperationalError)):
            await Signature.all().update(declined_at=practice.services.clock.now())


@pytest.fixture
async def signed(practice: Practice, omar: Person) -> Document:
    document = await sign(practice, omar, await paper(practice, omar.contact, omar.contact))
    await complete_due_documents(practice.services, worker_name="worker-1")
    return document


async def forged(practice: Practice, document: Document, signer: Person, content: str) -> None:
    """What a thief with the database, but without a signature, would write."""
    now = practice.services.clock.now()
    place = await Signature.get(document_id=document.id)
    await Signature.filter(id=place.id).update(signed_at=now)
    await SignatureEvidence.create(
        signature_id=place.id,
        account_id=signer.caller.account_id,
        content=content,
        hash=evidence_hash(content),
        organization_id=document.organization_id,
    )
    await Completion.create(
        organization_id=document.organization_id, document_id=document.id, created_at=now, due_at=now
    )


@pytest.mark.parametrize(
    ("rewritten", "found"),
    [
        (set(), SealProblem.EVIDENCE_CHANGED),
        ({"document_id"}, SealProblem.EVIDENCE_CHANGED),
        ({"document_sha256"}, SealProblem.EVIDENCE_CHANGED),
        # Made to fit; but this program did not write it.
        ({"document_id", "document_sha256"}, SealProblem.EVIDENCE_NOT_OURS),
    ],
)
async def test_signature_transplanted_from_another_document_is_never_sealed(
    practice: Practice, omar: Person, signed: Document, rewritten: set[str], found: SealProblem
) -> None:
    target = await paper(practice, omar.contact, omar.contact, words="I give away my house")
    facts = {"document_id": str(target.id), "document_sha256": target.sha256}
    taken = from_json((await SignatureEvidence.get()).content)
    evidence = replace(taken, **{name: facts[name] for name in rewritten})  # type: ignore[arg-type]  # texts all
    await forged(practice, target, omar, as_json(evidence))

    assert await complete_due_documents(practice.services, worker_name="worker-1") == 1

    assert (await Document.get(id=target.id)).signature_state is SignatureState.WAITING
    assert (await Completion.get(document_id=target.id)).failure == found


async def test_signature_of_another_account_is_never_sealed(
    practice: Practice, mailbox: Mailbox, omar: Person, signed: Document
) -> None:
    rosa = await person(practice, mailbox, "Rosa")
    target = await paper(practice, omar.contact, omar.contact, words="I give away my house")
    taken = from_json((await SignatureEvidence.get()).content)
    evidence = replace(taken, document_id=str(target.id), document_sha256=target.sha256)
    await forged(practice, target, rosa, as_json(evidence))

    await complete_due_documents(practice.services, worker_name="worker-1")

    assert (await Document.get(id=target.id)).signature_state is SignatureState.WAITING


async def test_signature_of_another_organization_has_no_place_here(
    practice: Practice, other_practice: Practice, mailbox: Mailbox, omar: Person
) -> None:
    ola = await person(other_practice, mailbox, "Ola")
    document = await paper(practice, omar.contact, omar.contact)

    async with nothing_changes():
        with pytest.raises((IntegrityError, OperationalError)):
            await SignatureEvidence.create(
                organization_id=practice.organization.id,
                signature_id=(await Signature.get(document_id=document.id)).id,
                account_id=ola.caller.account_id,
                content="{}",
                hash=evidence_hash("{}"),
            )


async def test_document_is_never_completed_without_its_file(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)

    async with nothing_changes():
        with pytest.raises((IntegrityError, OperationalError)):
            await Document.filter(id=document.id).update(signature_state=SignatureState.COMPLETED)
