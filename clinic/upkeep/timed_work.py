"""Work that is due at some time: deleting old rows, ending relatives' access by age, and reminders."""

import logging

from clinic.documents.actions.erased_files import delete_erased_files
from clinic.documents.actions.remind import remind_signers
from clinic.documents.actions.upload import remove_old_uploads
from clinic.factors.challenges import remove_ended_challenges
from clinic.organizations.logos import remove_old_logo_uploads
from clinic.portal_access.ageing import end_aged_access
from clinic.service_accounts.cleanup import remove_used_assertions
from clinic.sessions.actions import remove_spent_tokens
from clinic.single_sign_on.actions.come_back import remove_ended_provider_sign_ins
from clinic.throttling.throttle import remove_ended_windows
from clinic.upkeep.clock_set_back import mend_future_times
from clinic.values.ports import Services
from clinic.webhooks.cleanup import remove_old_deliveries
from clinic.work.announcing import remove_old_changes
from clinic.work.answered_forms import remove_old_answers
from clinic.work.held import is_held
from clinic.work.idempotency import remove_old_keys

log = logging.getLogger(__name__)


async def run_timed_work(services: Services) -> None:
    """Do all work that is due now. It may run twice, and in several workers at the same time.

    In a restored copy that is held, it waits: it would send reminders again, and delete files that were restored.
    """
    if await is_held():
        log.warning("restored copy is held", extra={"remedy": "vestibule resume"})
        return
    now = services.clock.now()
    done = {
        "future_times": await mend_future_times(now),
        "throttle_windows": await remove_ended_windows(now),
        "idempotency_keys": await remove_old_keys(now),
        "answered_forms": await remove_old_answers(now),
        "spent_tokens": await remove_spent_tokens(now),
        "factor_challenges": await remove_ended_challenges(now),
        "provider_sign_ins": await remove_ended_provider_sign_ins(services),
        "used_assertions": await remove_used_assertions(now),
        "old_changes": await remove_old_changes(now),
        "old_webhooks": await remove_old_deliveries(now),
        "old_uploads": await remove_old_uploads(now),
        "old_logo_uploads": await remove_old_logo_uploads(now),
        "erased_files": await delete_erased_files(services),
        "access_ended_by_age": await end_aged_access(services),
        "signers_reminded": await remind_signers(services),
    }
    log.info("upkeep done", extra=done)
