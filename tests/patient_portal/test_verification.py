"""`/verify`: the verdict on a file anybody sends, in plain words, with nothing kept."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import Message

from clinic.documents.evidence import Consent, Evidence, as_json, attachment
from clinic.values.ports import Services
from clinic.values.seal_report import SealReport, Verdict
from patient_portal.app import create_app
from patient_portal.pages.verification import CHECKS_AT_ONCE, MAX_FILE_BYTES
from patient_portal.web.spooling import Spool, SpoolFull
from tests.api.line import serving
from tests.clock import FixedClock
from tests.factories.sealing import WaxSealer
from tests.patient_portal.browsing import make_services, make_settings
from tests.patient_portal.practice import Mailbox, Page, Practice, Visitor
from tests.raw_http import exchange

URL = "http://127.0.0.1:8001"
WHEN = datetime(2026, 3, 1, 17, 30, tzinfo=UTC)
PDF = b"%PDF-1.7 what was sent"


def evidence(**more: Any) -> Evidence:
    facts = {
        "format": 1,
        "organization_id": "o",
        "organization": "Willow <Creek>",
        "document_id": "d",
        "document_title": "Consent to treatment",
        "document_sha256": "a" * 64,
        "page_count": 2,
        "client_id": "c",
        "client": "Mia Park",
        "signer_id": "s",
        "signer": "Leo Park",
        "relationship": "father",
        "typed_name": "Leo P.",
        "account_id": "a",
        "account_email": "leo.park@example.com",
        "authentication": "password",
        "signed_in_at": "2026-03-01T17:00:00Z",
        "signed_at": "2026-03-01T17:29:00Z",
        "signed_at_local": "2026-03-01T10:29:00-07:00",
        "time_zone": "America/Boise",
        "language": "en",
        "address": "203.0.113.7",
        "agent": "Phone/1.0",
        "consent": Consent("2026-11", "en", "You agree.", "2026-03-01T17:29:00Z"),
        **more,
    }
    return Evidence(**facts)


@dataclass
class Notary(WaxSealer):
    """Says of every file what it is told to, and remembers what it was shown."""

    report: SealReport = field(default_factory=lambda: SealReport(Verdict.UNSEALED))
    shown: list[bytes] = field(default_factory=list)

    async def verify(self, content: bytes) -> SealReport:
        self.shown.append(content)
        return self.report


@pytest.fixture
def notary() -> Notary:
    return Notary()


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox, notary: Notary) -> Services:
    return replace(make_services(clock, mailbox, URL), sealer=notary)


@pytest.fixture
def app(services: Services, practice: Practice) -> Starlette:
    return create_app(make_settings(URL), services)


async def check(visitor: Visitor, content: bytes = PDF, **how: Any) -> Page:
    """Choose a file and press the button."""
    form = await visitor.get("/verify")
    fields = {"csrf_token": form.fields["csrf_token"], **how.pop("fields", {})}
    files = {"file": ("signed.pdf", content, "application/pdf")}
    return Page(await visitor.http.post("/verify", data=fields, files=files, **how))


def authentic(**more: Any) -> SealReport:
    facts = {
        "sealed_at": WHEN,
        "sealed_by": "C=US, CN=Willow Creek seal",
        "fingerprint": "f" * 64,
        "evidence": attachment([as_json(evidence())]).decode(),
        **more,
    }
    return SealReport(Verdict.AUTHENTIC, **facts)


async def test_authentic_file_is_told_with_who_signed_and_when(visitor: Visitor, notary: Notary) -> None:
    notary.report = authentic()
    page = await check(visitor)
    assert page.status == 200
    assert notary.shown == [PDF]
    assert "✓ This document is authentic It is exactly what was sealed. Not one bit has changed since." in page.text
    assert "Document Consent to treatment About Mia Park Practice Willow <Creek>" in page.text
    assert "Willow <Creek>" not in page.response.text
    assert "Sealed Sunday, March 1, 2026, 10:30 AM (America/Boise)" in page.text
    assert "Sealed by Willow Creek seal" in page.text
    assert "The time is that of the machine that made the seal." in page.text
    assert "Leo Park (father) Signed: Sunday, March 1, 2026, 10:29 AM (America/Boise)" in page.text
    for known in (
        "Leo P.",
        "the portal account leo.park@example.com and its password, entered for this signature",
        "203.0.113.7",
        "Sunday, March 1, 2026, 5:29 PM (UTC)",
        "version 2026-11, given on Sunday, March 1, 2026, 5:29 PM (UTC)",
        "a" * 64,
        "f" * 64,
    ):
        assert known in page.text


async def test_time_of_an_authority_is_said_to_be_one(visitor: Visitor, notary: Notary) -> None:
    notary.report = authentic(timestamped=True)
    assert "The time comes from an independent authority." in (await check(visitor)).text


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (
            Verdict.ALTERED,
            "✗ This document was altered It was sealed once, and something in it",
        ),
        (
            Verdict.UNRECOGNISED,
            "✗ We don’t recognize this file It is no PDF, or somebody sealed it",
        ),
        (Verdict.UNSEALED, "✗ This document has no seal Nobody has sealed this PDF"),
    ],
)
async def test_other_verdicts_say_what_to_do(visitor: Visitor, notary: Notary, verdict: Verdict, words: str) -> None:
    notary.report = SealReport(verdict)
    page = await check(visitor)
    assert page.status == 200
    assert words in page.text
    assert "✓" not in page.text
    assert "Who signed" not in page.text


async def test_spanish_is_spoken_to_those_who_ask_for_it(visitor: Visitor, notary: Notary) -> None:
    notary.report = authentic()
    assert "Comprobar un documento sellado" in (await visitor.get("/verify", **{"accept-language": "es-MX"})).text
    page = await visitor.get("/verify?lang=es")
    assert page.response.headers["content-language"] == "es"
    assert 'href="?lang=en" lang="en"' in page.response.text
    page = await check(visitor)
    assert "✓ Este documento es auténtico" in page.text
    assert "Leo Park (padre)" in page.text


@pytest.mark.parametrize(
    "attached",
    [
        "",
        "{}",
        "not json",
        '{"signatures": [{"evidence": {}}]}',
        attachment([as_json(evidence(signed_at="x"))]).decode(),
    ],
)
async def test_authentic_file_with_evidence_of_another_kind_is_still_told(
    visitor: Visitor, notary: Notary, attached: str
) -> None:
    notary.report = authentic(evidence=attached)
    page = await check(visitor)
    assert "This document is authentic" in page.text
    assert "Who signed" not in page.text


async def test_time_zone_this_machine_does_not_know_is_no_trouble(visitor: Visitor, notary: Notary) -> None:
    notary.report = authentic(evidence=attachment([as_json(evidence(time_zone="../etc/passwd"))]).decode())
    assert "Sealed Sunday, March 1, 2026, 5:30 PM (UTC)" in (await check(visitor)).text


async def test_form_without_a_file_says_so(visitor: Visitor, notary: Notary) -> None:
    page = await check(visitor, b"")
    assert page.status == 422
    assert 'href="#file">Choose the PDF file that you want to check.' in page.response.text
    assert notary.shown == []


async def test_file_that_is_too_large_is_refused_before_it_is_parsed(visitor: Visitor, notary: Notary) -> None:
    page = await check(visitor, b"%PDF" + b"\0" * MAX_FILE_BYTES)
    assert page.status == 413
    assert "This file has more than 30 MB." in page.text
    assert notary.shown == []
    assert (await check(visitor, b"%PDF" + b"\0" * (MAX_FILE_BYTES - 4))).status == 200


async def test_announced_size_is_enough_to_refuse(visitor: Visitor, notary: Notary) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x", "content-length": "31000000"}
    answer = await visitor.http.post("/verify", content=b"--x", headers=headers)
    assert answer.status_code == 413


async def test_other_pages_still_take_a_megabyte_at_most(practice: Practice, visitor: Visitor) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await visitor.http.post("/willow-creek/", content=b"a" * 1_000_001, headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"csrf_token=x", "application/x-www-form-urlencoded"),
        (PDF, "application/pdf"),
        (b"no parts", "multipart/form-data"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    ],
)
async def test_body_that_is_no_form_with_a_file_is_refused(
    visitor: Visitor, notary: Notary, content: bytes, kind: str
) -> None:
    answer = await visitor.http.post("/verify", content=content, headers={"content-type": kind})
    assert answer.status_code in (400, 403)
    assert notary.shown == []


async def test_form_with_too_many_parts_is_refused(visitor: Visitor, notary: Notary) -> None:
    page = await check(visitor, fields={f"field{number}": "x" for number in range(9)})
    assert page.status == 400
    assert notary.shown == []


@pytest.mark.parametrize("token", ["", "0" * 64])
async def test_form_of_another_browser_is_refused(visitor: Visitor, notary: Notary, token: str) -> None:
    page = await check(visitor, fields={"csrf_token": token})
    assert page.status == 403
    assert "This page was open too long" in page.text
    assert notary.shown == []


async def test_form_of_another_site_is_refused(visitor: Visitor, notary: Notary) -> None:
    page = await check(visitor, headers={"sec-fetch-site": "cross-site"})
    assert page.status == 403
    assert notary.shown == []


async def test_one_network_checks_thirty_files_an_hour(visitor: Visitor, notary: Notary, clock: FixedClock) -> None:
    for _ in range(30):
        assert (await check(visitor)).status == 200
    page = await check(visitor)
    assert (page.status, page.response.headers["retry-after"]) == (429, "3600")
    assert "Too many files were checked from your network." in page.text
    assert len(notary.shown) == 30
    clock.advance(timedelta(hours=1, seconds=1))
    assert (await check(visitor)).status == 200


async def test_second_file_of_a_network_waits_for_the_first(visitor: Visitor, notary: Notary, app: Starlette) -> None:
    arrived, may_end = asyncio.Event(), asyncio.Event()

    class Slow(Notary):
        async def verify(self, content: bytes) -> SealReport:
            arrived.set()
            await may_end.wait()
            return await notary.verify(content)

    portal = app.state.portal
    app.state.portal = replace(portal, services=replace(portal.services, sealer=Slow()))
    first = asyncio.create_task(check(visitor))
    await arrived.wait()
    second = await check(visitor)
    assert (second.status, second.response.headers["retry-after"]) == (503, "60")
    assert "Many files are being checked just now." in second.text
    may_end.set()
    assert (await first).status == 200
    assert (await check(visitor)).status == 200


async def test_files_that_arrive_slowly_keep_nobody_else_out(app: Starlette, practice: Practice) -> None:
    """Ten networks send the first bytes of a file each, and no more."""
    async with serving(app) as address:
        host, _, port = address.rpartition(":")
        # A number of requests come from one machine here, so the name of the network is told by a trusted proxy.
        slow = [await asyncio.open_connection(host, int(port)) for _ in range(10)]
        try:
            for number, (_, writer) in enumerate(slow):
                writer.write(begun_upload(f"198.51.100.{number}"))
                await writer.drain()
            content = b"%PDF-1.7 what was sent"
            for number in range(3):
                answer = await exchange(address, whole_upload(f"203.0.113.{number}", content))
                # The form has no valid token, and that is found when its turn has come.
                assert answer.status == 403
        finally:
            for _, writer in slow:
                writer.transport.abort()


def begun_upload(client: str) -> bytes:
    return (
        b"POST /verify HTTP/1.1\r\nHost: portal.example\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        b"X-Forwarded-For: " + client.encode() + b"\r\nContent-Length: 1000000\r\n\r\n--b\r\n"
    )


def whole_upload(client: str, content: bytes) -> bytes:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n" + content + b"\r\n--b--\r\n"
    )
    head = begun_upload(client).partition(b"\r\n\r\n")[0].replace(b"1000000", b"%d" % len(body))
    return head + b"\r\n\r\n" + body


async def test_files_on_their_way_are_bounded(visitor: Visitor, notary: Notary) -> None:
    spool = Spool(1_000)
    kept = []

    async def body_of(size: int) -> None:
        sent = [{"type": "http.request", "body": b"x" * size, "more_body": False}]

        async def receive() -> Message:
            return sent.pop()

        async with spool.whole_body(Request({"type": "http", "headers": []}, receive)) as file:
            kept.append(file.read())
            if size == 600:
                with pytest.raises(SpoolFull):
                    await body_of(401)
                await body_of(400)

    await body_of(600)
    await body_of(1_000)
    assert [len(body) for body in kept] == [600, 400, 1_000]
    with pytest.raises(SpoolFull):
        await body_of(1_001)


async def test_nothing_of_the_file_is_kept(visitor: Visitor, services: Services, tmp_path: Path) -> None:
    await check(visitor, b"%PDF" + b"\0" * 5_000_000)
    assert not list(services.files._store.list())  # type: ignore[attr-defined]


async def test_every_answer_is_kept_by_nobody(visitor: Visitor) -> None:
    for page in (await visitor.get("/verify"), await check(visitor)):
        assert page.response.headers["cache-control"] == "no-store"
        assert "content-security-policy" in page.response.headers


def test_few_files_are_held_in_memory_at_once() -> None:
    assert 2 * CHECKS_AT_ONCE * MAX_FILE_BYTES <= 128_000_000
