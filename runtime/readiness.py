"""The readiness check of both servers, for load balancers and operators (docs/decisions/0046-ready-and-degraded.md)."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta
from weakref import WeakKeyDictionary

import structlog

from clinic.database.faults import is_unavailable
from clinic.upkeep.backlog import letters_backlog
from clinic.values.ports import FileStore, FileStoreUnavailable, Sealer, Services
from clinic.work.held import is_held
from runtime.database import schema_version_problem
from runtime.signing import UNAVAILABLE, signing_status

# Seconds. The result is cached, because /readyz is public and each probe writes to the file store.
FILES_CACHE_SECONDS = 3.0
# Seconds until a database that does not answer counts as unreachable. Load balancers wait a few seconds.
DATABASE_TIMEOUT_SECONDS = 3.0
# Seconds. Each check reads, decrypts and tries the signing key.
SIGNING_CACHE_SECONDS = 10.0
# A worker takes a due letter within a second. If one is due for so long, no worker runs, or it can't keep up.
LETTERS_LATE_AFTER = timedelta(minutes=5)

OK = "ok"
NO_MAIL_SERVER = "not set"
LETTERS_WAIT = "letters wait"
HELD = "held"
RETRYING = "retrying"

log = structlog.get_logger(__name__)

_files_answers: WeakKeyDictionary[FileStore, tuple[float, str]] = WeakKeyDictionary()
_signing_answers: WeakKeyDictionary[Sealer, tuple[float, str]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Readiness:
    """`parts` has the state of each dependency by its name. A degraded part stops what needs it and nothing else."""

    ready: bool
    parts: dict[str, str]
    degraded: tuple[str, ...] = field(default=())

    @property
    def body(self) -> dict[str, object]:
        """What `/readyz` answers."""
        return {"ready": self.ready, "degraded": list(self.degraded), **self.parts}


async def readiness(services: Services) -> Readiness:
    """Ready while the database answers and has the schema. Costs three statements plus the cached checks.

    The mail server is not asked: each face would sign in to it all day. The outbox shows whether letters leave.
    """
    try:
        async with asyncio.timeout(DATABASE_TIMEOUT_SECONDS):
            problem = await schema_version_problem()
            if problem:
                return Readiness(False, {"database": OK, "schema": problem})
            mail = await _mail(services)
    except Exception as error:  # noqa: BLE001 - the outermost edge: whatever the reason, nothing can be served
        if not is_unavailable(error):
            log.error("readiness.defect", error=type(error).__name__)
        return Readiness(False, {"database": "unreachable"})
    files, signing = await _files(services.files), await _signing(services)
    degraded = {"files": files != OK, "signing": signing == UNAVAILABLE, "mail": mail != OK}
    parts = {"database": OK, "schema": OK, "files": files, "signing": signing, "mail": mail}
    return Readiness(True, parts, tuple(part for part, yes in degraded.items() if yes))


async def _mail(services: Services) -> str:
    """`ok`, or why letters do not leave.

    `held`: this is a restored copy that must not send yet. `not set`: there is no mail server. `letters wait`: nobody
    sends them. `retrying`: the mail server did not take some.
    """
    if await is_held():
        return HELD
    if services.mail is None:
        return NO_MAIL_SERVER
    letters = await letters_backlog()
    if letters.first_due is not None and services.clock.now() - letters.first_due > LETTERS_LATE_AFTER:
        return LETTERS_WAIT
    return RETRYING if letters.retrying else OK


async def _files(files: FileStore) -> str:
    """`ok` or `unavailable`. The reason is not public; `vestibule check` reports it."""
    asked_at, answer = _files_answers.get(files, (0.0, ""))
    if answer and time.monotonic() - asked_at < FILES_CACHE_SECONDS:
        return answer
    try:
        await files.probe()
        answer = OK
    except FileStoreUnavailable:
        answer = "unavailable"
    _files_answers[files] = time.monotonic(), answer
    return answer


async def _signing(services: Services) -> str:
    """`ok`, `expires in N days` or `unavailable`."""
    asked_at, answer = _signing_answers.get(services.sealer, (0.0, ""))
    if not answer or time.monotonic() - asked_at >= SIGNING_CACHE_SECONDS:
        answer = await signing_status(services.sealer, services.clock)
        _signing_answers[services.sealer] = time.monotonic(), answer
    return answer
