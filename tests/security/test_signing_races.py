"""Signing against whatever takes it away at the same moment: the one comes before or after the other, never between."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest

from clinic.database.rows import on_postgres
from clinic.documents.actions.create import NewDocument, create_document
from clinic.documents.actions.decline import decline_document
from clinic.documents.actions.share import unshare_document
from clinic.documents.actions.sign import sign_document
from clinic.documents.actions.withdraw import withdraw_document
from clinic.documents.errors import DocumentClosed, NotShared
from clinic.documents.models import (
    Completion,
    Document,
    Signature,
    SignatureEvidence,
    SignatureState,
    SigningConsent,
)
from clinic.portal_access.actions import DisableReason, disable_account, unlink_account
from clinic.portal_access.models import PortalAccount
from clinic.records.actions.relationships import update_relationship
from clinic.records.models import Contact, Relationship
from clinic.sessions.actions import end_session
from clinic.values.callers import StaffCaller
from clinic.values.errors import NotFound, SessionEnded, WrongCredentials
from clinic.values.ports import Services
from clinic.work.models import AuditEvent
from tests.clinic.documents.signing import Person, form, opened_to, paper, person
from tests.factories import EVERY_PERMISSION, Mailbox, Practice
from tests.factories.overtaking import overtaken


@dataclass
class Scene:
    """A mother who is about to sign for her child."""

    practice: Practice
    rosa: Person
    child: Contact
    tie: Relationship
    document: Document

    async def unlink(self) -> None:
        await unlink_account(await self._desk(), self.rosa.contact.id, "wrong person", self.practice.services)

    async def disable(self) -> None:
        await disable_account(
            await self._desk(), self.rosa.caller.account_id, DisableReason.REQUESTED, self.practice.services
        )

    async def sign_out(self) -> None:
        await end_session(self.rosa.caller, self.practice.services)

    async def new_password(self) -> None:
        await PortalAccount.filter(id=self.rosa.caller.account_id).update(password_hash="somebody else's")

    async def end_relationship(self) -> None:
        await update_relationship(self.practice.system, self.tie.id, self.practice.services, portal_access=False)

    async def unshare(self) -> None:
        await unshare_document(await self._desk(), self.document.id, self.practice.services)

    async def withdraw(self) -> None:
        await withdraw_document(await self._desk(), self.document.id, "wrong child", self.practice.services)

    async def replace_by_another(self) -> None:
        newer = NewDocument(self.child.id, "Corrected", text="Corrected", supersedes_id=self.document.id)
        await create_document(await self._desk(), newer, self.practice.services)

    async def declined_by_another(self) -> None:
        await Document.filter(id=self.document.id).update(signature_state=SignatureState.DECLINED)

    async def _desk(self) -> StaffCaller:
        return await self.practice.staff(*EVERY_PERMISSION)


Taking = Callable[[Scene], Awaitable[None]]

TAKEN_AWAY = [
    (Scene.unlink, SessionEnded),
    (Scene.disable, SessionEnded),
    (Scene.sign_out, SessionEnded),
    (Scene.new_password, WrongCredentials),
    (Scene.end_relationship, NotShared),
    (Scene.unshare, NotShared),
    (Scene.withdraw, NotShared),
    (Scene.replace_by_another, DocumentClosed),
    (Scene.declined_by_another, DocumentClosed),
]


@pytest.fixture
async def scene(practice: Practice, mailbox: Mailbox) -> Scene:
    rosa = await person(practice, mailbox, "Rosa")
    child = await practice.contact("Mia", emails=())
    tie = await opened_to(practice, child, rosa.contact)
    return Scene(practice, rosa, child, tie, await paper(practice, child, rosa.contact))


@dataclass
class Meanwhile:
    """The file store, in which something happens while bytes are read: after the look, before the lock."""

    services: Services
    happens: Callable[[], Awaitable[None]]

    async def get(self, key: str) -> bytes:
        await self.happens()
        return await self.services.files.get(key)


async def nothing_is_signed() -> bool:
    return not (
        await Signature.exists(signed_at__not_isnull=True)
        or await Signature.exists(declined_at__not_isnull=True)
        or await SignatureEvidence.exists()
        or await SigningConsent.exists()
        or await Completion.exists()
        or await AuditEvent.exists(action__in=["document.signed", "document.declined"])
    )


@pytest.mark.parametrize(("taken", "refusal"), TAKEN_AWAY)
async def test_what_was_taken_away_between_look_and_lock_is_not_signed(
    scene: Scene, taken: Taking, refusal: type[Exception]
) -> None:
    files = Meanwhile(scene.practice.services, lambda: taken(scene))
    services = replace(scene.practice.services, files=files)  # type: ignore[arg-type]  # only read from

    with pytest.raises(refusal):
        await sign_document(scene.rosa.caller, form(scene.document), services)
    assert await nothing_is_signed()


@pytest.mark.parametrize(("taken", "refusal"), TAKEN_AWAY)
async def test_what_is_taken_away_while_signing_waits_is_not_signed(
    scene: Scene, taken: Taking, refusal: type[Exception]
) -> None:
    signing = sign_document(scene.rosa.caller, form(scene.document), scene.practice.services)

    # On SQLite the first look waits for the other transaction too, and then finds no document of a person without a
    # link. On PostgreSQL it sees what was there before; the locks of the second look wait, and find the session ended.
    with pytest.raises(NotFound if taken is Scene.unlink and not on_postgres() else refusal):
        await overtaken(lambda: taken(scene), signing)
    assert await nothing_is_signed()


@pytest.mark.parametrize(
    ("taken", "refusal"), [(taken, refusal) for taken, refusal in TAKEN_AWAY if refusal is not WrongCredentials]
)
async def test_what_is_taken_away_while_declining_waits_is_not_declined(
    scene: Scene, taken: Taking, refusal: type[Exception]
) -> None:
    declining = decline_document(scene.rosa.caller, scene.document.id, "no", scene.practice.services)

    with pytest.raises(refusal):
        await overtaken(lambda: taken(scene), declining)
    assert await nothing_is_signed()


@pytest.mark.parametrize(
    ("taken", "noted"),
    [
        (Scene.unlink, "portal_account.unlinked"),
        (Scene.disable, "portal_account.disabled"),
        (Scene.sign_out, "session.signed_out"),
        (Scene.end_relationship, "relationship.updated"),
        (Scene.unshare, "document.unshared"),
    ],
)
async def test_signature_that_comes_first_stands_and_the_audit_says_so(scene: Scene, taken: Taking, noted: str) -> None:
    """Whoever takes it away waits for the signature's commit, so that the audit's order is the true one."""

    async def sign_first() -> None:
        await sign_document(scene.rosa.caller, form(scene.document), scene.practice.services)

    await overtaken(sign_first, taken(scene))

    assert await Signature.exists(signed_at__not_isnull=True)
    events = await AuditEvent.filter(action__in=["document.signed", noted]).order_by("sequence")
    assert [event.action for event in events] == ["document.signed", noted]


@pytest.mark.parametrize("taken", [Scene.withdraw, Scene.replace_by_another])
async def test_signature_that_comes_first_is_neither_taken_back_nor_replaced(scene: Scene, taken: Taking) -> None:
    async def sign_first() -> None:
        await sign_document(scene.rosa.caller, form(scene.document), scene.practice.services)

    with pytest.raises(DocumentClosed):
        await overtaken(sign_first, taken(scene))

    assert await Signature.exists(signed_at__not_isnull=True)
    assert await Completion.exists(document_id=scene.document.id)
