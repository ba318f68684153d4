"""Taking in a PDF that staff send, and forgetting those that became no document."""

from datetime import datetime, timedelta

from clinic.documents.errors import UploadRefused
from clinic.documents.files import keep_document
from clinic.documents.models import Upload
from clinic.throttling.throttle import UPLOADS_PER_STAFF, count_attempt
from clinic.values.callers import Permission, StaffCaller
from clinic.values.ports import PdfRefused, Services
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

# A working day, and the evening after it; whoever comes back later sends the file again.
UPLOAD_LIFETIME = timedelta(hours=24)


def require_upload(caller: StaffCaller) -> None:
    """Raise `NotPermitted` unless the caller may upload: to ask before the bytes are read."""
    caller.require(Permission.WEB_PORTAL)


async def receive_upload(caller: StaffCaller, content: bytes, services: Services) -> Upload:
    """Look into the PDF, store its bytes, and note that they may become a document within a day.

    Sent twice it is two uploads and one file. Raises `NotPermitted`, `TooManyAttempts`, `UploadRefused`, and
    `FileStoreUnavailable`; nothing is noted then.
    """
    require_upload(caller)
    await count_attempt(UPLOADS_PER_STAFF, str(caller.staff_member_id), services.clock)
    try:
        pages = await services.reader.inspect(content)
    except PdfRefused as refused:
        raise UploadRefused(refused.problem) from None
    # The file before the row: a crash in between leaves bytes that nobody can ask for, never a row without bytes.
    sha256 = await keep_document(caller.organization_id, content, services)
    return await _note(caller, sha256, len(content), pages, services)


@retry_on_conflict
async def _note(caller: StaffCaller, sha256: str, size: int, pages: int, services: Services) -> Upload:
    async with unit_of_work(caller, services) as work:
        upload = await Upload.create(
            organization_id=caller.organization_id,
            sha256=sha256,
            byte_count=size,
            page_count=pages,
            uploaded_by_id=caller.staff_member_id,
            created_at=work.now,
            expires_at=work.now + UPLOAD_LIFETIME,
        )
        work.audit("upload.received", upload, sha256=sha256, bytes=size, pages=pages)
        return upload


async def remove_old_uploads(now: datetime) -> int:
    """Housekeeping: forget uploads whose time has passed. Returns how many.

    Only rows go. The bytes stay: a document may be made of the same ones, and the store deletes nothing.
    """
    return await Upload.filter(expires_at__lt=now).delete()
