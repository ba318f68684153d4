"""`GET /files/x.…`: a person's whole record as a zip, made when its address is opened and stored nowhere."""

import asyncio
import tempfile
import zipfile
from collections.abc import AsyncIterator
from typing import IO

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from api.requests.origin import origin_of
from clinic.charts.actions import contact_to_archive, exported_files
from clinic.charts.actions.export import PREFIX as PREFIX
from clinic.throttling.refusal_log import log_refused
from clinic.values.ports import FileStoreUnavailable, Services

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
# An archive up to this size stays in memory; a larger one goes to a temporary file without a name.
_IN_MEMORY = 8_000_000
_CHUNK = 256_000


async def archive(request: Request, token: str) -> Response:
    """The zip; 404 for an address that has run out, or whose session ended or lost a permission."""
    services: Services = request.app.state.services
    contact = await contact_to_archive(token, origin_of(request), services)
    if contact is None:
        log_refused("FILE_ADDRESS_NOT_USABLE", "files", origin_of(request), None)
        return PlainTextResponse("This address has run out. Export the record again.", 404, headers=_HEADERS)
    disposition = {"Content-Disposition": f'attachment; filename="record-{contact.id}.zip"'}
    if request.method == "HEAD":
        return Response(media_type="application/zip", headers=_HEADERS | disposition)
    made = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed after the answer
    try:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
            async for name, content in exported_files(contact, services):
                await asyncio.to_thread(packed.writestr, name, content)
    except FileStoreUnavailable:
        made.close()
        headers = {**_HEADERS, "Retry-After": "5"}
        return PlainTextResponse("Files can't be read now. Try again in a while.", 503, headers=headers)
    except BaseException:
        made.close()
        raise
    headers = {**_HEADERS, **disposition, "Content-Length": str(made.tell())}
    made.seek(0)
    closing = BackgroundTask(made.close)
    return StreamingResponse(_chunks(made), media_type="application/zip", headers=headers, background=closing)


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, _CHUNK):
        yield chunk
