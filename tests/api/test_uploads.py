"""`POST /uploads`: who may send a PDF, what is taken, and that whatever is refused leaves nothing."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Message

from adapters.files import StoredFiles
from adapters.secrets import new_key
from api.app import create_app
from api.server.relay import decode_id
from api.uploads import UPLOADS_AT_ONCE, UPLOADS_OF_ONE_AT_ONCE, Uploads
from clinic.documents.actions.upload import remove_old_uploads
from clinic.documents.files import document_key, read_document
from clinic.documents.models import Upload
from clinic.throttling.throttle import UPLOADS_PER_STAFF, count_attempt
from clinic.values.callers import Permission
from clinic.values.pdf_check import LARGEST_FILE, AcceptedPdf, PdfProblem, PdfRefused
from clinic.values.ports import FileMissing, Services
from clinic.work.models import AuditEvent
from runtime.settings import Environment, Settings
from tests.api.client import Client
from tests.api.records import make_records
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Practice, pdfs
from tests.factories.contents import nothing_changes
from tests.factories.pdfs import sound_pdf

PDF = {"Content-Type": "application/pdf"}


@pytest.fixture
async def desk(practice: Practice, stranger: Client) -> Client:
    return await desk_of(practice, stranger)


async def desk_of(practice: Practice, stranger: Client) -> Client:
    """A staff member who may do just what uploading needs."""
    _, session = await practice.signed_in(Permission.WEB_PORTAL)
    return stranger.holding(session.access_token)


async def send(client: Client, body: Any, **headers: str) -> httpx2.Response:
    bearer = {"Authorization": f"Bearer {client.token}"} if client.token else {}
    return await client.http.post("/uploads", content=body, headers={**PDF, **bearer, **headers})


async def refused(client: Client, body: Any, **headers: str) -> tuple[int, str]:
    """Status and code of a refusal, which left nothing behind."""
    response = await send(client, body, **headers)
    error = response.json()["error"]
    assert error["message"]
    assert await nothing_kept()
    return response.status_code, error["code"]


async def nothing_kept() -> bool:
    return not await Upload.exists() and not await AuditEvent.exists(action="upload.received")


async def test_upload_is_stored_noted_and_audited(desk: Client, practice: Practice, services: Services) -> None:
    content = sound_pdf(3)
    response = await send(desk, content)

    assert response.status_code == 201
    answer = response.json()
    digest = hashlib.sha256(content).hexdigest()
    assert answer == {
        "uploadId": answer["uploadId"],
        "sha256": digest,
        "byteCount": len(content),
        "pageCount": 3,
    }
    [upload] = await Upload.all()
    assert decode_id(answer["uploadId"], "Upload") == upload.id
    assert upload.organization_id == practice.organization.id
    assert (upload.sha256, upload.byte_count, upload.page_count) == (digest, len(content), 3)
    assert upload.expires_at - upload.created_at == timedelta(hours=24)
    assert upload.used_at is None
    [event] = await AuditEvent.filter(action="upload.received")
    assert (event.subject_id, event.actor_id) == (upload.id, upload.uploaded_by_id)
    assert await read_document(practice.organization.id, digest, services) == content


async def test_same_bytes_twice_are_two_uploads_and_one_file(desk: Client, services: Services) -> None:
    first, second = [(await send(desk, sound_pdf())).json() for _ in range(2)]

    assert first["uploadId"] != second["uploadId"]
    assert first["sha256"] == second["sha256"]
    assert await Upload.all().count() == 2


async def test_clients_that_do_not_know_what_they_send_are_understood(desk: Client) -> None:
    for kind in ("application/octet-stream", "Application/PDF; name=../../etc/passwd"):
        response = await send(desk, sound_pdf(), **{"Content-Type": kind, "Content-Disposition": "filename=..\\a.exe"})
        assert response.status_code == 201


async def test_signed_out_is_refused_before_the_body_is_read(practice: Practice, stranger: Client) -> None:
    for client in (stranger, stranger.holding("made-up"), stranger.holding("x" * 5000)):
        assert await refused(client, _without_end()) == (401, "UNAUTHENTICATED")


async def test_wrong_permission_is_refused_before_the_body_is_read(practice: Practice, stranger: Client) -> None:
    _, session = await practice.signed_in(*(EVERY_PERMISSION - {Permission.WEB_PORTAL}))
    assert await refused(stranger.holding(session.access_token), _without_end()) == (403, "FORBIDDEN")


async def _without_end() -> AsyncIterator[bytes]:
    """A body that holds up whoever wants to read all of it."""
    yield sound_pdf()[:10]
    await asyncio.Event().wait()


async def test_patients_can_not_upload(practice: Practice, stranger: Client) -> None:
    patient = (await make_records(practice)).patient
    async with nothing_changes():
        response = await send(stranger.holding(patient.access_token), _without_end())
    assert (response.status_code, response.json()["error"]["code"]) == (403, "FORBIDDEN")


BAD: dict[str, tuple[Callable[[], bytes], PdfProblem]] = {
    "nothing": (bytes, PdfProblem.NOT_A_PDF),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(1000), PdfProblem.NOT_A_PDF),
    "cut short": (lambda: sound_pdf()[:-100], PdfProblem.BROKEN),
    "encrypted": (pdfs.encrypted_pdf, PdfProblem.ENCRYPTED),
    "attachment": (pdfs.with_attachment, PdfProblem.ACTIVE_CONTENT),
    "hidden launch": (pdfs.hidden_in_an_object_stream, PdfProblem.ACTIVE_CONTENT),
    "501 pages": (lambda: sound_pdf(501), PdfProblem.TOO_MANY_PAGES),
}


@pytest.mark.parametrize("what", BAD)
async def test_what_is_no_sound_pdf_is_refused_with_its_reason(desk: Client, what: str) -> None:
    make, problem = BAD[what]
    assert await refused(desk, make()) == (422, problem.value)


async def test_every_problem_has_a_remedy_in_both_languages(
    practice: Practice, stranger: Client, services: Services
) -> None:
    _, session = await practice.signed_in(Permission.WEB_PORTAL)
    messages: dict[str, set[str]] = {"en": set(), "es": set()}
    for problem in PdfProblem:
        broken = replace(services, reader=Refusing(problem))
        client = _client_of(broken, session.access_token)
        async with client.http:
            for language, told in messages.items():
                response = await send(client, b"%PDF-", **{"Accept-Language": language})
                assert response.status_code == (413 if problem is PdfProblem.TOO_LARGE else 422)
                assert response.json()["error"]["code"] == problem.value
                told.add(response.json()["error"]["message"])

    # No sentence stands for two problems or in both languages.
    assert len(messages["en"] | messages["es"]) == 2 * len(PdfProblem)
    assert await nothing_kept()


async def test_refusals_are_told_in_spanish(practice: Practice, stranger: Client) -> None:
    _, session = await practice.signed_in(Permission.VIEW_CONTACTS)
    asked = {"Accept-Language": "es-MX"}

    def told(response: httpx2.Response) -> str:
        return str(response.json()["error"]["message"])

    desk = stranger.holding(session.access_token)
    assert told(await send(stranger, b"", **asked)) == "Inicie sesión y envíe el token de acceso como token “bearer”."
    assert told(await send(desk, b"", **asked)) == (
        "Para esto necesita el permiso WEB_PORTAL. Pídalo a quien administra las cuentas del personal."
    )


async def test_other_kinds_of_body_are_refused(desk: Client) -> None:
    for kind in ("multipart/form-data; boundary=x", "text/html", "application/json", ""):
        assert await refused(desk, sound_pdf(), **{"Content-Type": kind}) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def _in_pieces(size: int) -> AsyncIterator[bytes]:
    """A body without a Content-Length."""
    yield b"%PDF-1.7\n"
    size -= 9
    while size > 0:
        yield bytes(min(size, 1 << 20))
        size -= 1 << 20


async def test_one_byte_too_many_is_refused_however_it_comes(desk: Client) -> None:
    assert await refused(desk, bytes(LARGEST_FILE + 1)) == (413, "TOO_LARGE")
    assert await refused(desk, _in_pieces(LARGEST_FILE + 1)) == (413, "TOO_LARGE")
    assert await refused(desk, _in_pieces(10), **{"Content-Length": str(LARGEST_FILE + 1)}) == (413, "TOO_LARGE")
    assert await refused(desk, _in_pieces(LARGEST_FILE + 1), **{"Content-Length": "10"}) == (413, "TOO_LARGE")


async def test_the_largest_file_is_taken(desk: Client) -> None:
    content = _padded(LARGEST_FILE)
    assert len(content) == LARGEST_FILE
    assert (await send(desk, content)).status_code == 201


def _padded(size: int) -> bytes:
    """A sound PDF of just so many bytes: what fills it up is a picture nobody sees."""
    held = pdfs.with_stream(bytes(size))
    return pdfs.with_stream(bytes(2 * size - len(held)))


async def test_slow_body_is_given_up(desk: Client, services: Services) -> None:
    impatient = Starlette(routes=[Route("/uploads", Uploads(services, body_time_limit=0.05).receive, methods=["POST"])])
    transport = httpx2.ASGITransport(app=impatient)

    async def stalled() -> AsyncIterator[bytes]:
        yield b"%PDF-1.7\n"
        await asyncio.Event().wait()

    async with httpx2.AsyncClient(transport=transport, base_url="https://api.vestibule.example") as http:
        assert await refused(Client(http, desk.token), stalled()) == (408, "TOO_SLOW")


async def test_cut_connection_leaves_nothing(app: Starlette, practice: Practice) -> None:
    _, session = await practice.signed_in(Permission.WEB_PORTAL)
    bearer = f"Bearer {session.access_token}".encode()
    headers = [(b"host", b"a"), (b"authorization", bearer), (b"content-type", b"application/pdf")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/uploads",
        "raw_path": b"/uploads",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
        "app": app,
    }
    coming: list[Message] = [
        {"type": "http.request", "body": sound_pdf(), "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def answer(message: Message) -> None:
        """Nobody reads it."""

    await app(scope, receive, answer)
    assert coming == []
    assert await nothing_kept()


class Held:
    """Uploads that have begun and wait for their bytes."""

    def __init__(self) -> None:
        self._let_go = asyncio.Event()
        self._begun = asyncio.Semaphore(0)
        self._sending: list[asyncio.Task[httpx2.Response]] = []

    async def begin(self, client: Client, number: int) -> None:
        started = [asyncio.create_task(send(client, self._body())) for _ in range(number)]
        for _ in started:
            await self._begun.acquire()
        self._sending += started

    async def finish(self) -> list[int]:
        self._let_go.set()
        return [(await each).status_code for each in self._sending]

    async def _body(self) -> AsyncIterator[bytes]:
        self._begun.release()
        await self._let_go.wait()
        yield sound_pdf()


async def test_too_many_at_once_are_sent_away_and_later_taken(practice: Practice, stranger: Client) -> None:
    held, desks = Held(), [await desk_of(practice, stranger) for _ in range(3)]
    for desk in desks[:2]:
        await held.begin(desk, UPLOADS_OF_ONE_AT_ONCE)
    busy = await send(desks[2], sound_pdf())

    assert (busy.status_code, busy.json()["error"]["code"], busy.headers["retry-after"]) == (503, "BUSY", "5")
    assert await held.finish() == [201] * UPLOADS_AT_ONCE
    assert (await send(desks[2], sound_pdf())).status_code == 201


async def test_one_person_who_sends_slowly_keeps_nobody_else_out(practice: Practice, stranger: Client) -> None:
    held, slow, other = Held(), await desk_of(practice, stranger), await desk_of(practice, stranger)
    await held.begin(slow, UPLOADS_OF_ONE_AT_ONCE)

    busy = await send(slow, sound_pdf())
    assert (busy.status_code, busy.json()["error"]["code"]) == (503, "BUSY")
    assert (await send(other, sound_pdf())).status_code == 201
    assert await held.finish() == [201] * UPLOADS_OF_ONE_AT_ONCE
    assert (await send(slow, sound_pdf())).status_code == 201


async def test_a_program_gone_astray_is_slowed_down(practice: Practice, stranger: Client, services: Services) -> None:
    caller, session = await practice.signed_in(Permission.WEB_PORTAL)
    for _ in range(UPLOADS_PER_STAFF.limit):
        await count_attempt(UPLOADS_PER_STAFF, str(caller.staff_member_id), services.clock)
    response = await send(stranger.holding(session.access_token), sound_pdf())

    assert (response.status_code, response.json()["error"]["code"]) == (429, "RATE_LIMITED")
    assert response.headers["retry-after"] == "3600"
    assert await nothing_kept()


async def test_full_disk_is_said_and_leaves_nothing(practice: Practice, services: Services, tmp_path: Path) -> None:
    _, session = await practice.signed_in(Permission.WEB_PORTAL)
    (tmp_path / "full").write_bytes(b"")
    full = replace(services, files=StoredFiles.at(f"file://{tmp_path}/full"))
    client = _client_of(full, session.access_token)
    async with client.http:
        response = await send(client, sound_pdf())
        ready = await client.http.get("/readyz")

    assert (response.status_code, response.json()["error"]["code"]) == (503, "FILE_STORE_UNAVAILABLE")
    assert response.headers["retry-after"] == "5"
    assert await nothing_kept()
    assert (ready.status_code, ready.json()["files"], ready.json()["degraded"]) == (200, "unavailable", ["files"])


async def test_failure_of_ours_says_nothing_but_its_number(practice: Practice, services: Services) -> None:
    _, session = await practice.signed_in(Permission.WEB_PORTAL)
    client = _client_of(replace(services, reader=Refusing(None)), session.access_token)
    async with client.http:
        response = await send(client, sound_pdf())

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (500, "INTERNAL")
    assert "secret of the file" not in response.text
    assert len(error["correlationId"]) == 16


async def test_uploads_are_forgotten_after_a_day(desk: Client, services: Services, clock: FixedClock) -> None:
    await send(desk, sound_pdf())
    assert await remove_old_uploads(services.clock.now() + timedelta(hours=24)) == 0
    assert await remove_old_uploads(services.clock.now() + timedelta(hours=24, seconds=1)) == 1
    assert not await Upload.exists()


async def test_changed_bytes_are_never_given_out(desk: Client, practice: Practice, services: Services) -> None:
    digest = (await send(desk, sound_pdf())).json()["sha256"]
    await services.files.put(document_key(practice.organization.id, digest), sound_pdf(2))

    with pytest.raises(FileMissing):
        await read_document(practice.organization.id, digest, services)


class Refusing:
    """The port `PdfReader`: refuses everything with one problem, or fails as no reader should."""

    def __init__(self, problem: PdfProblem | None) -> None:
        self.problem = problem

    def slot(self) -> AbstractAsyncContextManager[None]:
        raise NotImplementedError

    async def inspect(self, content: bytes) -> int:
        raise NotImplementedError

    async def differing_pages(self, shown: bytes, made: bytes) -> tuple[int, ...]:
        raise NotImplementedError

    async def accept(self, content: bytes) -> AcceptedPdf:
        if self.problem is None:
            raise RuntimeError("secret of the file")
        raise PdfRefused(self.problem)

    async def page_image(self, content: bytes, page: int, width: int) -> bytes:
        raise NotImplementedError

    async def page_texts(self, content: bytes) -> tuple[str, ...]:
        raise NotImplementedError


def _client_of(services: Services, token: str) -> Client:
    """A client of an API with other services."""
    app = create_app(Settings(environment=Environment.TEST, secret_keys=(new_key(),)), services)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    return Client(httpx2.AsyncClient(transport=transport, base_url="https://api.vestibule.example"), token)
