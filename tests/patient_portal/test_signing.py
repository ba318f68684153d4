"""Signing and saying no on the portal: what is asked, what stands in the way, and that a second click is harmless."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.applications import Starlette

from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.actions.share import unshare_document
from clinic.documents.actions.withdraw import withdraw_document
from clinic.documents.consent import CONSENT_VERSION, live_consent
from clinic.documents.models import Document, Signature, SignatureEvidence, SignatureState, SigningConsent
from clinic.portal_access.actions.unlink import unlink_account
from clinic.portal_access.models import PortalAccount
from clinic.records.models import Relationship
from tests.factories.sealing import WaxSealer
from tests.patient_portal.papers import NAME, author, child_of, path_of, shared, sign, signed_row
from tests.patient_portal.practice import PASSWORD, Practice, Visitor


@pytest.fixture
async def paper(practice: Practice) -> Document:
    """A consent that the practice's contact is asked to sign."""
    return await shared(practice, signers=(practice.contact,))


async def nothing_is_signed(document: Document) -> bool:
    unsigned = await Signature.filter(document_id=document.id, signed_at__not_isnull=True).count() == 0
    return unsigned and await SignatureEvidence.all().count() == 0


async def test_form_says_what_is_signed_and_agreed_to(practice: Practice, nora: Visitor, paper: Document) -> None:
    read = await nora.get(path_of(paper))
    assert f'href="{path_of(paper)}/sign?sha256={paper.sha256}">Go on to sign' in read.response.text
    form = await nora.get(path_of(paper, "sign"))
    assert "You sign this document: Consent to treatment About you 1 page" in form.text
    assert "When you sign, you also agree to this" in form.text
    assert "You agree to read and sign this and later documents of Willow Creek Counseling electronically" in form.text
    assert {"sha256": paper.sha256, "consent_version": CONSENT_VERSION}.items() <= form.fields.items()
    assert set(form.fields) == {
        "csrf_token",
        "sha256",
        "consent_version",
        "consent_language",
        "asked_name",
        "typed_name",
        "password",
    }


async def test_signing_shows_that_it_is_done_and_what_comes_next(
    practice: Practice, nora: Visitor, paper: Document
) -> None:
    done = await sign(nora, paper)
    assert done.goes_to == path_of(paper) + "?signed=1"
    page = await nora.get(done.goes_to)
    assert "You have signed this document Everybody has signed. We are making the sealed file" in page.text
    assert "Nora Gray (you) Signed: Monday, March 2, 2026, 2:00 AM" in page.text
    assert "Go on to sign" not in page.text
    proof = await SignatureEvidence.get()
    assert '"typed_name":"Nora Gray"' in proof.content
    assert f'"document_sha256":"{paper.sha256}"' in proof.content
    assert "Everybody has signed. The sealed file is being made." in (await nora.get("/willow-creek/documents")).text


async def test_agreement_is_asked_once_and_taken_back(practice: Practice, nora: Visitor, paper: Document) -> None:
    await sign(nora, paper)
    second = await shared(practice, "Second", signers=(practice.contact,))
    form = await nora.get(path_of(second, "sign"))
    assert "When you sign, you also agree to this" not in form.text
    assert "You have agreed to sign electronically." in form.text

    account = await nora.get("/willow-creek/account")
    assert "You agreed to it on Monday, March 2, 2026, 2:00 AM." in account.text
    back = await nora.post("/willow-creek/account/consent", {"csrf_token": account.fields["csrf_token"]})
    assert back.goes_to == "/willow-creek/account?done=consent"
    assert "You have taken back your agreement." in (await nora.get(back.goes_to)).text
    owner = await PortalAccount.get()
    assert await live_consent(owner.id) is None
    assert "When you sign, you also agree to this" in (await nora.get(path_of(second, "sign"))).text
    assert (await Signature.get(document_id=paper.id)).signed_at is not None


async def test_agreement_is_taken_back_by_its_own_form_only(practice: Practice, nora: Visitor, paper: Document) -> None:
    await sign(nora, paper)
    refused = await nora.post("/willow-creek/account/consent", {"csrf_token": "0" * 64})
    assert refused.status == 403
    assert await SigningConsent.filter(withdrawn_at=None).count() == 1
    assert (await nora.get("/willow-creek/account/consent")).goes_to == "/willow-creek/account"


