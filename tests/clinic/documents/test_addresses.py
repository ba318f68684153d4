"""Short-lived addresses of a document's bytes: what they open, to whom, how long, and when no more."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.secrets import KeyringSecrets, new_key
from clinic.documents.actions.share import share_document, unshare_document
from clinic.documents.actions.withdraw import withdraw_document
from clinic.documents.addresses import ADDRESS_LIFETIME, DocumentFile, file_address, file_at, file_name
from clinic.documents.models import Document
from clinic.portal_access.actions.unlink import unlink_account
from clinic.portal_access.models import PortalAccount
from clinic.records.actions.relationships import update_relationship
from clinic.sessions.actions import BROWSER_IDLE
from clinic.sessions.models import PatientSession, SessionKind, StaffSession
from clinic.staff.models import StaffMember, permissions_as_text
from clinic.values.callers import Origin, PatientCaller, Permission, StaffCaller
from clinic.work.models import AuditEvent
from tests.clinic.documents.family import Family, document_about, now_completed, now_signed
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import nothing_changes
from tests.factories.pdfs import sound_pdf

ELSEWHERE = Origin("198.51.100.9", "another", "request-9")


def address(family: Family, caller: StaffCaller | PatientCaller, document: Document, *, completed: bool = False) -> str:
    services = family.practice.services
    url = file_address(caller, document.id, completed=completed, services=services, now=services.clock.now())
    assert url.startswith("https://api.vestibule.example/files/d.")
    return url.removeprefix("https://api.vestibule.example/files/")


async def opened(family: Family, token: str) -> DocumentFile | None:
    return await file_at(token, ELSEWHERE, family.practice.services)


async def shared(family: Family) -> Document:
    document = await document_about(family)
    return await share_document(family.desk, document.id, None, family.practice.services)


async def test_address_opens_the_very_bytes_and_notes_the_download(family: Family) -> None:
    document = await shared(family)
    for caller, person in (
        (family.leo_signed_in, family.leo_signed_in.account_id),
        (family.desk, family.desk.staff_member_id),
    ):
        token = address(family, caller, document)
        for given in (token, token.removeprefix("d.")):
            file = await opened(family, given)
            assert file is not None
            assert (file.content, file.name) == (sound_pdf(1, "Plan of care"), "plan-of-care.pdf")
            assert file.document.id == document.id
        events = await AuditEvent.filter(action="document.downloaded", actor_id=person)
        assert [(event.subject_id, event.address) for event in events] == [(document.id, "198.51.100.9")] * 2


async def test_nothing_can_be_read_off_an_address(family: Family) -> None:
    document = await shared(family)
    token = address(family, family.leo_signed_in, document)
    assert str(document.id) not in token
    assert document.id.hex not in token
    assert token != address(family, family.leo_signed_in, document)


async def test_address_runs_out_after_ten_minutes(family: Family, clock: FixedClock) -> None:
    token = address(family, family.leo_signed_in, await shared(family))
    clock.advance(ADDRESS_LIFETIME - timedelta(seconds=1))
    assert await opened(family, token) is not None
    clock.advance(timedelta(seconds=1))
    async with nothing_changes():
        assert await opened(family, token) is None


async def unshare(family: Family, document: Document) -> None:
    await unshare_document(family.desk, document.id, family.practice.services)


async def withdraw(family: Family, document: Document) -> None:
    await withdraw_document(family.desk, document.id, "A mistake", family.practice.services)


async def untick(family: Family, document: Document) -> None:
    await update_relationship(family.practice.system, family.leos_tie.id, family.practice.services, portal_access=False)


async def unlink(family: Family, document: Document) -> None:
    await unlink_account(family.desk, family.leo.id, "Moved away", family.practice.services)


async def disable(family: Family, document: Document) -> None:
    now = family.practice.services.clock.now()
    await PortalAccount.filter(id=family.leo_signed_in.account_id).update(disabled_at=now)


async def sign_out(family: Family, document: Document) -> None:
    now = family.practice.services.clock.now()
    await PatientSession.filter(id=family.leo_signed_in.session_id).update(ended_at=now)


async def run_out(family: Family, document: Document) -> None:
    now = family.practice.services.clock.now()
    await PatientSession.filter(id=family.leo_signed_in.session_id).update(expires_at=now)


async def idle(family: Family, document: Document) -> None:
    now = family.practice.services.clock.now()
    await PatientSession.filter(id=family.leo_signed_in.session_id).update(
        kind=SessionKind.BROWSER, last_seen_at=now - BROWSER_IDLE
    )


LOSSES = [unshare, withdraw, untick, unlink, disable, sign_out, run_out, idle]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
async def test_address_opens_nothing_once_its_person_may_not_see_it(family: Family, loss: object) -> None:
    document = await shared(family)
    token = address(family, family.leo_signed_in, document)
    assert await opened(family, token) is not None
    assert callable(loss)
    await loss(family, document)
    async with nothing_changes():
        assert await opened(family, token) is None


@pytest.mark.parametrize("loss", ["disabled", "signed out", "run out", "permission gone"])
async def test_staff_address_opens_nothing_once_they_may_not_read(family: Family, loss: str) -> None:
    token = address(family, family.desk, await shared(family))
    now = family.practice.services.clock.now()
    match loss:
        case "disabled":
            await StaffMember.filter(id=family.desk.staff_member_id).update(disabled_at=now)
        case "signed out":
            await StaffSession.filter(id=family.desk.session_id).update(ended_at=now)
        case "permission gone":
            everything_else = permissions_as_text(frozenset(set(Permission) - {Permission.WEB_PORTAL}))
            await StaffMember.filter(id=family.desk.staff_member_id).update(permissions=everything_else)
        case "run out":
            await StaffSession.filter(id=family.desk.session_id).update(expires_at=now)
    async with nothing_changes():
        assert await opened(family, token) is None


async def test_address_made_for_what_is_not_theirs_opens_nothing(family: Family, other_practice: Practice) -> None:
    document = await shared(family)
    abroad = await other_practice.staff(Permission.WEB_PORTAL)
    async with nothing_changes():
        for caller in (family.hugo_signed_in, abroad):
            assert await opened(family, address(family, caller, document)) is None


async def test_sealed_file_opens_once_there_is_one(family: Family) -> None:
    document, services = await document_about(family, signers=[family.leo]), family.practice.services
    await share_document(family.desk, document.id, None, services)
    token = address(family, family.leo_signed_in, document, completed=True)
    async with nothing_changes():
        assert await opened(family, token) is None
    await now_signed(document, family.leo)
    await now_completed(document)
    file = await opened(family, token)
    assert file is not None
    assert file.name == "plan-of-care-signed.pdf"


async def test_no_other_text_opens_anything(family: Family) -> None:
    document, services = await shared(family), family.practice.services
    token = address(family, family.leo_signed_in, document)
    foreign = file_address(
        family.leo_signed_in,
        document.id,
        completed=False,
        services=replace(services, secrets=KeyringSecrets([new_key()])),
        now=services.clock.now(),
    ).rpartition("/")[2]
    pin = family.leo.pin_encrypted.rstrip("=")
    made_up = [
        "",
        "d.",
        "x",
        token[:-1],
        token + "A",
        token[:30] + ("B" if token[30] == "A" else "A") + token[31:],
        foreign,
        pin,
        "é",
        "a" * 5000,
    ]
    others = ('{"purpose": "other"}', "[]", "3", '{"purpose": "document_file"}', "not JSON")
    made_up += [services.secrets.encrypt(other).rstrip("=") for other in others]
    async with nothing_changes():
        for text in made_up:
            assert await opened(family, text) is None, text


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Consent to Treatment", "consent-to-treatment.pdf"),
        ("Año nuevo: ¿sí?", "ano-nuevo-si.pdf"),
        ("../../etc/passwd\\x", "etc-passwd-x.pdf"),
        ('a"; filename=evil.exe', "a-filename-evil-exe.pdf"),
        ("שלום", "document.pdf"),
        ("x" * 200, f"{'x' * 80}.pdf"),
    ],
)
def test_file_names_mean_nothing_to_a_system(title: str, name: str) -> None:
    assert file_name(Document(id=UUID(int=1), title=title), completed=False) == name


async def test_address_of_a_document_that_never_was_opens_nothing(family: Family) -> None:
    never = Document(id=uuid4(), title="x")
    assert await opened(family, address(family, family.desk, never)) is None
