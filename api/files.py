"""`GET /files/{token}`: short-lived addresses of PDFs that the schema handed out. The token is the permission."""

import unicodedata
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from api.archives import PREFIX as EXPORT_PREFIX
from api.archives import archive
from api.requests.origin import origin_of
from api.requests.refusal_words import refusal_words
from clinic.documents.addresses import PREFIX, file_at, file_name
from clinic.portal_access.queries import sheet_to_render
from clinic.throttling.refusal_log import log_refusal, log_refused
from clinic.values.errors import TooManyAttempts
from clinic.values.ports import FileStoreUnavailable, Services

# Seconds until a client asks again.
_RETRY_AFTER = 5
# Of a file name, before ".pdf"; and what one system or another reads as more than a letter.
_LONGEST_NAME = 100
_SPECIAL = frozenset('\\/:*?"<>|%')

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A PDF viewer needs nothing; nobody may frame it.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


async def file(request: Request) -> Response:
    """The PDF; 404 for a token that is unknown, has run out, or whose person lost the right."""
    token = request.path_params["token"]
    if token.startswith(EXPORT_PREFIX):
        return await archive(request, token)
    return await (_document(request, token) if token.startswith(PREFIX) else _sheet(request, token))


async def _sheet(request: Request, token: str) -> Response:
    """Printed instructions, drawn now."""
    services: Services = request.app.state.services
    sheet = await sheet_to_render(token, services)
    if sheet is None:
        log_refused("FILE_ADDRESS_NOT_USABLE", "files", origin_of(request), None)
        return _gone("This address has run out. Print the instructions again.")
    pdf = await services.pdf.instruction_sheet(sheet)
    return _pdf(request, pdf, 'inline; filename="portal-instructions.pdf"')


async def _document(request: Request, token: str) -> Response:
    """A document's original or sealed bytes. The audit has it as a download, also where only the head was asked for."""
    try:
        found = await file_at(token, origin_of(request), request.app.state.services)
    except FileStoreUnavailable:
        headers = {**_HEADERS, "Retry-After": str(_RETRY_AFTER)}
        return PlainTextResponse("Files can't be read now. Try again in a while.", 503, headers=headers)
    except TooManyAttempts as refused:
        log_refusal(refused, "files", origin_of(request), None)
        seconds = max(1, round(refused.retry_after.total_seconds()))
        return PlainTextResponse(refusal_words(refused), 429, headers={**_HEADERS, "Retry-After": str(seconds)})
    if found is None:
        log_refused("FILE_ADDRESS_NOT_USABLE", "files", origin_of(request), None)
        return _gone("This address has run out. Open the document again.")
    sealed = found.name == file_name(found.document, completed=True)
    return _pdf(request, found.content, inline_as(found.document.title + " (signed)" * sealed, found.name))


def inline_as(title: str, plain_name: str) -> str:
    """The Content-Disposition of a PDF: a plain name for every client, and the title for those that take it (RFC 6266).

    The title is what people typed: of it stays what no system reads anything into, and no mark that reorders text.
    """
    kept = "".join(" " if character in _SPECIAL or _unprintable(character) else character for character in title)
    name = " ".join(kept.split()).strip(". ")[:_LONGEST_NAME]
    return f"inline; filename=\"{plain_name}\"; filename*=UTF-8''{quote(name or 'document', safe='')}.pdf"


def _unprintable(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")


def _pdf(request: Request, content: bytes, disposition: str) -> Response:
    headers = {**_HEADERS, "Content-Disposition": disposition, "Content-Length": str(len(content))}
    return Response(b"" if request.method == "HEAD" else content, media_type="application/pdf", headers=headers)


def _gone(words: str) -> Response:
    return PlainTextResponse(words, status_code=404, headers=_HEADERS)
