"""Implements the port `LogoPainter`: each picture is opened in a process of its own (`adapters.subprocess_pool`)."""

import logging

from adapters.framing import unframe_parts
from adapters.subprocess_pool import ProcessFailed, SubprocessPool
from clinic.values.limits import MOST_LOGO_BYTES
from clinic.values.logo import DrawnLogo, LogoProblem, LogoRefused

log = logging.getLogger(__name__)

# 16 megapixels take a second on an idle machine. The process runs at low priority.
REDRAW_SECONDS = 20.0
# For each server process; the machine has other work.
MAX_CONCURRENT = 2
# Three PNGs. The largest is the one for print.
MAX_ANSWER_BYTES = 8_000_000


class ProcessLogoPainter:
    """Redraws pictures in single-use processes. Up to `MAX_CONCURRENT` run at once; further requests wait."""

    def __init__(self, *, seconds: float = REDRAW_SECONDS) -> None:
        self._seconds = seconds
        self._processes = SubprocessPool(
            "adapters.logos.child", max_concurrent=MAX_CONCURRENT, max_answer_bytes=MAX_ANSWER_BYTES
        )

    async def redraw(self, content: bytes) -> DrawnLogo:
        """The picture in the sizes we need; `adapters.logos.drawing` has the rules."""
        if len(content) > MOST_LOGO_BYTES:
            raise LogoRefused(LogoProblem.TOO_LARGE)
        try:
            word, answer = await self._processes.ask(content, self._seconds)
        except ProcessFailed as failed:
            log.warning("redrawing a logo failed", extra={"reason": failed.reason})
            raise LogoRefused(LogoProblem.BROKEN) from None
        if word != "ok":
            raise LogoRefused(LogoProblem(word))
        return DrawnLogo(*unframe_parts(answer))
