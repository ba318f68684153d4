"""What staff are shown before they share: who sees it now, and who would later, in either way."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from clinic.documents.actions.share import share_document
from clinic.documents.preview import sharing_preview
from clinic.documents.visibility import CircleMember
from clinic.portal_access.models import PortalAccount
from clinic.records.actions.relationships import update_relationship
from clinic.values.callers import Permission
from clinic.values.errors import NotFound, NotPermitted
from tests.clinic.documents.family import Family, document_about
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import nothing_changes


def names(family: Family, members: Sequence[CircleMember]) -> list[str]:
    known: dict[UUID, str] = {
        contact.id: contact.given_name for contact in (family.mia, family.leo, family.rosa, family.hugo)
    }
    return [known[member.contact_id] for member in members]


async def test_preview_tells_who_sees_it_now_and_later(family: Family) -> None:
    document = await document_about(family, signers=[family.leo, family.mia])

    preview = await sharing_preview(family.desk, document.id, family.practice.services)

    assert names(family, preview.members) == ["Mia", "Leo", "Rosa", "Hugo"]
    assert [member.kind for member in preview.members] == ["", "father", "grandmother", "uncle"]
    assert names(family, preview.all_authorized.now) == ["Mia", "Leo"]
    assert names(family, preview.all_authorized.later) == ["Rosa", "Hugo"]
    assert names(family, preview.chosen_recipients.now) == ["Mia", "Leo"]
    assert names(family, preview.chosen_recipients.later) == ["Rosa"]
    assert preview.signer_ids == (family.leo.id, family.mia.id)
    assert {member.ends_on for member in preview.members} == {None}


async def test_preview_tells_whose_access_ends_and_when(family: Family, clock: FixedClock) -> None:
    document, services = await document_about(family), family.practice.services
    last_day = clock.now().date() + timedelta(days=30)
    await update_relationship(family.practice.system, family.leos_tie.id, services, ends_on=last_day)
    preview = await sharing_preview(family.desk, document.id, services)
    assert names(family, preview.all_authorized.now) == ["Mia", "Leo"]
    assert [member.ends_on for member in preview.all_authorized.now] == [None, last_day]


async def test_preview_comes_true(family: Family, clock: FixedClock) -> None:
    services, system = family.practice.services, family.practice.system
    document = await document_about(family)
    yesterday = clock.now().date() - timedelta(days=1)
    await update_relationship(system, family.leos_tie.id, services, ends_on=yesterday)
    await PortalAccount.filter(id=family.mia_signed_in.account_id).update(disabled_at=clock.now())
    await update_relationship(system, family.hugos_tie.id, services, portal_access=True)
    preview = await sharing_preview(family.desk, document.id, services)
    assert names(family, preview.all_authorized.now) == ["Hugo"]
    assert names(family, preview.all_authorized.later) == ["Mia", "Rosa", "Leo"]
    assert names(family, preview.chosen_recipients.later) == ["Mia", "Rosa"]
    allowed = [*preview.chosen_recipients.now, *preview.chosen_recipients.later]
    await share_document(family.desk, document.id, [member.contact_id for member in allowed], services)


async def test_preview_changes_nothing_and_asks_for_web_portal(family: Family, other_practice: Practice) -> None:
    document, services = await document_about(family), family.practice.services
    clerk = await family.practice.staff(*(set(Permission) - {Permission.WEB_PORTAL}))
    abroad = await other_practice.staff(Permission.WEB_PORTAL)
    async with nothing_changes():
        await sharing_preview(family.desk, document.id, services)
        with pytest.raises(NotPermitted):
            await sharing_preview(clerk, document.id, services)
        for caller, document_id in ((abroad, document.id), (family.desk, uuid4()), (family.desk, None)):
            with pytest.raises(NotFound) as refusal:
                await sharing_preview(caller, document_id, services)
            assert refusal.value.field == "documentId"
