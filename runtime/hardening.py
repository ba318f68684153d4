"""What the servers and the worker do at start so that parsing strangers' files can't reach their secrets."""

import structlog

from adapters.sandbox import forbid_reading_this_process
from adapters.sandbox_report import what_the_box_leaves_open

_log = structlog.get_logger(__name__)


def protect_this_process() -> None:
    """Other processes of this user can't read its environment and memory any more. It leaves no core file. Linux."""
    forbid_reading_this_process()


async def log_the_box() -> None:
    """One line at start: whether strangers' PDFs are parsed apart from everything else on this system."""
    left = await what_the_box_leaves_open()
    if left:
        _log.warning("pdf_box.open", left=left)
    else:
        _log.info("pdf_box.closed")
