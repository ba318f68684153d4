"""The content of the printed instruction sheet."""

from dataclasses import dataclass, field
from datetime import datetime

from clinic.values.paper import PaperSize


@dataclass(frozen=True)
class InstructionSheet:
    """All text on the sheet, in the contact's language. It is plain text: markup in it is printed as it is.

    `address_lines` holds up to four lines. `portal_address` is printed in large type, without its scheme;
    `qr_target` is the full address in the QR code. The PIN is grouped so that it can be read aloud.
    The repr leaves out the name and the PIN, so that no log contains them.
    """

    language: str
    organization_name: str
    logo_png: bytes | None
    brand_colour: str
    address_lines: tuple[str, ...]
    phone: str
    title: str
    prepared_for: str
    person_name: str = field(repr=False)
    introduction: str
    portal_label: str
    portal_address: str
    qr_target: str
    qr_caption: str
    steps_heading: str
    steps: tuple[str, ...]
    pin_label: str
    pin: str = field(repr=False)
    pin_note: str
    help_line: str
    printed_on: str
    made_at: datetime | None = None
    paper: PaperSize = PaperSize.A4
