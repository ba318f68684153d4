"""The printed instruction sheet: every text on it, already worded."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class InstructionSheet:
    """Everything on the sheet, worded in the contact's language. All of it is text; markup in it means nothing.

    `address_lines` holds up to four lines. `portal_address` is set in large type without its scheme;
    `qr_target` is the full address inside the QR code. The PIN is grouped for reading aloud.
    Name and PIN stay out of the repr, and so out of any log.
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
