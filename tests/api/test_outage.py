"""While the database or the file store is away, every address says so: typed, with 503 and when to ask again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx2
import pytest
import structlog
from obstore.store import MemoryStore
from tortoise.connection import get_connection

from adapters.files import StoredFiles
from api.server.relay import encode_id
from clinic.database.rows import on_postgres
from clinic.documents.consent import CONSENT_VERSION
from clinic.documents.models import Document, DocumentSharing, Signature
from clinic.values.ports import FileStoreUnavailable, Services
from runtime.database import open_database
from tests.api.client import Client, mutation
from tests.api.family import make_family
from tests.api.test_documents_signing import sign
from tests.clock import FixedClock
from tests.databases import PostgresServer
from tests.factories import EVERY_PERMISSION, PASSWORD, Mailbox, Practice, make_services, open_practice
from tests.factories.contents import nothing_changes
from tests.factories.documents import put_document
from tests.factories.pdfs import sound_pdf
from tests.run import Clones, name_in

CREATE = {"givenName": "Omar", "familyName": "Reyes"}


class Cupboard(StoredFiles):
    """A store that can be out of reach."""

    shut = False

    async def put(self, key: str, content: bytes) -> None:
        if self.shut:
            raise FileStoreUnavailable("the disk is full")
        await super().put(key, content)

    async def get(self, key: str) -> bytes:
        if self.shut:
            raise FileStoreUnavailable("no answer within 30 s")
        return await super().get(key)


@pytest.fixture
def cupboard() -> Cupboard:
    return Cupboard(MemoryStore())


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox, cupboard: Cupboard) -> Services:
    return replace(make_services(clock, mailbox), files=cupboard)


def is_typed(response: httpx2.Response) -> bool:
    """503, when to ask again, and the code, in the shape of the address."""
    body: dict[str, Any] = response.json()
    error = body["errors"][0]["extensions"] if "errors" in body else body["error"]
    return (response.status_code, response.headers.get("retry-after"), error["code"]) == (503, "5", "UNAVAILABLE")


async def upload(client: Client) -> httpx2.Response:
    headers = {"Content-Type": "application/pdf", "Authorization": f"Bearer {client.token}"}
    return await client.http.post("/uploads", content=sound_pdf(), headers=headers)


async def test_an_absent_database_is_typed_at_every_address_and_logs_no_traceback(
    clones: Clones, postgres_server: PostgresServer, services: Services, stranger: Client
) -> None:
    url = await clones.postgres()
    name = name_in(url)
    async with open_database(url):
        practice = await open_practice(services)
        _, session = await practice.signed_in(*EVERY_PERMISSION)
        desk = stranger.holding(session.access_token)
        await postgres_server.run(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        postgres_server.cut_connections(name)
        try:
            with structlog.testing.capture_logs() as lines:
                signing_in = (
                    'mutation { signInStaff(input: {organization: "willow-creek", email: "a@b.example", '
                    'password: "x"}) { __typename } }'
                )
                for _ in range(2):  # first a connection is found dead, then none can be made
                    assert is_typed(await desk.post("{ viewer { __typename } }"))
                    assert is_typed(await stranger.post(signing_in))
                    assert is_typed(await upload(desk))
                    assert is_typed(await desk.http.get("/files/made-up"))
                    assert (await desk.http.get("/readyz")).status_code == 503
        finally:
            await postgres_server.run(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
        assert (await desk.post("{ viewer { __typename } }")).status_code == 200
    said = [line for line in lines if line["event"] != "request"]
    assert len(said) == 8
    assert {line["log_level"] for line in said} == {"warning"}
    assert not any("traceback" in line or "exc_info" in line for line in said)


async def test_a_full_disk_is_typed_and_passes(sqlite_database: str, services: Services, stranger: Client) -> None:
    async with open_database(sqlite_database):
        practice = await open_practice(services)
        _, session = await practice.signed_in(*EVERY_PERMISSION)
        desk = stranger.holding(session.access_token)
        connection = get_connection("default")
        _, [row] = await connection.execute_query("PRAGMA page_count")
        await connection.execute_query(f"PRAGMA max_page_count = {row[0]}")
        refused = None
        for number in range(200):
            facts = {**CREATE, "familyName": f"R{number}" * 40}
            response = await desk.post(CREATE_CONTACT, {"input": facts})
            if response.status_code != 200:
                refused = response
                break
        assert refused is not None
        assert is_typed(refused)
        await connection.execute_query("PRAGMA max_page_count = 1000000")
        assert (await desk.mutate("createContact", CREATE))["__typename"] == "CreateContactSuccess"


# What PostgreSQL says when a table's file can't grow, in the middle of a transaction.
_FULL = """CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"""


@asynccontextmanager
async def full_disk(table: str) -> AsyncIterator[None]:
    """No row fits into the table. A disk of SQLite is read-only instead, as Linux makes one that fails."""
    connection = get_connection("default")
    if not on_postgres():
        await connection.execute_query("PRAGMA query_only = ON")
        try:
            yield
        finally:
            await connection.execute_query("PRAGMA query_only = OFF")
        return
    await connection.execute_query(_FULL)
    await connection.execute_query(
        f"CREATE TRIGGER disk_is_full BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION disk_is_full()"
    )
    try:
        yield
    finally:
        await connection.execute_query("DROP FUNCTION disk_is_full CASCADE")


async def test_an_upload_and_a_signature_on_a_full_disk_are_typed_and_leave_nothing_half_done(
    practice: Practice, stranger: Client
) -> None:
    family = await make_family(practice, stranger)
    document = await put_document(
        practice, family.mia, "Consent", sharing=DocumentSharing.ALL_AUTHORIZED, signers=[family.leo.contact]
    )
    _, session = await practice.signed_in(*EVERY_PERMISSION)
    desk = stranger.holding(session.access_token)
    signature = {
        "documentId": encode_id("Document", document.id),
        "sha256": document.sha256,
        "typedName": family.leo.contact.display_name,
        "password": PASSWORD,
        "consentVersion": CONSENT_VERSION,
    }
    async with nothing_changes():
        async with full_disk("upload"):
            assert is_typed(await upload(desk))
        async with full_disk("signature_evidence"):
            assert is_typed(await family.leo.client.post(mutation("signDocument"), {"input": signature}))
    assert (await upload(desk)).status_code == 201
    assert (await sign(family.leo, document))["__typename"] == "SignDocumentSuccess"


CREATE_CONTACT = "mutation ($input: CreateContactInput!) { createContact(input: $input) { __typename } }"


async def test_an_absent_file_store_is_a_member_of_the_union(
    practice: Practice, stranger: Client, cupboard: Cupboard
) -> None:
    family = await make_family(practice, stranger)
    document = await put_document(
        practice, family.mia, "Consent", sharing=DocumentSharing.ALL_AUTHORIZED, signers=[family.leo.contact]
    )
    _, session = await practice.signed_in(*EVERY_PERMISSION)
    desk = stranger.holding(session.access_token)
    cupboard.shut = True
    new = {"contactId": encode_id("Contact", family.mia.id), "title": "Plan", "text": "Words"}
    async with nothing_changes():
        answer = await desk.mutate("createDocument", new)
        assert (answer["__typename"], answer["code"]) == ("FileStoreUnavailable", "FILE_STORE_UNAVAILABLE")
        assert "try again in a few seconds" in answer["message"]
        assert (await sign(family.leo, document))["__typename"] == "FileStoreUnavailable"
    assert await Document.all().count() == 1
    assert await Signature.filter(signed_at=None).count() == 1
    response = await upload(desk)
    assert (response.status_code, response.json()["error"]["code"]) == (503, "FILE_STORE_UNAVAILABLE")
    cupboard.shut = False
    assert (await desk.mutate("createDocument", new))["__typename"] == "CreateDocumentSuccess"
