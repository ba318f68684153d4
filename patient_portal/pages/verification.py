"""`/verify`: anybody checks a completed document, without an account, and nothing of it is kept.

Product §4: four verdicts, and the evidence in plain words. It is nobody's page: the file says which practice it is of.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.datastructures import ImmutableMultiDict, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response
from wtforms import FileField

from clinic.documents.evidence import Evidence, attached
from clinic.throttling.refusal_log import log_refusal
from clinic.throttling.throttle import VERIFY_PER_ADDRESS, count_attempt, network_of
from clinic.values.callers import Origin
from clinic.values.errors import TooManyAttempts
from clinic.values.seal_report import SealReport, Verdict
from patient_portal.pages.signing_progress import relative_in_words
from patient_portal.web.cookies import new_visitor
from patient_portal.web.dates import moment_in_words
from patient_portal.web.forms import PortalForm
from patient_portal.web.language import N_, translations_of
from patient_portal.web.nobodys_pages import language_without_practice, page_without_practice
from patient_portal.web.security import BodyLimit, came_from_elsewhere
from patient_portal.web.spooling import Spool, SpoolFull
from patient_portal.web.visit import Portal

# A document has at most 25 MB (`clinic.values.pdf_check`); certificate, evidence and seal come on top.
MAX_FILE_BYTES = 30_000_000
# Bytes of the form around the file.
_ENVELOPE = 100_000
# The file has 120 seconds, which is 2 Mbit/s.
FILE_LIMIT = BodyLimit(MAX_FILE_BYTES + _ENVELOPE, 120.0)
# Each is held in memory, the form and the file, until it is checked. A file takes such a place when it has arrived.
CHECKS_AT_ONCE = 2
# Seconds for which a file that has arrived waits for a place. A check takes at most thirty.
SLOT_SECONDS = 40.0
# Files on their way, in temporary files: one of each network, and bytes of all of them together.
ARRIVING_AT_ONCE = 100
ARRIVING_BYTES = 300_000_000
_CHUNK = 1 << 18

_TOO_LARGE = N_("This file has more than 30 MB. A sealed document of ours never has.")
_NO_FILE = N_("Choose the PDF file that you want to check.")
_BUSY = N_("Many files are being checked just now. Please try again in a minute.")
_TOO_MANY = N_("Too many files were checked from your network. Please try again in an hour.")


class CheckForm(PortalForm):
    """One file."""

    file = FileField(N_("The sealed file (PDF)"))


class _InMemory(MultiPartParser):
    """Parses a form without writing its file down again."""

    spool_max_size = MAX_FILE_BYTES + _ENVELOPE


@dataclass
class VerificationRequest:
    """The visitor, as far as a page without an organization needs to know them."""

    request: Request
    portal: Portal
    language: str
    visitor: str
    new: bool

    def form(self, fields: ImmutableMultiDict[str, str] | None = None) -> CheckForm:
        meta = {
            "csrf_secret": self.portal.services.secrets.derive_token("portal_form", "verify").encode(),
            "csrf_context": f"visitor {self.visitor}",
            "translations": translations_of(self.language),
            "language": self.language,
            "today": self.portal.services.clock.now().date(),
        }
        return CheckForm(fields, meta=meta)

    def gettext(self, message: str) -> str:
        return str(translations_of(self.language).gettext(message))

    def page(self, template: str, status: int = 200, **context: object) -> Response:
        response = page_without_practice(self.request, self.portal.cookies, template, status, **context)
        if self.new:
            self.portal.cookies.keep_visitor(response, self.visitor)
        return response

    def form_page(self, problem: str = "", status: int = 200) -> Response:
        form = self.form()
        if problem:
            form.file.errors = [self.gettext(problem)]
        return self.page("verify.html", status, form=form, problem=bool(problem))


class Verification:
    """The page, and the networks whose files this process has in hand: one file of each.

    Nobody who sends slowly keeps others out, because a place among the checks is taken only by a whole file.
    """

    def __init__(self) -> None:
        self._in_hand: set[str] = set()
        self._spool = Spool(ARRIVING_BYTES)
        self._checks = asyncio.Semaphore(CHECKS_AT_ONCE)

    async def verify(self, request: Request) -> Response:
        """`GET /verify`: the form. `POST /verify`: the verdict on the file that was sent."""
        verification = _request_of(request)
        if request.method != "POST":
            return verification.form_page()
        if came_from_elsewhere(request, verification.portal.origin):
            raise HTTPException(403)
        place = network_of(request.client.host if request.client else None)
        try:
            await count_attempt(VERIFY_PER_ADDRESS, place, verification.portal.services.clock)
        except TooManyAttempts as closed:
            log_refusal(closed, f"{request.method} /verify", Origin(place), None)
            refused = verification.form_page(_TOO_MANY, 429)
            refused.headers["Retry-After"] = str(round(closed.retry_after.total_seconds()))
            return refused
        if place in self._in_hand or len(self._in_hand) >= ARRIVING_AT_ONCE:
            return _busy(verification)
        self._in_hand.add(place)
        try:
            return await self._received(verification)
        except (SpoolFull, TimeoutError):
            return _busy(verification)
        finally:
            self._in_hand.discard(place)

    async def _received(self, verification: VerificationRequest) -> Response:
        """The answer to a file, once all of it is here. Raises `SpoolFull`, or TimeoutError without a place."""
        try:
            async with self._spool.whole_body(verification.request) as body, self._place():
                return await _checked(verification, body)
        except HTTPException as refusal:
            if refusal.status_code != 413:
                raise
            refused = verification.form_page(_TOO_LARGE, 413)
            # What is still under way of the file is not waited for.
            refused.headers["Connection"] = "close"
            return refused

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        async with asyncio.timeout(SLOT_SECONDS):
            await self._checks.acquire()
        try:
            yield
        finally:
            self._checks.release()


def _busy(verification: VerificationRequest) -> Response:
    busy = verification.form_page(_BUSY, 503)
    busy.headers["Retry-After"] = "60"
    # What is still under way of the file is not waited for.
    busy.headers["Connection"] = "close"
    return busy


async def _checked(verification: VerificationRequest, body: IO[bytes]) -> Response:
    form, content = await _parsed(verification, body)
    if not form.validate():
        return verification.page("verify.html", 403, form=form, problem=True)
    if not content:
        return verification.form_page(_NO_FILE, 422)
    if len(content) > MAX_FILE_BYTES:
        return verification.form_page(_TOO_LARGE, 413)
    return _verdict_page(verification, await verification.portal.services.sealer.verify(content))


async def _parsed(verification: VerificationRequest, body: IO[bytes]) -> tuple[CheckForm, bytes]:
    """The form and the bytes of its file. Nothing is parsed before all of it has arrived within the edge's limit."""
    if not verification.request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise HTTPException(400)
    try:
        sent = await _InMemory(verification.request.headers, _chunks(body), max_files=1, max_fields=5).parse()
    except MultiPartException:
        raise HTTPException(400) from None
    try:
        texts = [(name, value) for name, value in sent.multi_items() if isinstance(value, str)]
        file = sent.get("file")
        return verification.form(ImmutableMultiDict(texts)), await file.read() if isinstance(file, UploadFile) else b""
    finally:
        await sent.close()


