"""Receives a picture for the logo, and makes it the organization's logo."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from clinic.organizations.errors import LogoNotUsable
from clinic.organizations.models import LogoUpload, Organization, OrganizationLogo
from clinic.throttling.throttle import UPLOADS_PER_STAFF, count_attempt
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput, NotFound
from clinic.values.logo import DrawnLogo, LogoRefused
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

# As long as an uploaded document waits.
LOGO_UPLOAD_LIFETIME = timedelta(hours=24)


def digest_of(png: bytes) -> str:
    """The SHA-256 of the PNG for letters and pages, by which addresses of the logo are told apart."""
    return hashlib.sha256(png).hexdigest()


def require_logo_upload(caller: StaffCaller) -> None:
    """Raise `NotPermitted` unless the caller may send a logo. The server calls it before it reads the bytes."""
    caller.require(Permission.MANAGE_ORGANIZATION)


async def redraw_logo(content: bytes, services: Services) -> DrawnLogo:
    """The picture in the sizes we need. Raises `LogoNotUsable`."""
    try:
        return await services.logos.redraw(content)
    except LogoRefused as refused:
        raise LogoNotUsable(refused.problem) from None


async def receive_logo(caller: StaffCaller, content: bytes, services: Services) -> LogoUpload:
    """Check and redraw a picture, and keep it for a day. `update_organization` makes it the logo.

    Needs MANAGE_ORGANIZATION. Raises `NotPermitted`, `TooManyAttempts`, `LogoNotUsable`; then nothing is kept.
    """
    require_logo_upload(caller)
    await count_attempt(UPLOADS_PER_STAFF, str(caller.staff_member_id), services.clock)
    drawn = await redraw_logo(content, services)
    return await _keep(caller, drawn, services)


@retry_on_conflict
async def _keep(caller: StaffCaller, drawn: DrawnLogo, services: Services) -> LogoUpload:
    async with unit_of_work(caller, services) as work:
        upload = await LogoUpload.create(
            id=uuid4(),
            organization_id=caller.organization_id,
            png=drawn.png,
            print_png=drawn.print_png,
            icon_png=drawn.icon_png,
            sha256=digest_of(drawn.png),
            uploaded_by=caller.staff_member_id,
            created_at=work.now,
            expires_at=work.now + LOGO_UPLOAD_LIFETIME,
        )
        work.audit("logo.received", upload, sha256=upload.sha256, bytes=len(drawn.png))
    return upload


async def uploaded_logo(caller: StaffCaller | SystemCaller, upload_id: UUID, now: datetime) -> LogoUpload:
    """The picture that a member of the organization sent. Raises `NotFound`, or `InvalidInput` if it has expired."""
    upload = await LogoUpload.get_or_none(organization_id=caller.organization_id, id=upload_id)
    if upload is None:
        raise NotFound("logoUploadId")
    if upload.expires_at <= now:
        raise InvalidInput.one("logoUploadId", Problem.LOGO_EXPIRED)
    return upload


async def set_logo(organization: Organization, logo: DrawnLogo | LogoUpload | None) -> None:
    """Replace the logo inside the current transaction; None removes it. The organization's row is locked."""
    await OrganizationLogo.filter(organization_id=organization.id).delete()
    if logo is not None:
        await OrganizationLogo.create(
            organization_id=organization.id,
            png=logo.png,
            print_png=logo.print_png,
            icon_png=logo.icon_png,
            sha256=digest_of(logo.png),
        )


async def remove_old_logo_uploads(now: datetime) -> int:
    """Delete pictures that became no logo within a day. Returns how many."""
    return await LogoUpload.filter(expires_at__lt=now).delete()
