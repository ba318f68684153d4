"""Whether this process can do its work, for load balancers and for people: asked by both faces."""

import time
from weakref import WeakKeyDictionary

import asyncpg
from tortoise.exceptions import BaseORMException

from clinic.values.ports import FileStore, FileStoreUnavailable, Sealer, Services
from runtime.database import schema_version_problem
from runtime.signing import UNAVAILABLE, signing_status

# Seconds an answer of the file store stands: /readyz is open to everybody, and each probe writes to the disk.
FILES_CACHE_SECONDS = 3.0
# The same for the signing key, which is read, opened with its password and tried.
SIGNING_CACHE_SECONDS = 10.0

_files_answers: WeakKeyDictionary[FileStore, tuple[float, str]] = WeakKeyDictionary()
_signing_answers: WeakKeyDictionary[Sealer, tuple[float, str]] = WeakKeyDictionary()


async def readiness(services: Services) -> tuple[bool, dict[str, str]]:
    """Ready or not, and a word on each dependency. Costs a statement; every few seconds a small file and a signature.

    The mail server is none: without it letters wait in the outbox, and the faces answer all the same.
    """
    try:
        problem = await schema_version_problem()
    except (BaseORMException, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False, {"database": "unreachable"}
    files, signing = await _files(services.files), await _signing(services)
    ready = not problem and files == "ok" and signing != UNAVAILABLE
    return ready, {"database": "ok", "schema": problem or "ok", "files": files, "signing": signing}


async def _files(files: FileStore) -> str:
    """`ok` or `unavailable`; what is wrong with it is for `vestibule check`, not for strangers."""
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
