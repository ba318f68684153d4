"""The progress of a signing for one reader: what they are asked to do, or what is awaited."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from clinic.documents.models import DocumentKind, SignatureState
from clinic.documents.queries import DocumentRow, SignatureRow
from patient_portal.web.language import N_

KINDS: Mapping[DocumentKind, str] = {
    DocumentKind.CONSENT: N_("Consent form"),
    DocumentKind.AGREEMENT: N_("Agreement"),
    DocumentKind.PLAN: N_("Plan"),
    DocumentKind.LETTER: N_("Letter"),
    DocumentKind.FORM: N_("Form"),
    DocumentKind.OTHER: N_("Document"),
}

# The usual kinds of relatives on record.
_RELATIVES: Mapping[str, str] = {
    "parent": N_("parent"),
    "mother": N_("mother"),
    "father": N_("father"),
    "guardian": N_("guardian"),
    "legal guardian": N_("legal guardian"),
    "grandmother": N_("grandmother"),
    "grandfather": N_("grandfather"),
    "foster parent": N_("foster parent"),
    "spouse": N_("spouse"),
    "partner": N_("partner"),
    "daughter": N_("daughter"),
    "son": N_("son"),
}


class SigningProgress(StrEnum):
    """What a reader has to know first. Each has words of its own in the list and on the document's page."""

    TO_READ = "TO_READ"
    YOUR_TURN = "YOUR_TURN"
    LATER = "LATER"
    OTHERS = "OTHERS"
    SEALING = "SEALING"
    COMPLETED = "COMPLETED"
    DECLINED = "DECLINED"
    REPLACED = "REPLACED"


@dataclass(frozen=True)
class SigningView:
    """A document's signers as one of its readers sees them. `own` is the reader's own signature, if they sign."""

    progress: SigningProgress
    signatures: Sequence[SignatureRow]
    own: SignatureRow | None

    @property
    def awaited(self) -> list[str]:
        """The names of the others who have not signed yet, in their order."""
        return [one.signer_name for one in self.signatures if one.signed_at is None and one is not self.own]

    @property
    def first(self) -> list[str]:
        """The names of those who sign before the reader and have not yet, where the signers keep an order."""
        place = self.own.position if self.own else 0
        return [one.signer_name for one in self.signatures if one.signed_at is None and one.position < place]

    @property
    def own_done(self) -> bool:
        return self.own is not None and self.own.signed_at is not None

    @property
    def own_declined(self) -> bool:
        return self.own is not None and self.own.declined_at is not None

    @property
    def decliner(self) -> SignatureRow | None:
        return next((one for one in self.signatures if one.declined_at is not None), None)


def signing_of(document: DocumentRow, signatures: Sequence[SignatureRow], reader_id: UUID) -> SigningView:
    """The signing of a document as the contact who reads it sees it."""
    own = next((one for one in signatures if one.signer_id == reader_id), None)
    return SigningView(_progress_of(document, signatures, own), signatures, own)


def _progress_of(
    document: DocumentRow, signatures: Sequence[SignatureRow], own: SignatureRow | None
) -> SigningProgress:
    state = document.signature_state
    if state is SignatureState.COMPLETED:
        return SigningProgress.COMPLETED
    if document.superseded_by_id is not None:
        return SigningProgress.REPLACED
    if state is SignatureState.DECLINED:
        return SigningProgress.DECLINED
    if state is SignatureState.NOT_REQUIRED:
        return SigningProgress.TO_READ
    if document.awaits_reader:
        return SigningProgress.YOUR_TURN
    if all(one.signed_at is not None for one in signatures):
        return SigningProgress.SEALING
    return SigningProgress.OTHERS if own is None or own.signed_at is not None else SigningProgress.LATER


def relative_in_words(kind: str, gettext: Callable[[str], str]) -> str:
    """What a signer is to the client, in the reader's language; empty unless the word is a usual one.

    Other words are the practice's own, and perhaps not meant for those they are about.
    """
    known = _RELATIVES.get(kind.strip().lower())
    return gettext(known) if known else ""