async def _chunks(body: IO[bytes]) -> AsyncGenerator[bytes, None]:
    while chunk := await asyncio.to_thread(body.read, _CHUNK):
        yield chunk
    yield b""


@dataclass(frozen=True)
class SignatureInWords:
    """One signature for people: what they want to know first, and the rest as rows of label and value."""

    signer: str
    kind: str
    client: str
    title: str
    organization: str
    signed_at: str
    rest: Sequence[tuple[str, str]]


def _verdict_page(verification: VerificationRequest, report: SealReport) -> Response:
    try:
        evidence = attached(report.evidence) if report.evidence else ()
        signatures = [_in_words(one, verification) for one in evidence]
    except ValueError:
        # Sealed by an authority we know, for a program that writes its evidence otherwise.
        evidence, signatures = (), []
    zone = evidence[0].time_zone if evidence else "UTC"
    return verification.page(
        "verdict.html",
        verdict=report.verdict.value,
        authentic=report.verdict is Verdict.AUTHENTIC,
        report=report,
        sealed_by=_common_name(report.sealed_by),
        sealed_at=_moment(report.sealed_at, zone, verification.language) if report.sealed_at else "",
        signatures=signatures,
    )


def _common_name(subject: str) -> str:
    """What people call the owner of a certificate, where its subject says that."""
    found = re.search(r"(?:^|,\s*)CN=([^,]+)", subject)
    return found[1].strip() if found else subject


def _in_words(one: Evidence, verification: VerificationRequest) -> SignatureInWords:
    _ = verification.gettext
    by_password = one.authentication == "password"
    known_by = _(N_("the portal account %(email)s and its password, entered for this signature"))
    agreement = _(N_("version %(version)s, given on %(when)s"))
    given_at = _utc(one.consent.given_at, verification.language)
    return SignatureInWords(
        signer=one.signer,
        # A person with the file can read this in it, in the practice's own words.
        kind=relative_in_words(one.relationship, _) or one.relationship,
        client=one.client,
        title=one.document_title,
        organization=one.organization,
        signed_at=_moment(datetime.fromisoformat(one.signed_at), one.time_zone, verification.language),
        rest=(
            (_(N_("Typed name")), one.typed_name),
            (_(N_("In UTC")), _utc(one.signed_at, verification.language)),
            (_(N_("Known by")), known_by % {"email": one.account_email} if by_password else one.authentication),
            (_(N_("Network address")), one.address),
            (_(N_("Browser or app")), one.agent),
            (
                _(N_("Agreement to sign electronically")),
                agreement % {"version": one.consent.version, "when": given_at},
            ),
            (_(N_("SHA-256 of the original")), one.document_sha256),
        ),
    )


def _utc(moment: str, language: str) -> str:
    return _moment(datetime.fromisoformat(moment), "UTC", language)


def _moment(moment: datetime, zone: str, language: str) -> str:
    """In the practice's zone, which is named; a file may name one that this machine doesn't know."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = "UTC"
    return f"{moment_in_words(moment, zone, language)} ({zone})"


def _request_of(request: Request) -> VerificationRequest:
    portal: Portal = request.app.state.portal
    language = language_without_practice(request, portal.cookies)
    visitor = portal.cookies.visitor(request)
    return VerificationRequest(request, portal, language, visitor or new_visitor(), new=visitor is None)
