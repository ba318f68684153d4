"""Signing and declining by app: what was shown is what is signed, by whoever knows the password, or nothing happens."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.server.relay import encode_id
from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.consent import CONSENT_VERSION
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
from clinic.portal_access.models import PortalAccount, PortalLink
from clinic.records.models import Relationship
from clinic.values.ports import Services
from tests.api.client import Client
from tests.api.family import Family, Person, make_family
from tests.clock import FixedClock
from tests.factories import PASSWORD, Mailbox, Practice, make_services
from tests.factories.contents import nothing_changes, rows_of
from tests.factories.documents import put_document
from tests.factories.sealing import WaxSealer

ALL = DocumentSharing.ALL_AUTHORIZED
SIGNED = "document { signatureState awaitsYou signatures { position signedAt signer { displayName } } }"
DECLINED = "document { signatureState signatures { declinedAt declineReason } }"


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox) -> Services:
    return replace(make_services(clock, mailbox), sealer=WaxSealer())


@pytest.fixture
async def family(practice: Practice, stranger: Client) -> Family:
    return await make_family(practice, stranger)


@pytest.fixture
async def consent(practice: Practice, family: Family) -> Document:
    """A paper of Mia's that Leo is to sign."""
    return await put_document(practice, family.mia, "Consent", sharing=ALL, signers=[family.leo.contact])


def of(document: Document) -> str:
    return encode_id("Document", document.id)


async def sign(who: Person, document: Document, **changes: Any) -> dict[str, Any]:
    given = {
        "documentId": of(document),
        "sha256": document.sha256,
        "typedName": who.contact.display_name,
        "password": PASSWORD,
        "consentVersion": CONSENT_VERSION,
        **changes,
    }
    return await who.client.mutate("signDocument", given, SIGNED)


async def decline(who: Person, document: Document, reason: str = "I want to talk first.") -> dict[str, Any]:
    return await who.client.mutate("declineDocument", {"documentId": of(document), "reason": reason}, DECLINED)


async def refused(answer_of: Any) -> str:
    """The member that answers; nothing was changed but the counts of attempts."""
    async with nothing_changes():
        answer = await answer_of
    return str(answer["__typename"])


async def test_an_app_reads_agrees_and_signs_what_it_showed(
    practice: Practice, family: Family, consent: Document, services: Services
) -> None:
    leo = family.leo
    text = """query Q($id: ID!) { signingConsent { version language given }
      node(id: $id) { ... on Document { sha256 awaitsYou pageTexts } } }"""
    shown = await leo.client.run(text, id=of(consent))
    assert (shown["node"]["awaitsYou"], shown["signingConsent"]["given"]) == (True, False)
    agreement = {"consentVersion": shown["signingConsent"]["version"], "language": shown["signingConsent"]["language"]}
    answer = await sign(leo, consent, sha256=shown["node"]["sha256"], **agreement)
    signature = answer["document"]["signatures"][0]
    assert answer["document"] == {
        "signatureState": "WAITING",
        "awaitsYou": False,
        "signatures": [{"position": 1, "signedAt": signature["signedAt"], "signer": {"displayName": "Leo Park"}}],
    }
    assert await SignatureEvidence.all().count() == 1
    assert (await leo.client.run("{ signingConsent { given } }"))["signingConsent"] == {"given": True}
    assert await complete_due_documents(services, worker_name="test") == 1
    done = "query Q($id: ID!) { node(id: $id) { ... on Document { signatureState completedAt completedUrl } } }"
    completed = (await leo.client.run(done, id=of(consent)))["node"]
    assert completed["signatureState"] == "COMPLETED"
    assert completed["completedAt"]
    assert (await leo.client.http.get(completed["completedUrl"])).content.startswith(b"sealed 1\n%PDF")


