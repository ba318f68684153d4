"""Decides who gets a letter about a document, and when reminders are due. Letters never name the document."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import Q

from clinic.documents.models import Document, Signature, SignatureState
from clinic.documents.visibility import Entitled
from clinic.mail.models import Letter, LetterKind, LetterStatus
from clinic.mail.outbox import queue_document_letter, queue_staff_letter
from clinic.portal_access.models import PortalAccount
from clinic.staff.models import StaffMember
from clinic.values.ports import Services

FIRST_REMINDER = timedelta(days=3)
NEXT_REMINDER = timedelta(days=7)
MOST_REMINDERS = 4


async def notify_readers(readers: Iterable[Entitled], now: datetime, services: Services) -> None:
    """Queue one letter for each account among the readers, about any number of documents.

    The letter waits for `services.letter_wait`. A person with such a letter in the queue gets no second one; the queued
    letter then links to the list of documents, and leaves when it would have left anyway.
    """
    about: dict[UUID, set[UUID]] = {}
    for reader in readers:
        if reader.account_id is not None:
            about.setdefault(reader.account_id, set()).add(reader.document_id)
    # Locked in the order of their ids: of two sharings at the same time, the second finds the letter of the first one.
    accounts = await PortalAccount.filter(id__in=list(about)).order_by("id").select_for_update(no_key=True)
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=now)
    # Locked: if a worker claims a letter at the same time, that letter is sent unchanged and a new one is queued.
    queued = Letter.filter(account_id__in=list(about), kind=LetterKind.DOCUMENT_AWAITS, status=LetterStatus.QUEUED)
    waiting = await queued.filter(unclaimed).order_by("id").select_for_update()
    for letter in waiting:
        if letter.document_id is not None and about[_account_of(letter)] != {letter.document_id}:
            letter.document_id = None
            await letter.save(update_fields=["document_id"])
    told = {_account_of(letter) for letter in waiting}
    for account in [account for account in accounts if account.id not in told]:
        documents = about[account.id]
        only = next(iter(documents)) if len(documents) == 1 else None
        await queue_document_letter(LetterKind.DOCUMENT_AWAITS, account, only, now, services)


def _account_of(letter: Letter) -> UUID:
    if letter.account_id is None:
        raise ValueError(f"letter {letter.id} is to nobody's account")
    return letter.account_id


async def notify_author(kind: LetterKind, document: Document, now: datetime, services: Services) -> None:
    """Queue a letter to the staff member who created the document; none if disabled or a program."""
    author = await StaffMember.get(id=document.created_by_id)
    if author.disabled_at is None and not author.machine:
        await queue_staff_letter(kind, document.organization_id, author.email, document.id, now, services)


async def schedule_reminders(document: Document, signatures: Iterable[Signature], now: datetime) -> list[Signature]:
    """Set the first reminders of the signers whose turn it is, and return their signatures.

    Call it only for shared documents, because nobody is reminded of a document that is not shared.
    """
    turn = signatures_due(document, signatures)
    await set_first_reminders(turn, now)
    return turn


async def set_first_reminders(turn: Iterable[Signature], now: datetime) -> None:
    """Set the first reminder of each signature that has had none."""
    fresh = [signature.id for signature in turn if signature.remind_at is None and not signature.reminders]
    if fresh:
        await Signature.filter(id__in=fresh).update(remind_at=now + FIRST_REMINDER)


async def cancel_reminders(document: Document) -> None:
    """Cancel all reminders of the document. If it is shared again, they start from the beginning."""
    await Signature.filter(document_id=document.id).update(remind_at=None, reminders=0)


def signatures_due(document: Document, signatures: Iterable[Signature]) -> list[Signature]:
    """The signatures that can be given now: all open ones, or only the first one if the signers sign in sequence."""
    if document.signature_state is not SignatureState.WAITING:
        return []
    open_ = sorted((s for s in signatures if s.signed_at is None), key=lambda s: s.position)
    return open_[:1] if document.in_sequence else open_