async def test_agreement_is_shown_and_recorded_in_the_readers_language(
    practice: Practice, nora: Visitor, paper: Document
) -> None:
    form = await nora.get(path_of(paper, "sign") + "?lang=es")
    assert "Usted acepta leer y firmar este y los próximos documentos" in form.text
    await nora.send(form, path_of(paper, "sign"), typed_name=NAME, password=PASSWORD)
    consent = await SigningConsent.get()
    assert (consent.language, consent.text.split()[0]) == ("es", "Usted")


async def test_agreement_is_recorded_in_the_words_beside_the_button_whatever_language_was_chosen_since(
    practice: Practice, nora: Visitor, paper: Document
) -> None:
    form = await nora.get(path_of(paper, "sign") + "?lang=en")
    assert "You agree to read and sign" in form.text
    # Another tab, before the button is pressed here.
    await nora.get("/willow-creek/documents?lang=es")
    await nora.send(form, path_of(paper, "sign"), typed_name=NAME, password=PASSWORD)
    consent = await SigningConsent.get()
    assert (consent.language, consent.text.split()[0]) == ("en", "You")
    assert '"language":"en"' in (await SignatureEvidence.get()).content


async def test_form_that_shows_no_agreement_records_none(practice: Practice, nora: Visitor, paper: Document) -> None:
    await sign(nora, paper)
    second = await shared(practice, "Second", signers=(practice.contact,))
    form = await nora.get(path_of(second, "sign"))
    assert "You have agreed to sign electronically." in form.text
    # Another tab, before the button is pressed here.
    account = await nora.get("/willow-creek/account")
    await nora.post("/willow-creek/account/consent", {"csrf_token": account.fields["csrf_token"]})

    asked = await nora.send(form, path_of(second, "sign"), typed_name=NAME, password=PASSWORD)
    assert asked.status == 422
    assert "You have not agreed to the words below. Please read them, then sign." in asked.text
    assert "When you sign, you also agree to this" in asked.text
    assert await SigningConsent.filter(withdrawn_at=None).count() == 0
    assert (await Signature.get(document_id=second.id)).signed_at is None

    done = await nora.send(asked, path_of(second, "sign"), typed_name=NAME, password=PASSWORD)
    assert done.goes_to == path_of(second) + "?signed=1"
    assert await SigningConsent.filter(withdrawn_at=None).count() == 1


async def test_wrong_password_signs_nothing_and_keeps_the_name(
    practice: Practice, nora: Visitor, paper: Document
) -> None:
    page = await sign(nora, paper, password="not the right password")
    assert page.status == 422
    assert 'href="#password">This is not your password.' in page.response.text
    assert page.fields["typed_name"] == NAME
    assert page.fields["password"] == ""
    assert page.fields["sha256"] == paper.sha256
    assert await nothing_is_signed(paper)
    assert (await nora.send(page, typed_name=NAME, password=PASSWORD)).status == 303


async def test_empty_boxes_and_impossible_names_are_named(practice: Practice, nora: Visitor, paper: Document) -> None:
    page = await sign(nora, paper, typed_name=" ", password="")
    assert page.status == 422
    assert 'href="#typed_name">Type your full name.' in page.response.text
    assert 'href="#password">Enter your password.' in page.response.text
    page = await sign(nora, paper, typed_name="Nora\u202eGray")
    assert "Use one line of plain text, without control characters." in page.text
    page = await sign(nora, paper, typed_name="N" * 201)
    assert "Use at most 200 characters." in page.text
    assert await nothing_is_signed(paper)


async def test_guessing_the_password_pauses_signing_and_signing_in(
    practice: Practice, nora: Visitor, paper: Document, app: Starlette
) -> None:
    for _ in range(10):
        await sign(nora, paper, password="not the right password")
    paused = await sign(nora, paper)
    assert (paused.status, paused.response.headers["retry-after"]) == (429, "900")
    assert "Please wait a while" in paused.text
    assert await nothing_is_signed(paper)
    practice.clock.advance(timedelta(minutes=16))
    assert (await sign(nora, paper)).status == 303


@pytest.mark.parametrize("sha256", ["", "0" * 64, "é", "x" * 5000])
async def test_other_bytes_than_those_shown_are_not_signed(
    practice: Practice, nora: Visitor, paper: Document, sha256: str
) -> None:
    answer = await sign(nora, paper, sha256=sha256)
    assert answer.goes_to == path_of(paper) + "?changed=1"
    page = await nora.get(answer.goes_to)
    assert "What you were shown is not this document any more." in page.text
    assert "Go on to sign" in page.text
    assert await nothing_is_signed(paper)


