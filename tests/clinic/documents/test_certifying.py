"""What the certificate page says, in both languages, from the evidence alone."""

from dataclasses import replace
from datetime import UTC, datetime

from clinic.documents.certifying import Letterhead, certificate_of
from clinic.documents.evidence import Consent, Evidence, as_json, evidence_hash, from_json
from clinic.documents.models import SignatureEvidence
from clinic.records.models import Contact
from clinic.values.certificate import CertificateEntry
from tests.clinic.documents.signing import paper, person, sign
from tests.factories import Mailbox, Practice

URL = "https://portal.vestibule.example/verify"
LETTERHEAD = Letterhead("Willow Creek", b"png", "#2b5f75")
ROSA = Evidence(
    format=1,
    organization_id="o",
    organization="Willow Creek Counseling",
    document_id="d",
    document_title="Consent <b>to</b> treatment",
    document_sha256="ab" * 32,
    page_count=2,
    client_id="mia",
    client="Mia Park",
    signer_id="rosa",
    signer="Rosa Park",
    relationship="mother of",
    typed_name="R. Park",
    account_id="a",
    account_email="rosa@example.com",
    authentication="password",
    signed_in_at="2026-03-02T08:00:00.000000+00:00",
    signed_at="2026-03-02T09:00:01.250000+00:00",
    signed_at_local="2026-03-02T02:00:01-07:00",
    time_zone="America/Boise",
    language="en",
    address="198.51.100.20",
    agent="Phone/1.0",
    consent=Consent("2026-11", "en", "You agree", "2026-03-01T09:00:00.000000+00:00"),
)
MIA = replace(ROSA, signer_id="mia", signer="Mia Park", relationship="", address="", agent="")


def test_page_says_in_english_what_was_signed_and_by_whom() -> None:
    page = certificate_of([ROSA, MIA], "en-US", LETTERHEAD, URL)

    assert (page.language, page.organization_name, page.logo_png, page.brand_colour, page.verify_url) == (
        "en",
        "Willow Creek",
        b"png",
        "#2b5f75",
        URL,
    )
    assert page.heading == "Certificate of signatures"
    assert page.made_at == datetime(2026, 3, 2, 9, 0, 1, 250000, tzinfo=UTC)
    assert page.facts == (
        ("Document", "Consent <b>to</b> treatment"),
        ("About", "Mia Park"),
        ("Practice", "Willow Creek Counseling"),
        ("Pages signed", "2"),
        ("SHA-256 of the signed original", "ab" * 32),
    )
    assert page.entries[0] == CertificateEntry(
        "Rosa Park",
        (
            ("Signed", "March 2, 2026, 2:00:01 AM MST (America/Boise)"),
            ("In UTC", "2026-03-02 09:00:01+00:00"),
            ("Signed as", "mother of Mia Park"),
            ("Typed name", "R. Park"),
            ("Known by", "the portal account rosa@example.com and its password, entered for this signature"),
            ("Network address", "198.51.100.20"),
            ("Browser or app", "Phone/1.0"),
            (
                "Agreement to sign electronically",
                "version 2026-11, given March 1, 2026, 2:00:00 AM MST (America/Boise)",
            ),
            ("SHA-256 of the evidence", evidence_hash(as_json(ROSA))),
        ),
    )
    rows = dict(page.entries[1].rows)
    assert (rows["Signed as"], rows["Network address"], rows["Browser or app"]) == (
        "the client",
        "not known",
        "not known",
    )


def test_page_says_the_same_in_spanish() -> None:
    page = certificate_of([ROSA], "es", LETTERHEAD, URL)

    assert (page.language, page.heading) == ("es", "Certificado de firmas")
    rows = dict(page.entries[0].rows)
    assert rows["Firmado"] == "2 de marzo de 2026, 2:00:01 a.m. MST (America/Boise)"
    assert rows["Firmó como"] == "mother de Mia Park"
    assert len(page.entries[0].rows) == 9


def test_language_we_do_not_speak_is_answered_in_english() -> None:
    assert certificate_of([MIA], "fr", LETTERHEAD, URL).language == "en"


def test_unknown_relationship_is_said_to_be_unknown() -> None:
    [entry] = certificate_of([replace(ROSA, relationship="")], "en", LETTERHEAD, URL).entries
    assert dict(entry.rows)["Signed as"] == "not known"


async def test_person_of_one_name_reads_right_on_the_certificate(practice: Practice, mailbox: Mailbox) -> None:
    signer = await person(practice, mailbox)
    await Contact.filter(id=signer.contact.id).update(given_name="", family_name="Sukarno")
    await sign(practice, signer, await paper(practice, signer.contact, signer.contact), typed_name="Sukarno")
    evidence = from_json((await SignatureEvidence.get()).content)
    page = certificate_of([evidence], "en", LETTERHEAD, URL)
    assert (evidence.client, evidence.signer, page.entries[0].name) == ("Sukarno", "Sukarno", "Sukarno")
