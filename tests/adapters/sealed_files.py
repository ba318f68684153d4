"""Files to seal, and sealed ones made here and now, for the tests of the seal."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache

from adapters.pdf.certificate import draw_certificate
from adapters.sealing import SigningKeyFile, TrustStore
from adapters.sealing.page_merge import merge_pages
from adapters.sealing.signature_field import find_seal_field
from adapters.sealing.signing import seal
from adapters.sealing.verifying import verify_bytes
from clinic.documents.evidence import Consent, Evidence, as_json, attachment
from clinic.values.certificate import Certificate, CertificateEntry
from clinic.values.seal_report import SealReport, Verdict
from tests.factories.keys import key_file
from tests.factories.pdfs import sound_pdf

SEALED_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@cache
def original() -> bytes:
    """Two pages."""
    return sound_pdf(2)


@cache
def certificate_page() -> bytes:
    """One page."""
    rows = (("Signed", "2026-03-02T08:59:58Z"), ("Address", "203.0.113.7"))
    return draw_certificate(
        Certificate(
            language="en",
            organization_name="Willow Creek Counseling",
            logo_png=None,
            brand_colour="#2b5f75",
            heading="Certificate of signatures",
            introduction="These people signed.",
            facts=(("Document", "Consent to treatment"),),
            entries=(CertificateEntry("Ana Santos", rows),),
            verify_words="Check this file at",
            verify_url="https://portal.vestibule.example/verify",
        )
    )


def evidence(*signers: str, **changes: object) -> bytes:
    """The attachment with each one's signature."""
    return attachment([as_json(signed(name, **changes)) for name in signers or ("Ana Santos",)])


def signed(name: str = "Ana Santos", **changes: object) -> Evidence:
    """What proves one signature on the two pages."""
    facts: dict[str, object] = {
        "format": 1,
        "organization_id": "0b9c5c86-4a7c-4d39-9f5f-4a0a2c3c0a01",
        "organization": "Willow Creek Counseling",
        "document_id": "5f0f5f0e-7f65-4c1e-8f0f-8d9f61a10b02",
        "document_title": "Consent to treatment",
        "document_sha256": hashlib.sha256(original()).hexdigest(),
        "page_count": 2,
        "client_id": "8d2f6a5d-2c4b-4a63-9a0f-1c0e8a4d7c03",
        "client": "Leo Park",
        "signer_id": "f3a7c1de-5b1c-4f0d-8c0e-3b7b0d5e9d04",
        "signer": name,
        "relationship": "mother",
        "typed_name": name,
        "account_id": "c2d0c9a4-8f7e-4a53-b6f5-6e5d4c3b2a05",
        "account_email": "ana.santos@example.com",
        "authentication": "password",
        "signed_in_at": "2026-03-02T08:50:00Z",
        "signed_at": "2026-03-02T08:59:58Z",
        "signed_at_local": "2026-03-02T01:59:58-07:00",
        "time_zone": "America/Boise",
        "language": "en",
        "address": "203.0.113.7",
        "agent": "Mozilla/5.0",
        "consent": Consent("1", "en", "I agree to sign electronically.", "2026-03-02T08:55:00Z"),
    }
    return Evidence(**{**facts, **changes})  # type: ignore[arg-type]


def sealed_with(file: SigningKeyFile, attached: bytes | None = None) -> bytes:
    """The two pages, the certificate page and the evidence, sealed without a process of its own."""
    prepared = merge_pages(original(), certificate_page(), evidence() if attached is None else attached)
    return seal(prepared, file.read(), SEALED_AT)


@cache
def sealed_file() -> bytes:
    """Sealed with the key of `key_file`."""
    return sealed_with(key_file())


def known_by(*files: SigningKeyFile, timestamps: tuple[bytes, ...] = ()) -> TrustStore:
    """Who knows just the certificates of these keys."""
    return TrustStore(tuple(file.read().certificates[0] for file in files), timestamps)


async def report_on(content: bytes, known: TrustStore | None = None) -> SealReport:
    """The report of the code that the checking process runs."""
    # In a thread of its own, for it has an event loop of its own.
    return await asyncio.to_thread(verify_bytes, content, known or known_by(key_file()))


async def verdict_of(content: bytes, known: TrustStore | None = None) -> Verdict:
    """The verdict alone."""
    return (await report_on(content, known)).verdict


def with_signature(content: bytes, signature: bytes) -> bytes:
    """The file with other bytes (DER) in the seal's place."""
    return find_seal_field(content).filled(content, signature)


YEAR = timedelta(days=365)
