"""The readiness check of both servers, for load balancers and operators."""

import asyncio
import time
from weakref import WeakKeyDictionary

import structlog

from clinic.database.faults import is_unavailable
from clinic.values.ports import FileStore, FileStoreUnavailable, Sealer, Services
from runtime.database import schema_version_problem
from runtime.signing import UNAVAILABLE, signing_status

# Seconds. The result is cached, because /readyz is public and each probe writes to the file store.
FILES_CACHE_SECONDS = 3.0
# Seconds until a database that does not answer counts as unreachable. Load balancers wait a few seconds.
DATABASE_TIMEOUT_SECONDS = 3.0
# Seconds. Each check reads, decrypts and tries the signing key.
SIGNING_CACHE_SECONDS = 10.0

log = structlog.get_logger(__name__)

_files_answers: WeakKeyDictionary[FileStore, tuple[float, str]] = WeakKeyDictionary()
_signing_answers: WeakKeyDictionary[Sealer, tuple[float, str]] = WeakKeyDictionary()


async def readiness(services: Services) -> tuple[bool, dict[str, str]]:
    """Whether the process is ready, and the status of each dependency. Costs one statement plus the cached checks.

    The mail server is not checked: without it, letters wait in the outbox and both servers still answer.
    """
    try:
        async with asyncio.timeout(DATABASE_TIMEOUT_SECONDS):
            problem = await schema_version_problem()
    except Exception as error:  # noqa: BLE001 - the outermost edge: whatever the reason, nothing can be served
        if not is_unavailable(error):
            log.error("readiness.defect", error=type(error).__name__)
        return False, {"database": "unreachable"}
    files, signing = await _files(services.files), await _signing(services)
    ready = not problem and files == "ok" and signing != UNAVAILABLE
    return ready, {"database": "ok", "schema": problem or "ok", "files": files, "signing": signing}


async def _files(files: FileStore) -> str:
    """`ok` or `unavailable`. The reason is not public; `vestibule check` reports it."""
    asked_at, answer = _files_answers.get(files, (0.0, ""))
    if answer and time.monotonic() - asked_at < FILES_CACHE_SECONDS:
        return answer
    try:
        await files.probe()
        answer = "ok"
    except FileStoreUnavailable:
        answer = "unavailable"
    _files_answers[files] = time.monotonic(), answer
    return answer


async def _signing(services: Services) -> str:
    """`ok`, `expires in N days` (still ready), or `unavailable`."""
    asked_at, answer = _signing_answers.get(services.sealer, (0.0, ""))
    if not answer or time.monotonic() - asked_at >= SIGNING_CACHE_SECONDS:
        answer = await signing_status(services.sealer, services.clock)
        _signing_answers[services.sealer] = time.monotonic(), answer
    return answer
