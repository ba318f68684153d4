"""Declining a document on the portal, and what comes next after signing or declining."""

import re
from datetime import timedelta

import pytest

from clinic.documents.models import Document, Signature, SignatureState
from tests.patient_portal.papers import child_of, path_of, shared, sign
from tests.patient_portal.practice import Practice, Visitor


@pytest.fixture
async def paper(practice: Practice) -> Document:
    """A consent that the practice's contact is asked to sign."""
    return await shared(practice, signers=(practice.contact,))


async def test_saying_no_needs_a_reason_and_closes_the_document(
    practice: Practice, nora: Visitor, paper: Document
) -> None:
    page = await nora.fill(path_of(paper, "decline"), reason=" ")
    assert page.status == 422
    assert "Tell us in a few words why." in page.text
    page = await nora.fill(path_of(paper, "decline"), reason="x" * 301)
    assert "Use at most 300 characters." in page.text
    assert (await Document.get(id=paper.id)).signature_state is SignatureState.WAITING
    form = await nora.get(path_of(paper, "decline"))
    for _ in range(2):
        assert (await nora.send(form, reason="I do not agree with <b>page 2</b>.")).goes_to == path_of(
            paper
        ) + "?declined=1"
    page = await nora.get(path_of(paper))
    assert "You have declined to sign this" in page.text
    assert (await Signature.get(document_id=paper.id)).decline_reason == "I do not agree with <b>page 2</b>."
    assert (await nora.get(path_of(paper, "sign"))).goes_to == path_of(paper)
    assert "Declined" in (await nora.get("/willow-creek/documents")).text


async def test_after_signing_and_declining_the_next_waiting_document_is_one_tap_away(
    practice: Practice, nora: Visitor, paper: Document
) -> None:
    practice.clock.advance(timedelta(minutes=1))
    second = await shared(practice, "Plan <2>", signers=(practice.contact,))
    practice.clock.advance(timedelta(minutes=1))
    third = await shared(practice, "Consent to counseling", signers=(practice.contact,))
    # The newest comes first in the list.
    done = await nora.get((await sign(nora, third)).goes_to)
    assert "2 more documents wait for your signature. Next: Plan <2>" in done.text
    assert f'<a class="button" href="{path_of(second)}">' in done.response.text
    assert "nothing more to do" not in done.text
    declined = await nora.fill(path_of(second, "decline"), reason="I do not\nagree.")
    page = await nora.get(declined.goes_to)
    assert "You have declined to sign this" in page.text
    assert "One more document waits for your signature. Next: Consent to treatment" in page.text
    assert (await Signature.get(document_id=second.id)).decline_reason == "I do not agree."
    last = await nora.get((await sign(nora, paper)).goes_to)
    assert "You have nothing more to do." in last.text
    assert "Next:" not in last.text


async def test_declining_warns_before_it_is_done(practice: Practice, nora: Visitor, paper: Document) -> None:
    read = await nora.get(path_of(paper))
    assert "Decline to sign" in read.text
    page = await nora.get(path_of(paper, "decline"))
    assert "This can’t be undone" in page.text
    assert re.search('<textarea[^>]* id="reason"', page.response.text)


async def test_other_signer_reads_that_it_was_declined_but_not_why(practice: Practice, nora: Visitor) -> None:
    child = await child_of(practice)
    paper = await shared(practice, about=child, signers=(child, practice.contact))
    await Signature.filter(document_id=paper.id, signer_id=child.id).update(
        declined_at=practice.clock.now(), decline_reason="a secret between us"
    )
    await Document.filter(id=paper.id).update(signature_state=SignatureState.DECLINED)
    page = await nora.get(path_of(paper))
    assert "This document was declined One of the signers has declined." in page.text
    assert "a secret" not in page.response.text