async def test_what_stands_in_the_way_of_a_signature_is_named_and_nothing_is_signed(
    practice: Practice, family: Family, consent: Document, clock: FixedClock
) -> None:
    leo = family.leo
    assert await refused(sign(leo, consent, sha256="0" * 64)) == "DocumentChanged"
    assert await refused(sign(leo, consent, sha256=consent.sha256.upper())) == "DocumentChanged"
    assert await refused(sign(leo, consent, password="a wrong one")) == "WrongCredentials"
    assert await refused(sign(leo, consent, typedName=" ")) == "InvalidInput"
    assert await refused(sign(leo, consent, consentVersion="2020-01")) == "InvalidInput"
    to_read = await put_document(practice, family.mia, sharing=ALL)
    assert await refused(sign(leo, to_read)) == "NotASigner"
    in_turn = await put_document(
        practice, family.mia, sharing=ALL, signers=[family.rosa.contact, leo.contact], in_sequence=True
    )
    assert await refused(sign(leo, in_turn)) == "NotYourTurn"
    unshared = await put_document(practice, family.mia, signers=[leo.contact])
    assert await refused(sign(leo, unshared)) == "NotShared"
    replaced = await put_document(
        practice, family.mia, sharing=ALL, signers=[leo.contact], superseded_by_id=consent.id, superseded_at=clock.now()
    )
    async with nothing_changes():
        answer = await sign(leo, replaced)
    assert (answer["__typename"], answer["reason"]) == ("DocumentClosed", "SUPERSEDED")
    # Whoever has nothing to do with it learns nothing of it.
    assert await refused(sign(family.omar, consent)) == "NotFound"
    assert not await Signature.exists(signed_at__not_isnull=True)


async def test_a_document_shared_with_others_is_not_signed_by_guessing_its_id(
    practice: Practice, other_practice: Practice, family: Family
) -> None:
    others = await put_document(practice, family.omar.contact, sharing=ALL, signers=[family.omar.contact])
    theirs = await other_practice.contact()
    foreign = await put_document(other_practice, theirs, sharing=ALL, signers=[theirs])
    for document in (others, foreign):
        assert await refused(sign(family.leo, document)) == "NotFound"
        assert await refused(decline(family.leo, document)) == "NotFound"


async def test_whoever_lost_access_signs_and_declines_nothing(
    practice: Practice, family: Family, consent: Document, clock: FixedClock
) -> None:
    leo, now = family.leo, clock.now()
    losses: list[tuple[Any, Any, dict[str, Any], str]] = [
        (PortalLink, leo.link.id, {"unlinked_at": now}, "NotFound"),
        (PortalLink, leo.link.id, {"identity_confirmed_at": None}, "NotFound"),
        (Document, consent.id, {"sharing": DocumentSharing.NOT_SHARED}, "NotShared"),
        (Relationship, family.leos.id, {"portal_access": False}, "NotShared"),
        (Relationship, family.leos.id, {"ends_on": now.date() - timedelta(days=2)}, "NotShared"),
    ]
    for model, key, change, said in losses:
        row = await model.get(id=key)
        before = {name: getattr(row, name) for name in change}
        await model.filter(id=key).update(**change)
        assert (await refused(sign(leo, consent)), await refused(decline(leo, consent))) == (said, said), change
        await model.filter(id=key).update(**before)
    taken_back = await put_document(practice, family.mia, sharing=ALL, signers=[leo.contact], withdrawn_at=now)
    assert await refused(sign(leo, taken_back)) == "NotShared"
    await PortalAccount.filter(id=leo.account.id).update(disabled_at=now)
    async with nothing_changes():
        assert (await leo.client.post("mutation { signOut }")).status_code == 401
    await PortalAccount.filter(id=leo.account.id).update(disabled_at=None)
    assert (await sign(leo, consent))["__typename"] == "SignDocumentSuccess"


async def test_many_at_once_make_one_signature(family: Family, consent: Document) -> None:
    answers = await asyncio.gather(*[sign(family.leo, consent) for _ in range(8)])
    counted = Counter(answer["__typename"] for answer in answers)
    assert counted["SignDocumentSuccess"] == 1
    # Passwords are asked for at each: those beyond the throttle are told to wait.
    assert set(counted) <= {"SignDocumentSuccess", "AlreadySigned", "TooManyAttempts"}
    assert [len(await rows_of(table)) for table in ("signature_evidence", "completion")] == [1, 1]
    assert await refused(sign(family.leo, consent)) == "AlreadySigned"


