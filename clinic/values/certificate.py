"""The content of the certificate page: who signed, when, how they were identified, and how to check it."""

from dataclasses import dataclass
from datetime import datetime

from clinic.values.paper import PaperSize


@dataclass(frozen=True)
class CertificateEntry:
    """One signer: the name as a heading, then rows of label and value in reading order."""

    name: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Certificate:
    """The text of the page in reading order. All of it is plain text; the adapter decides the layout.

    `facts` are rows of label and value about the document. `verify_url` is printed as text and as a QR code. `made_at`,
    the time of the last signature, stands in the file's properties.
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
    made_at: datetime | None = None
    paper: PaperSize = PaperSize.A4
