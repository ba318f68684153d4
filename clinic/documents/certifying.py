"""Composes the text of the certificate page from the evidence of the signatures only.

21 CFR 11.50: the signer's printed name, date and time, and what the signature means. A reader needs no access to our
database to understand the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from clinic.documents.consent import closest_language, wording
from clinic.documents.evidence import Evidence, as_json, evidence_hash
from clinic.values.certificate import Certificate, CertificateEntry
from clinic.values.paper import PaperSize


@dataclass(frozen=True)
class Letterhead:
    """The practice's current name, logo, colour and paper. The name at the time of signing is in the evidence."""

    organization_name: str
    logo_png: bytes | None
    brand_colour: str
    paper: PaperSize = PaperSize.A4


def certificate_of(evidence: Sequence[Evidence], language: str, letterhead: Letterhead, verify_url: str) -> Certificate:
    """The page's text about these signatures, in the given order: at least one, all of the same document."""
    language = closest_language(language)
    words, first = wording(language)["certificate"], evidence[0]
    return Certificate(
        language=language,
        organization_name=letterhead.organization_name,
        logo_png=letterhead.logo_png,
        brand_colour=letterhead.brand_colour,
        heading=words["heading"],
        introduction=words["introduction"],
        facts=(
            (words["document"], first.document_title),
            (words["client"], first.client),
            (words["organization"], first.organization),
            (words["pages"], str(first.page_count)),
            (words["sha256"], first.document_sha256),
        ),
        entries=tuple(_entry(each, words, language) for each in evidence),
        verify_words=words["verify"],
        verify_url=verify_url,
        made_at=max(datetime.fromisoformat(each.signed_at) for each in evidence),
        paper=letterhead.paper,
    )


def _entry(evidence: Evidence, words: dict[str, str], language: str) -> CertificateEntry:
    as_whom = words["the_client"]
    if evidence.signer_id != evidence.client_id:
        # Staff enter both "mother" and "mother of".
        kind = evidence.relationship.removesuffix(" of").removesuffix(" de")
        as_whom = words["relative"].format(kind=kind, client=evidence.client) if kind else words["not_known"]
    given = _local(evidence.consent.given_at, evidence.time_zone, language)
    return CertificateEntry(
        name=evidence.signer,
        rows=(
            (words["signed_at"], _local(evidence.signed_at, evidence.time_zone, language)),
            (words["signed_at_utc"], _utc(evidence.signed_at)),
            (words["relationship"], as_whom),
            (words["typed_name"], evidence.typed_name),
            (words["authentication"], words[evidence.authentication].format(email=evidence.account_email)),
            (words["address"], evidence.address or words["not_known"]),
            (words["agent"], evidence.agent or words["not_known"]),
            (words["consent"], words["consent_given"].format(version=evidence.consent.version, given_at=given)),
            (words["evidence"], evidence_hash(as_json(evidence))),
        ),
    )


def _local(moment: str, zone: str, language: str) -> str:
    """The date and time in the practice's time zone: "March 2, 2026, 2:00 AM (America/Boise)"."""
    there = datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))
    # Spanish has the 12-hour clock in the United States, too. CLDR's times have narrow spaces, which some fonts lack.
    return f"{format_datetime(there, 'long', locale=f'{language}_US')} ({zone})".replace("\u202f", " ")


def _utc(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo("UTC")).isoformat(sep=" ", timespec="seconds")
