"""Who is told of a document by letter, and when the reminders fall due. Letters never name the document."""

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


async def tell_readers(readers: Iterable[Entitled], now: datetime, services: Services) -> None:
    """One letter to each account among the readers, however many documents it is about.

    A person who has such a letter still waiting to leave gets no second one: it then leads to the list.
    """
    about: dict[UUID, set[UUID]] = {}
    for reader in readers:
        if reader.account_id is not None:
            about.setdefault(reader.account_id, set()).add(reader.document_id)
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=now)
    # Locked: one that a worker claims at this moment leaves as it is, and another is written.
    queued = Letter.filter(account_id__in=list(about), kind=LetterKind.DOCUMENT_AWAITS, status=LetterStatus.QUEUED)
    waiting = await queued.filter(unclaimed).order_by("id").select_for_update()
    for letter in waiting:
        if letter.document_id is not None and about[_account_of(letter)] != {letter.document_id}:
            letter.document_id = None
            await letter.save(update_fields=["document_id"])
    told = {_account_of(letter) for letter in waiting}
    for account in await PortalAccount.filter(id__in=[key for key in about if key not in told]).order_by("id"):
        documents = about[account.id]
        only = next(iter(documents)) if len(documents) == 1 else None
        await queue_document_letter(LetterKind.DOCUMENT_AWAITS, account, only, now, services)


def _account_of(letter: Letter) -> UUID:
    if letter.account_id is None:
        raise ValueError(f"letter {letter.id} is to nobody's account")
    return letter.account_id


async def tell_author(kind: LetterKind, document: Document, now: datetime, services: Services) -> None:
    """To the staff member who made the document, as long as they work there."""
    author = await StaffMember.get(id=document.created_by_id)
    if author.disabled_at is None:
        await queue_staff_letter(kind, document.organization_id, author.email, document.id, now, services)


async def await_signatures(document: Document, signatures: Iterable[Signature], now: datetime) -> list[Signature]:
    """Set the first reminder of everybody whose turn it is; returns them. Nobody is reminded of what is not shared."""
    turn = whose_turn(document, signatures)
    await set_first_reminders(turn, now)
    return turn


async def set_first_reminders(turn: Iterable[Signature], now: datetime) -> None:
    """Of those whose turn it is, and who have had none."""
    fresh = [signature.id for signature in turn if signature.remind_at is None and not signature.reminders]
    if fresh:
        await Signature.filter(id__in=fresh).update(remind_at=now + FIRST_REMINDER)


async def stop_reminding(document: Document) -> None:
    """Nobody is awaited any more, or not for now; a later sharing begins anew."""
    await Signature.filter(document_id=document.id).update(remind_at=None, reminders=0)


def whose_turn(document: Document, signatures: Iterable[Signature]) -> list[Signature]:
    """Those who can sign now: everybody still awaited, or the first of them where they sign one after another."""
    if document.signature_state is not SignatureState.WAITING:
        return []
    open_ = sorted((s for s in signatures if s.signed_at is None), key=lambda s: s.position)
    return open_[:1] if document.in_sequence else open_
