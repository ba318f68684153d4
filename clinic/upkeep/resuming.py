"""Lets a restored copy send again, or gives up what was due when its backup was made (product §8)."""

from dataclasses import dataclass
from datetime import datetime

from clinic.documents.letters import NEXT_REMINDER
from clinic.documents.models import Signature
from clinic.mail.models import Letter, LetterStatus
from clinic.organizations.models import Organization
from clinic.values.callers import SystemCaller
from clinic.values.ports import Services
from clinic.webhooks.cleanup import give_up_older_deliveries
from clinic.webhooks.models import WebhookDelivery, WebhookDeliveryState
from clinic.work.models import HeldCopy
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

GIVEN_UP = "given up: older than the restored backup"


@dataclass(frozen=True)
class Resumed:
    """What waits goes out now. Letters that were given up are shown as failed, so that staff can send them anew."""

    backup_made_at: datetime
    waiting: int
    given_up: int
    webhooks_waiting: int
    webhooks_given_up: int


async def resume(services: Services, *, give_up_older: bool) -> Resumed | None:
    """End the hold; None if the database is not held. The last step ends it, so an interrupted run is run again."""
    copy = await HeldCopy.get_or_none(resumed_at=None)
    if copy is None:
        return None
    letters = webhooks = 0
    for organization in await Organization.all().order_by("id"):
        given_up = await _resume(organization, copy, services, give_up_older=give_up_older)
        letters, webhooks = letters + given_up[0], webhooks + given_up[1]
    waiting = await Letter.filter(status=LetterStatus.QUEUED).count()
    webhooks_waiting = await WebhookDelivery.filter(state=WebhookDeliveryState.WAITING).count()
    ended = HeldCopy.filter(id=copy.id, restored_at=copy.restored_at, resumed_at=None)
    if not await ended.update(resumed_at=services.clock.now(), gave_up=give_up_older):
        return None
    return Resumed(copy.backup_made_at, waiting, letters, webhooks_waiting, webhooks)


@retry_on_conflict
async def _resume(
    organization: Organization, copy: HeldCopy, services: Services, *, give_up_older: bool
) -> tuple[int, int]:
    """Give up what is older of the organization if asked to, and record it. Returns how many letters and webhooks."""
    async with unit_of_work(SystemCaller(organization.id, "vestibule resume"), services) as work:
        older: list[Letter] = []
        webhooks = 0
        if give_up_older:
            queued = Letter.filter(organization_id=organization.id, status=LetterStatus.QUEUED)
            older = await queued.filter(created_at__lte=copy.backup_made_at).order_by("id").select_for_update()
            await Letter.filter(id__in=[letter.id for letter in older]).update(
                status=LetterStatus.FAILED, failed_at=work.now, claimed_until=None, failure=GIVEN_UP
            )
            webhooks = await give_up_older_deliveries(organization.id, copy.backup_made_at, work.now)
            due = Signature.filter(organization_id=organization.id, remind_at__lte=work.now)
            await due.update(remind_at=work.now + NEXT_REMINDER)
        for letter in older:
            work.audit("letter.failed", letter, reason=GIVEN_UP, attempts=letter.attempts)
        work.audit(
            "backup.resumed",
            organization,
            backup_made_at=copy.backup_made_at.isoformat(),
            restored_at=copy.restored_at.isoformat(),
            letters_given_up=len(older),
            webhooks_given_up=webhooks,
        )
    return len(older), webhooks
