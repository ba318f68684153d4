"""Typing hardly a name as a signature: one question, no obstacle."""

import pytest

from clinic.documents.models import Document, SignatureEvidence
from clinic.records.models import Contact
from tests.patient_portal.papers import path_of, shared
from tests.patient_portal.practice import PASSWORD, Practice, Visitor


@pytest.fixture
async def paper(practice: Practice) -> Document:
    """A consent that the practice's contact is asked to sign."""
    return await shared(practice, signers=(practice.contact,))


async def test_x_as_a_signature_is_asked_about_once(practice: Practice, nora: Visitor, paper: Document) -> None:
    asked = await nora.fill(path_of(paper, "sign"), typed_name="x", password=PASSWORD)
    assert asked.status == 422
    assert "Is this your full name? If it is, enter your password and sign once more." in asked.text
    assert asked.fields["typed_name"] == asked.fields["asked_name"] == "x"
    assert await SignatureEvidence.all().count() == 0
    other = await nora.send(asked, typed_name="y", password=PASSWORD)
    assert (other.status, other.fields["asked_name"]) == (422, "y")
    assert await SignatureEvidence.all().count() == 0
    done = await nora.send(other, password=PASSWORD)
    assert done.goes_to == path_of(paper) + "?signed=1"
    assert (await SignatureEvidence.get()).content.count('"typed_name":"y"') == 1


async def test_x_as_a_signature_is_asked_about_in_spanish(practice: Practice, nora: Visitor, paper: Document) -> None:
    page = await nora.fill(path_of(paper, "sign") + "?lang=es", typed_name="x", password=PASSWORD)
    assert "¿Es este su nombre completo? Si lo es, escriba su contraseña y firme otra vez." in page.text


async def test_only_name_on_record_signs_without_a_question(practice: Practice, nora: Visitor, paper: Document) -> None:
    await Contact.filter(id=practice.contact.id).update(given_name="Sukarno", family_name="")
    assert (await nora.fill(path_of(paper, "sign"), typed_name="sukarno ", password=PASSWORD)).status == 303