async def test_form_for_other_bytes_than_those_read_is_not_shown(
    practice: Practice, nora: Visitor, paper: Document
) -> None:
    answer = await nora.get(path_of(paper, "sign") + f"?sha256={'0' * 64}")
    assert answer.goes_to == path_of(paper) + "?changed=1"


async def test_document_replaced_between_reading_and_signing_is_shown_afresh(
    practice: Practice, nora: Visitor, paper: Document
) -> None:
    form = await nora.get(path_of(paper, "sign"))
    new = await shared(practice, "The new one", signers=(practice.contact,), supersedes_id=paper.id)
    answer = await nora.send(form, typed_name=NAME, password=PASSWORD)
    assert answer.goes_to == path_of(paper) + "?closed=1"
    page = await nora.get(answer.goes_to)
    assert "You have not signed. This document can’t be signed any more." in page.text
    assert f'href="{path_of(new)}">Read the newer document' in page.response.text
    assert await nothing_is_signed(paper)
    assert (await sign(nora, new)).goes_to == path_of(new) + "?signed=1"


@pytest.mark.parametrize("closing", ["withdrawn", "unshared", "unlinked"])
async def test_closed_document_is_not_signed(practice: Practice, nora: Visitor, paper: Document, closing: str) -> None:
    form = await nora.get(path_of(paper, "sign"))
    caller = await author(practice)
    if closing == "withdrawn":
        await withdraw_document(caller, paper.id, "wrong paper", practice.services)
    elif closing == "unshared":
        await unshare_document(caller, paper.id, practice.services)
    else:
        await unlink_account(caller, practice.contact.id, "moved away", practice.services)
    answer = await nora.send(form, typed_name=NAME, password=PASSWORD)
    assert answer.status == {"withdrawn": 410, "unshared": 404, "unlinked": 303}[closing]
    assert await nothing_is_signed(paper)


async def test_second_click_leads_to_what_was_signed(practice: Practice, nora: Visitor, paper: Document) -> None:
    form = await nora.get(path_of(paper, "sign"))
    first = await nora.send(form, typed_name=NAME, password=PASSWORD)
    second = await nora.send(form, typed_name=NAME, password=PASSWORD)
    assert first.goes_to == second.goes_to == path_of(paper) + "?signed=1"
    assert await SignatureEvidence.all().count() == 1
    assert (await nora.get(path_of(paper, "sign"))).goes_to == path_of(paper)


async def test_two_tabs_at_once_make_one_signature(practice: Practice, nora: Visitor, paper: Document) -> None:
    form = await nora.get(path_of(paper, "sign"))
    answers = await asyncio.gather(*(nora.send(form, typed_name=NAME, password=PASSWORD) for _ in range(4)))
    assert {answer.goes_to for answer in answers} == {path_of(paper) + "?signed=1"}
    assert await SignatureEvidence.all().count() == 1


@pytest.mark.parametrize("room", ["sign", "decline"])
@pytest.mark.parametrize("token", ["", "0" * 64])
async def test_forged_form_does_nothing(
    practice: Practice, nora: Visitor, paper: Document, room: str, token: str
) -> None:
    page = await nora.fill(
        path_of(paper, room), typed_name=NAME, password=PASSWORD, reason="I changed my mind", csrf_token=token
    )
    assert page.status == 403
    assert "This page was open too long" in page.text
    assert await nothing_is_signed(paper)
    assert (await Document.get(id=paper.id)).signature_state is SignatureState.WAITING


@pytest.mark.parametrize("room", ["sign", "decline"])
async def test_form_of_another_site_does_nothing(practice: Practice, nora: Visitor, paper: Document, room: str) -> None:
    form = await nora.get(path_of(paper, room))
    fields = {**form.fields, "typed_name": NAME, "password": PASSWORD, "reason": "no"}
    answer = await nora.post(path_of(paper, room), fields, **{"sec-fetch-site": "cross-site"})
    assert answer.status == 403
    assert await nothing_is_signed(paper)


