"""What the certificate page says: who signed, when, how they were known, and how anyone can check it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CertificateEntry:
    """One signer: the name as a heading, then rows of label and value in reading order."""

    name: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Certificate:
    """The page's words in reading order, all of it plain text; the drawing is the adapter's business.

    `facts` are rows of label and value about the document. `verify_url` is printed in words and as a QR code.
    """

    language: str
    organization_name: str
    logo_png: bytes | None
    brand_colour: str
    heading: str
    introduction: str
    facts: tuple[tuple[str, str], ...]
    entries: tuple[CertificateEntry, ...]
    verify_words: str
    verify_url: str
