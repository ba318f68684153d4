"""Addresses at which a browser shows a preview. Nothing is stored: the address itself holds the unsaved settings.

It is encrypted, ends after ten minutes or with the session that made it, and opens only for a caller who may still
change the settings, or invite the contact.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from clinic.organizations.actions import OrganizationChanges
from clinic.portal_access.models import LetterSender
from clinic.sessions.queries import caller_of_session
from clinic.values.callers import Origin, Permission, StaffCaller
from clinic.values.paper import PaperSize
from clinic.values.ports import Services

PREVIEW_LIFETIME = timedelta(minutes=10)


class PreviewKind(StrEnum):
    LETTER = "letter"
    SHEET_IMAGE = "sheet_image"
    SHEET_PDF = "sheet_pdf"
    LOGO = "logo"
    INVITATION = "invitation"


@dataclass(frozen=True)
class PreviewRequest:
    """What is to be shown, with the settings that are not saved yet."""

    kind: PreviewKind
    changes: OrganizationChanges = field(default_factory=OrganizationChanges)
    language: str = ""
    sender: LetterSender = LetterSender.AUTOMATIC
    facility_id: UUID | None = None
    paper: PaperSize | None = None
    dark: bool = False
    contact_id: UUID | None = None


def preview_address(caller: StaffCaller, request: PreviewRequest, services: Services) -> str:
    """The address. The settings in it have been checked by the caller."""
    content = {
        "session": str(caller.session_id),
        "until": (services.clock.now() + PREVIEW_LIFETIME).isoformat(),
        **asdict(request),
        "changes": {name: value for name, value in vars(request.changes).items() if value not in (None, False)},
    }
    content["changes"].pop("logo", None)
    token = services.secrets.encrypt(json.dumps(content, ensure_ascii=False, default=str))
    return f"{services.addresses.api_url}/previews/{token}"


async def preview_at(token: str, origin: Origin, services: Services) -> tuple[StaffCaller, PreviewRequest] | None:
    """Who asks for what; None if the address is unknown or has ended, or its person may not see this now."""
    now = services.clock.now()
    try:
        content = json.loads(services.secrets.decrypt(token))
    except ValueError:
        return None
    # Other ciphertexts of the deployment, such as a PIN, are no JSON object with these names.
    if not isinstance(content, dict) or "until" not in content or datetime.fromisoformat(content["until"]) <= now:
        return None
    caller = await caller_of_session(UUID(content["session"]), origin, now)
    kind = PreviewKind(content["kind"])
    needed = Permission.WEB_PORTAL if kind is PreviewKind.INVITATION else Permission.MANAGE_ORGANIZATION
    if not isinstance(caller, StaffCaller) or not caller.may(needed):
        return None
    changes = dict(content["changes"])
    if "languages" in changes:
        changes["languages"] = tuple(changes["languages"])
    if "paper_size" in changes:
        changes["paper_size"] = PaperSize(changes["paper_size"])
    if "logo_upload_id" in changes:
        changes["logo_upload_id"] = UUID(changes["logo_upload_id"])
    return caller, PreviewRequest(
        kind,
        OrganizationChanges(**changes),
        content["language"],
        LetterSender(content["sender"]),
        UUID(content["facility_id"]) if content["facility_id"] else None,
        PaperSize(content["paper"]) if content["paper"] else None,
        content["dark"],
        UUID(content["contact_id"]) if content["contact_id"] else None,
    )