async def test_parent_is_told_that_they_sign_for_the_child(practice: Practice, nora: Visitor) -> None:
    child = await child_of(practice, "mother")
    paper = await shared(practice, about=child, signers=(practice.contact,))
    assert "You sign for Mia Park, as mother." in (await nora.get(path_of(paper))).text
    form = await nora.get(path_of(paper, "sign"))
    assert "About Mia Park 1 page You sign for Mia Park, as mother." in form.text
    assert "Usted firma por Mia Park, como madre." in (await nora.get(path_of(paper, "sign") + "?lang=es")).text
    await nora.get(path_of(paper) + "?lang=en")
    assert (await sign(nora, paper)).goes_to == path_of(paper) + "?signed=1"
    assert '"relationship":"mother"' in (await SignatureEvidence.get()).content


async def test_what_staff_call_a_relative_in_their_own_words_is_not_shown(practice: Practice, nora: Visitor) -> None:
    child = await child_of(practice, "estranged mother")
    paper = await shared(practice, about=child, signers=(practice.contact,))
    for room in ("", "sign"):
        page = await nora.get(path_of(paper, room))
        assert "You sign for Mia Park." in page.text
        assert "estranged" not in page.response.text


async def test_parent_whose_access_ended_signs_nothing(practice: Practice, nora: Visitor) -> None:
    child = await child_of(practice)
    paper = await shared(practice, about=child, signers=(practice.contact,))
    form = await nora.get(path_of(paper, "sign"))
    await Relationship.filter(client_id=child.id).update(portal_access=False)
    assert (await nora.send(form, typed_name=NAME, password=PASSWORD)).status == 404
    assert await nothing_is_signed(paper)


async def test_reader_who_is_not_asked_has_no_form(practice: Practice, nora: Visitor) -> None:
    child = await child_of(practice)
    paper = await shared(practice, about=child, signers=(child,))
    page = await nora.get(path_of(paper))
    assert "Others still have to sign We wait for: Mia Park." in page.text
    assert (await nora.get(path_of(paper, "sign"))).goes_to == path_of(paper)
    own = await shared(practice, signers=(practice.contact,))
    form = await nora.get(path_of(own, "sign"))
    answer = await nora.send(form, path_of(paper, "sign"), typed_name=NAME, password=PASSWORD, sha256=paper.sha256)
    assert answer.goes_to == path_of(paper) + "?asked=1"
    assert "You are not asked to sign this document." in (await nora.get(answer.goes_to)).text
    assert await nothing_is_signed(paper)


async def test_signer_out_of_turn_waits(practice: Practice, nora: Visitor) -> None:
    child = await child_of(practice)
    paper = await shared(practice, about=child, signers=(child, practice.contact), in_sequence=True)
    own = await shared(practice, signers=(practice.contact,))
    form = await nora.get(path_of(own, "sign"))
    answer = await nora.send(form, path_of(paper, "sign"), typed_name=NAME, password=PASSWORD, sha256=paper.sha256)
    assert answer.goes_to == path_of(paper) + "?turn=1"
    assert "You have not signed. Somebody else has to sign before you." in (await nora.get(answer.goes_to)).text
    assert await nothing_is_signed(paper)
    await signed_row(paper, child, practice)
    assert (await nora.get(path_of(paper, "sign"))).status == 200


async def test_completed_document_is_the_sealed_file(practice: Practice, nora: Visitor, paper: Document) -> None:
    await sign(nora, paper)
    sealing = replace(practice.services, sealer=WaxSealer())
    assert await complete_due_documents(sealing, worker_name="test") == 1
    sealed = await Document.get(id=paper.id)
    answer = (await nora.get(path_of(paper, "file"))).response
    assert answer.content.startswith(b"sealed 1\n")
    assert answer.headers["content-disposition"] == 'attachment; filename="consent-to-treatment-signed.pdf"'
    page = await nora.get(path_of(paper))
    assert "Everybody has signed Here is the sealed file" in page.text
    assert 'href="/verify">Check a sealed file' in page.response.text
    assert sealed.completed_sha256 in page.text
    assert "✓ Signed by everybody" in (await nora.get("/willow-creek/documents")).text


async def test_signed_in_elsewhere_meanwhile_the_form_is_asked_for_again(
    practice: Practice, nora: Visitor, paper: Document
) -> None:
    form = await nora.get(path_of(paper, "sign"))
    practice.clock.advance(timedelta(hours=13))
    answer = await nora.send(form, typed_name=NAME, password=PASSWORD)
    assert answer.goes_to == f"/willow-creek/?next={path_of(paper, 'sign').replace('/', '%2F')}"
    assert await nothing_is_signed(paper)