async def test_wrong_passwords_close_the_throttle_of_signing_in(
    practice: Practice, family: Family, consent: Document
) -> None:
    answers = [await sign(family.leo, consent, password=f"wrong password {number}") for number in range(12)]
    kinds = [answer["__typename"] for answer in answers]
    assert kinds[0] == "WrongCredentials"
    assert kinds[-1] == "TooManyAttempts"
    assert answers[-1]["retryAfterSeconds"] > 0
    assert await refused(sign(family.leo, consent)) == "TooManyAttempts"
    signing_in = {
        "organization": practice.organization.slug,
        "email": family.leo.account.email,
        "password": PASSWORD,
    }
    assert (await family.leo.client.mutate("signInPatient", signing_in))["__typename"] == "TooManyAttempts"


async def test_two_sign_one_after_another(practice: Practice, family: Family) -> None:
    await Relationship.filter(id=family.rosas.id).update(portal_access=True)
    paper = await put_document(
        practice, family.mia, sharing=ALL, signers=[family.rosa.contact, family.leo.contact], in_sequence=True
    )
    assert await refused(decline(family.leo, paper)) == "NotYourTurn"
    assert (await sign(family.rosa, paper))["__typename"] == "SignDocumentSuccess"
    assert not await Completion.exists()
    answer = await sign(family.leo, paper)
    assert [bool(signature["signedAt"]) for signature in answer["document"]["signatures"]] == [True, True]
    assert await Completion.all().count() == 1
    assert await Letter.filter(kind=LetterKind.STAFF_DOCUMENT_SIGNED).count() == 2


async def test_declining_asks_a_reason_and_closes_the_document(family: Family, consent: Document) -> None:
    leo = family.leo
    for bad in ("", "  ", "two\nlines", "x" * 2000):
        assert await refused(decline(leo, consent, bad)) == "InvalidInput"
    answer = await decline(leo, consent)
    [signature] = answer["document"]["signatures"]
    assert (answer["document"]["signatureState"], signature["declineReason"]) == ("DECLINED", "I want to talk first.")
    async with nothing_changes():
        again = await decline(leo, consent, "Another reason.")
    assert again == answer
    async with nothing_changes():
        closed = await sign(leo, consent)
    assert (closed["__typename"], closed["reason"]) == ("DocumentClosed", "DECLINED")
    assert await Letter.filter(kind=LetterKind.STAFF_DOCUMENT_DECLINED).count() == 1
    assert (await Document.get(id=consent.id)).signature_state is SignatureState.DECLINED


async def test_the_agreement_is_taken_back_and_asked_for_again(
    practice: Practice, family: Family, consent: Document
) -> None:
    leo = family.leo
    async with nothing_changes():
        answer = await leo.client.mutate("withdrawSigningConsent", {}, "account { email }")
    assert answer["account"] == {"email": leo.account.email}
    await sign(leo, consent)
    async with nothing_changes():
        other = await leo.client.mutate("withdrawSigningConsent", {"consentVersion": "2020-01"})
    assert [problem["path"] for problem in other["fields"]] == ["consentVersion"]
    for given in ({"consentVersion": CONSENT_VERSION}, {}):
        assert (await leo.client.mutate("withdrawSigningConsent", given))["__typename"].endswith("Success")
    assert (await leo.client.run("{ signingConsent { given } }"))["signingConsent"] == {"given": False}
    assert await SigningConsent.filter(withdrawn_at=None).count() == 0
    assert await Signature.filter(document_id=consent.id, signed_at__not_isnull=True).count() == 1


async def test_a_password_is_in_no_answer_no_audit_and_no_evidence(family: Family, consent: Document) -> None:
    answer = await family.leo.client.answer(
        "mutation ($input: SignDocumentInput!) { signDocument(input: $input) { __typename } }",
        input={"documentId": of(consent), "sha256": 7, "typedName": "Leo", "password": PASSWORD, "consentVersion": "x"},
    )
    assert PASSWORD not in str(answer)
    await sign(family.leo, consent)
    for table in ("audit_event", "signature_evidence", "signature"):
        assert PASSWORD not in str(await rows_of(table))
