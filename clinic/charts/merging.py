"""What stands in the way of merging two records, and what moves from one to the other (decision 0070).

Call both inside the transaction of the merge, with both contacts locked.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.models import Model

from clinic.charts.errors import MergeObstacle
from clinic.documents.models import Document, DocumentRecipient, Signature, SignatureState
from clinic.portal_access.models import Invitation, PortalAccount, PortalLink, TransferRequest
from clinic.records.models import (
    Appointment,
    Contact,
    ContactEmail,
    ContactKind,
    ContactPhone,
    Episode,
    ExternalId,
    Relationship,
)
from clinic.values.limits import MOST_EMAILS, MOST_PHONES
from clinic.work.unit_of_work import Work


async def obstacle(kept: Contact, duplicate: Contact) -> MergeObstacle | None:
    """The first reason why the two can't be merged (yet); what can't be mended comes first."""
    both = [kept.id, duplicate.id]
    if kept.id == duplicate.id:
        return MergeObstacle.SAME_RECORD
    if kept.archived_at or duplicate.archived_at:
        return MergeObstacle.ARCHIVED
    # People who are related are two people. A relationship that has ended says that it was a mistake.
    if await Relationship.filter(client_id__in=both, relative_id__in=both, ends_on=None).exists():
        return MergeObstacle.RELATED
    if await PortalLink.filter(contact_id__in=both, unlinked_at=None).count() > 1:
        return MergeObstacle.BOTH_LINKED
    if await TransferRequest.filter(contact_id__in=both, decided_at=None).exists():
        return MergeObstacle.OPEN_TRANSFER
    if await _waiting_for_both(kept, duplicate):
        return MergeObstacle.BOTH_SIGN
    if len(await _new_addresses(kept, duplicate)) + await ContactEmail.filter(contact_id=kept.id).count() > MOST_EMAILS:
        return MergeObstacle.TOO_MANY_ADDRESSES
    if len(await _new_phones(kept, duplicate)) + await ContactPhone.filter(contact_id=kept.id).count() > MOST_PHONES:
        return MergeObstacle.TOO_MANY_PHONES
    return None


async def move_record(kept: Contact, duplicate: Contact, work: Work) -> list[str]:
    """Move all that hangs on `duplicate`, which is marked as merged already, to `kept`.

    Returns the names of the columns and lists of `kept` that it changed. The calling function saves `kept`.
    """
    changed = await _move_addresses(kept, duplicate, work)
    await _move_relationships(kept, duplicate)
    await _move_episodes(kept, duplicate, work.now)
    # By its own number each system finds the record that is kept.
    await _move_all(kept, duplicate, Appointment, ExternalId, Invitation, TransferRequest)
    await _move_links(kept, duplicate, work)
    await _move_documents(kept, duplicate, work)
    # Records that were merged into the duplicate lead straight to the one that is kept.
    await Contact.filter(merged_into_id=duplicate.id).update(merged_into_id=kept.id)
    if kept.date_of_birth is None and duplicate.date_of_birth is not None:
        kept.date_of_birth = duplicate.date_of_birth
        changed.append("date_of_birth")
    if kept.kind is not duplicate.kind and duplicate.kind is ContactKind.CLIENT:
        kept.kind = ContactKind.CLIENT
        changed.append("kind")
    return changed


async def _new_addresses(kept: Contact, duplicate: Contact) -> Sequence[ContactEmail]:
    there = {
        str(each) for each in await ContactEmail.filter(contact_id=kept.id).values_list("address_normal", flat=True)
    }
    theirs = await ContactEmail.filter(contact_id=duplicate.id).order_by("position")
    return [each for each in theirs if each.address_normal not in there]


async def _new_phones(kept: Contact, duplicate: Contact) -> Sequence[ContactPhone]:
    there = {
        str(each) for each in await ContactPhone.filter(contact_id=kept.id).values_list("reversed_digits", flat=True)
    }
    theirs = await ContactPhone.filter(contact_id=duplicate.id).order_by("position")
    return [each for each in theirs if each.reversed_digits not in there]


async def _move_addresses(kept: Contact, duplicate: Contact, work: Work) -> list[str]:
    """The addresses and phones that `kept` does not have follow its own. The duplicate keeps none."""
    changed = []
    addresses = await ContactEmail.filter(contact_id=duplicate.id).values_list("address_normal", flat=True)
    work.address_released(*map(str, addresses))
    lists: tuple[tuple[str, type[ContactEmail] | type[ContactPhone], Sequence[ContactEmail | ContactPhone]], ...] = (
        ("emails", ContactEmail, await _new_addresses(kept, duplicate)),
        ("phones", ContactPhone, await _new_phones(kept, duplicate)),
    )
    for name, model, new in lists:
        first_free = await model.filter(contact_id=kept.id).count()
        for position, each in enumerate(new, first_free):
            await model.filter(id=each.id).update(contact_id=kept.id, position=position)
        await model.filter(contact_id=duplicate.id).delete()
        if new:
            changed.append(name)
    return changed


async def _move_relationships(kept: Contact, duplicate: Contact) -> None:
    """Each relationship moves. Where both records have one with the same person, that of `kept` takes over the access.

    The other one stays on the old record, without access. So does one between the two, which has ended.
    """
    both = {kept.id, duplicate.id}
    for each in await Relationship.filter(Q(client_id=duplicate.id) | Q(relative_id=duplicate.id)).select_for_update():
        if {each.client_id, each.relative_id} == both:
            await Relationship.filter(id=each.id).update(portal_access=False)
            continue
        ours = {
            "client_id": kept.id if each.client_id == duplicate.id else each.client_id,
            "relative_id": kept.id if each.relative_id == duplicate.id else each.relative_id,
        }
        there = await Relationship.filter(**ours).select_for_update().first()
        if there is None:
            await Relationship.filter(id=each.id).update(**ours, version=each.version + 1)
            continue
        if each.portal_access:
            open_ended = (there.portal_access and there.ends_on is None) or each.ends_on is None
            last = [day for day in (each.ends_on, there.ends_on if there.portal_access else None) if day]
            there.ends_on = None if open_ended else max(last)
            there.portal_access_since = (
                each.portal_access_since if not there.portal_access else there.portal_access_since
            )
            there.portal_access = True
            there.version += 1
            await there.save()
        await Relationship.filter(id=each.id).update(portal_access=False, version=each.version + 1)


async def _move_episodes(kept: Contact, duplicate: Contact, now: datetime) -> None:
    """A record has one open episode. Where both have one, that of the duplicate ends."""
    if await Episode.exists(contact_id=kept.id, ended_at=None):
        await Episode.filter(contact_id=duplicate.id, ended_at=None).update(ended_at=now)
    await _move_all(kept, duplicate, Episode)


async def _move_all(kept: Contact, duplicate: Contact, *models: type[Model]) -> None:
    for model in models:
        await model.filter(contact_id=duplicate.id).update(contact_id=kept.id)


async def _move_links(kept: Contact, duplicate: Contact, work: Work) -> None:
    """The links move, with their history. The person of a live one confirms anew who they are, against `kept`."""
    live = PortalLink.filter(contact_id=duplicate.id, unlinked_at=None)
    for account_id in await live.values_list("account_id", flat=True):
        account = await PortalAccount.filter(id=account_id).select_for_update().get()
        work.audit("portal_account.moved", account, contact_id=kept.id, merged_id=duplicate.id)
    await live.update(identity_confirmed_at=None)
    await _move_all(kept, duplicate, PortalLink)


async def _move_documents(kept: Contact, duplicate: Contact, work: Work) -> None:
    """Documents, places of signers and chosen recipients move. What was signed stays proven (`made_for_id`).

    Where both records signed one document, the duplicate's place stays as it is.
    """
    theirs = Document.filter(contact_id=duplicate.id)
    for document in await theirs.order_by("id").select_for_update():
        await _move(Document, document.id, {"contact_id": kept.id}, document.made_for_id)
        work.audit("document.moved", document, contact_id=kept.id, merged_id=duplicate.id)
    signed_by_kept = Subquery(Signature.filter(signer_id=kept.id).values("document_id"))
    places = Signature.filter(~Q(document_id__in=signed_by_kept), signer_id=duplicate.id)
    for place in await places.order_by("id").select_for_update():
        await _move(Signature, place.id, {"signer_id": kept.id}, place.first_signer_id)
    chosen = Subquery(DocumentRecipient.filter(contact_id=kept.id).values("document_id"))
    await DocumentRecipient.filter(contact_id=duplicate.id, document_id__in=chosen).delete()
    await _move_all(kept, duplicate, DocumentRecipient)


async def _move(model: type[Model], key: UUID, owner: dict[str, UUID], moved_from: UUID) -> None:
    await model.filter(id=key).update(**owner, moved_from_id=moved_from)


async def _waiting_for_both(kept: Contact, duplicate: Contact) -> bool:
    """Whether a document still waits for signatures of both, of which one could never be given."""
    waiting = {
        "document__signature_state": SignatureState.WAITING,
        "document__withdrawn_at": None,
        "document__superseded_by_id": None,
    }
    signers = [
        set(await Signature.filter(signer_id=each.id, **waiting).values_list("document_id", flat=True))
        for each in (kept, duplicate)
    ]
    return bool(signers[0] & signers[1])
