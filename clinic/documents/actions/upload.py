"""Receives PDFs that staff upload, and deletes old uploads that became no document."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.documents.errors import UploadRefused
from clinic.documents.files import sha256_of, store_document
from clinic.documents.models import Upload
from clinic.throttling.throttle import UPLOADS_PER_STAFF, count_attempt
from clinic.values.callers import Permission, StaffCaller
from clinic.values.ports import AcceptedPdf, PdfRefused, Services
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

# A working day and the evening after it. After that, staff must upload the file again.
UPLOAD_LIFETIME = timedelta(hours=24)


def require_upload(caller: StaffCaller) -> None:
    """Raise `NotPermitted` unless the caller may upload. The server calls it before it reads the bytes."""
    caller.require(Permission.WEB_PORTAL)


@dataclass(frozen=True)
class ReceivedUpload:
    """The upload. `flattened` says that the stored copy differs from what was sent: this copy is what counts."""

    upload: Upload
    flattened: bool


async def receive_upload(caller: StaffCaller, content: bytes, services: Services) -> ReceivedUpload:
    """Check the PDF, store it as a static copy, and create the upload, which can become a document within a day.

    Product §4, one file, one reading: form fields, notes and layers become part of the pages, and the copy is what
    everybody sees, signs and gets. The same PDF twice makes two uploads and one file. Raises `NotPermitted`,
    `TooManyAttempts`, `UploadRefused`, and `FileStoreUnavailable`; then no upload is created.
    """
    require_upload(caller)
    await count_attempt(UPLOADS_PER_STAFF, str(caller.staff_member_id), services.clock)
    try:
        accepted = await services.reader.accept(content)
    except PdfRefused as refused:
        raise UploadRefused(refused.problem) from None
    # The file is stored before the row: after a crash in between there are unused bytes, but no row without bytes.
    sha256 = await store_document(caller.organization_id, accepted.content, services)
    sent = await asyncio.to_thread(sha256_of, content)
    upload = await _create_upload(caller, accepted, sha256, sent, services)
    return ReceivedUpload(upload, accepted.flattened)


@retry_on_conflict
async def _create_upload(
    caller: StaffCaller, accepted: AcceptedPdf, sha256: str, sent: str, services: Services
) -> Upload:
    size, pages = len(accepted.content), accepted.page_count
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
        # Shows later which file a flattened copy was made from.
        made_from = {"sent_sha256": sent} if accepted.flattened else {}
        work.audit("upload.received", upload, sha256=sha256, bytes=size, pages=pages, **made_from)
        return upload


async def remove_old_uploads(now: datetime) -> int:
    """Delete expired uploads. Returns how many.

    Only rows are deleted. The bytes stay, because a document may use them and the store deletes nothing.
    """
    return await Upload.filter(expires_at__lt=now).delete()
